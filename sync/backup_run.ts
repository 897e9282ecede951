// One run of the backup, from "what does the dataset hold?" to "is what we sent really there?". It runs in the backup's Worker.
import type { DatabaseSync } from "node:sqlite";
import { writeCsv } from "../db/csv.ts";
import { readLedger, updateLedger } from "../db/ledger.ts";
import { openDatabase } from "../db/open_database.ts";
import { takeSnapshot } from "../db/snapshot.ts";
import { transactionSync } from "../db/transaction.ts";
import { datasetCard } from "./card.ts";
import {
  type Dataset,
  type DatasetSettings,
  hashesOf,
  type Head,
  openDataset,
  type RemoteFile,
  short,
} from "./dataset.ts";
import { FileBlob } from "./file_blob.ts";
import { CARD_FILE, CSV_FILE, DATABASE_FILE, readHead } from "./read_head.ts";
import { SyncError, toSyncError } from "./sync_error.ts";

/** What a run needs. */
export interface RunOptions {
  settings: DatasetSettings;
  /** Path of the local database. */
  database: string;
  /** Folder for working files on the same disk; emptied by every run. */
  workDir: string;
  /** Read the head even where the local database says that it contains it, as at start. */
  readFirst: boolean;
  /** Aborting ends the run at once; what was answered by the Hub by then is kept. */
  signal: AbortSignal;
  onEvent: (event: RunEvent) => void;
}

/** What a run tells while it works. */
export type RunEvent =
  | { type: "progress"; step: string; share: number }
  /** The dataset has been read; the local database contains it. */
  | { type: "read"; added: number; erased: number }
  /** The dataset holds a commit with everything up to then. */
  | { type: "committed"; commit: string };

/** What a run did. */
export interface RunResult {
  /** The commit made, or null where there was nothing to upload. */
  commit: string | null;
  /** Something the owner should know. */
  notice: string | null;
  /** Bytes sent in all. */
  bytesSent: number;
}

const NOTHING_NEW = { added: 0, erased: 0, notice: null };
const ROUNDS = 8;
const BUSY_PAUSE = 1500; // milliseconds before a commit is tried again on the same parent

/** Runs the backup once. Throws a `SyncError`; whatever happens, the dataset holds what it held or more. */
export async function runBackup(options: RunOptions): Promise<RunResult> {
  const { database, workDir, onEvent, signal } = options;
  const dataset = openDataset(options.settings, signal);
  let snapshot: Snapshot | undefined;
  let notice: string | null = null;
  let head: Head | undefined;
  let mustRead = options.readFirst;
  try {
    await emptyFolder(workDir);
    for (let round = 1; round <= ROUNDS; round++) {
      const ledger = withLedger(database, readLedger);
      const known = ledger.dataset === dataset.url ? ledger.merged : null;
      if (mustRead || known === null) {
        head = await dataset.head() ?? await createdHead(dataset);
        const read = head.commit === known
          ? NOTHING_NEW
          : await readHead(head.commit, { dataset, database, workDir, onProgress: tell });
        notice = read.notice ?? notice;
        mustRead = false;
        onEvent({ type: "read", added: read.added, erased: read.erased });
        continue;
      }
      if (ledger.revision === ledger.backedUp && !ledger.uploadDue) {
        // Somebody else's commit may hold all that is here; then it is our last backup too.
        if (head?.commit === known && ledger.commitId !== known) withLedger(database, (db) => noteBackup(db, head!));
        return { commit: null, notice, bytesSent: dataset.bytesSent() };
      }
      if (snapshot === undefined || snapshot.revision !== ledger.revision) snapshot = await takeWholeSnapshot(options);
      const commit = await commitSnapshot(dataset, known, snapshot, tell);
      if (commit === null) {
        mustRead = true; // the head moved
        continue;
      }
      withLedger(database, (db) => noteCommit(db, known, commit, snapshot!));
      onEvent({ type: "committed", commit });
      return { commit, notice, bytesSent: dataset.bytesSent() };
    }
    throw new SyncError("conflict", "Others kept writing to the dataset; nothing is lost, the next run goes on");
  } catch (error) {
    throw toSyncError(error);
  } finally {
    await emptyFolder(workDir).catch(() => {});
  }

  function tell(step: string, share: number): void {
    onEvent({ type: "progress", step, share });
  }
}

interface Snapshot {
  revision: number;
  reviews: number;
  files: { path: string; content: Blob; sha256: string; gitBlob: string }[];
}

function noteBackup(db: DatabaseSync, { commit, at }: Head): void {
  updateLedger(db, { commitId: commit, commitAt: at.toISOString(), dbSha256: null, csvSha256: null });
}

// `merged` moves on only from where it was: had rows vanished from the table meanwhile, it would be null, and stay so.
function noteCommit(db: DatabaseSync, parent: string, commit: string, { revision, files }: Snapshot): void {
  transactionSync(db, () => {
    updateLedger(db, {
      ...(readLedger(db).merged === parent ? { merged: commit } : {}),
      backedUp: revision,
      uploadDue: false,
      commitId: commit,
      commitAt: new Date().toISOString(),
      dbSha256: files[0]?.sha256 ?? null,
      csvSha256: files[1]?.sha256 ?? null,
    });
  });
}

// The CSV is written from the very file that is uploaded, so the two cannot differ.
async function takeWholeSnapshot({ database, workDir, onEvent }: RunOptions): Promise<Snapshot> {
  onEvent({ type: "progress", step: "snapshot", share: 0 });
  await emptyFolder(workDir);
  const db = `${workDir}/${DATABASE_FILE}`;
  const csv = `${workDir}/${CSV_FILE}`;
  const { revision, reviews } = takeSnapshot({ source: database, target: db });
  await writeCsv({
    database: db,
    target: csv,
    onProgress: (rows) => onEvent({ type: "progress", step: "writing CSV", share: rows / Math.max(reviews, 1) }),
  });
  const files = [];
  for (const [path, file] of [[DATABASE_FILE, db], [CSV_FILE, csv]] as const) {
    const content = new FileBlob(file);
    files.push({ path, content, ...await hashesOf(content) });
  }
  return { revision, reviews, files };
}

/** Makes the commit and reads its hashes back; null where the head is another one that does not hold this snapshot. */
async function commitSnapshot(
  dataset: Dataset,
  parent: string,
  snapshot: Snapshot,
  tell: (step: string, share: number) => void,
): Promise<string | null> {
  const held = await dataset.files(parent, [DATABASE_FILE, CSV_FILE, CARD_FILE]);
  if (holds(held, snapshot)) return parent;
  const files: { path: string; content: Blob }[] = [...snapshot.files];
  if (!held.has(CARD_FILE)) files.push({ path: CARD_FILE, content: new Blob([datasetCard()]) });
  const title = `Backup of ${snapshot.reviews} ${snapshot.reviews === 1 ? "review" : "reviews"}`;
  for (let tries = 1;; tries++) {
    try {
      tell("uploading", 0);
      const commit = await dataset.commit({ parent, title, files, onProgress: (share) => tell("uploading", share) });
      await verify(commit);
      return commit;
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      if (error.status === 409 && tries < ROUNDS) {
        await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE));
        continue;
      }
      if (error.status !== 412 && !error.uncertain) throw error;
      // The answer is lost or says that the head moved: perhaps by this very commit, so look before doing anything again.
      const head = await dataset.head();
      if (head === null) throw error;
      if (head.commit === parent) throw error;
      return holds(await dataset.files(head.commit, [DATABASE_FILE, CSV_FILE]), snapshot) ? head.commit : null;
    }
  }

  async function verify(commit: string): Promise<void> {
    if (holds(await dataset.files(commit, [DATABASE_FILE, CSV_FILE]), snapshot)) return;
    throw new SyncError("damaged", `Commit ${short(commit)} does not hold what was sent; it will be sent again`);
  }
}

function holds(held: Map<string, RemoteFile>, snapshot: Snapshot): boolean {
  return snapshot.files.every(({ path, content, sha256, gitBlob }) => {
    const file = held.get(path);
    return file?.size === content.size && (file.hash === sha256 || file.hash === gitBlob);
  });
}

async function createdHead(dataset: Dataset): Promise<Head> {
  await dataset.create();
  const head = await dataset.head();
  if (head !== null) return head;
  throw new SyncError("missing", "The dataset exists, but this token cannot see it", {
    retry: false,
    hint: "Use a token of somebody who may see and write to the dataset, and restart",
  });
}

function withLedger<T>(path: string, use: (db: DatabaseSync) => T): T {
  const db = openDatabase(path);
  try {
    return use(db);
  } finally {
    db.close();
  }
}

async function emptyFolder(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.mkdir(path, { recursive: true });
}
