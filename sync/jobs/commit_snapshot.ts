// What a backup sends: a snapshot of the database with its CSV, in one commit on the parent that is contained here.
import { writeCsv } from "../../db/file/csv.ts";
import { takeSnapshot } from "../../db/sqlite/snapshot.ts";
import type { Unread } from "../../db/sqlite/unread.ts";
import { isDeclared, sha256Of } from "../hub/content_hash.ts";
import { short } from "../hub/commit_id.ts";
import type { Dataset, RemoteFile } from "../hub/dataset.ts";
import { FileBlob } from "../hub/file_blob.ts";
import { SyncError } from "../sync_error.ts";
import { BESIDE_DATABASE, CARD_FILE, CSV_FILE, DATABASE_FILE } from "./backup_files.ts";
import { cardDue } from "./card.ts";
import { reviewsInWords } from "./reviews_in_words.ts";

/** A snapshot of the reviews as files that wait to be uploaded. */
export interface Snapshot {
  /** The ledger's revision that it holds. */
  revision: number;
  /** The dataset's commit that it contains. */
  merged: string | null;
  reviews: number;
  /** Whether a rating is text. */
  textRatings: boolean;
  files: [database: SnapshotFile, csv: SnapshotFile];
}

/** A file of a snapshot. */
export interface SnapshotFile {
  /** Its name in the dataset. */
  path: string;
  content: Blob;
  /** In hex. */
  sha256: string;
}

/** Where a snapshot is taken and put. */
export interface SnapshotOptions {
  /** Path of the local database. */
  database: string;
  /** Empty folder that the files are put in. */
  workDir: string;
  onProgress: (step: string, share: number) => void;
}

/** Takes a snapshot of the local database. The CSV is written from the very file that is uploaded, so the two cannot differ. */
export async function takeWholeSnapshot({ database, workDir, onProgress }: SnapshotOptions): Promise<Snapshot> {
  onProgress("taking a snapshot", 0);
  const target = `${workDir}/${DATABASE_FILE}`;
  const { reviews, copy, ...facts } = takeSnapshot({ source: database, target });
  const onRows = (rows: number) => onProgress("writing the CSV", rows / Math.max(reviews, 1));
  const path = `${workDir}/${CSV_FILE}`;
  const csv = writeCsv({ database: target, target: path, copy, onProgress: onRows });
  const content = new FileBlob(target);
  return {
    ...facts,
    reviews,
    files: [
      { path: DATABASE_FILE, content, sha256: await sha256Of(content) },
      { path: CSV_FILE, content: new FileBlob(path), sha256: csv.sha256 },
    ],
  };
}

/** What is committed on what. */
export interface CommitOptions {
  /** The commit that the local database contains. */
  parent: string;
  snapshot: Snapshot;
  /** The open notes about files that were not taken over whole. */
  notes: Unread[];
  /** Folder for working files. */
  workDir: string;
  /** Hears of a file that is to be kept and that nobody gives any more. */
  onGone: (entry: Unread) => void;
  onProgress: (step: string, share: number) => void;
}

const BUSY_TRIES = 8;
const BUSY_PAUSE = 1500; // milliseconds before a commit is tried again on the same parent

/** Makes the commit and reads its hashes back; null where the head is another one that does not hold this snapshot. */
export async function commitSnapshot(
  dataset: Dataset,
  { parent, snapshot, notes, workDir, onGone, onProgress }: CommitOptions,
): Promise<string | null> {
  const kept = notes.filter(({ keptAs }) => keptAs !== null);
  const held = await filesOfParent();
  if (held === null) return null;
  const files: { path: string; content: Blob }[] = await missingAsides(held);
  const deletes = BESIDE_DATABASE.filter((path) => held.has(path));
  if (files.length + deletes.length === 0 && await holds(held, snapshot)) return parent;
  files.unshift(...snapshot.files);
  const card = await cardDue(held.get(CARD_FILE), {
    repo: dataset.name,
    textRatings: snapshot.textRatings,
    asides: kept,
    read: (file) => textOf(file),
  });
  if (card !== null) files.push({ path: CARD_FILE, content: card });
  const title = `Backup of ${reviewsInWords(snapshot.reviews)}`;
  for (let tries = 1;; tries++) {
    try {
      onProgress("uploading", 0);
      const commit = await dataset.commit({
        parent,
        title,
        files,
        deletes,
        onProgress: (share) => onProgress("uploading", share),
      });
      await verify(commit);
      return commit;
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      if (error.status === 409 && tries < BUSY_TRIES) {
        await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE));
        continue;
      }
      if (error.status !== 412 && !error.uncertain) throw error;
      // The answer is lost or says that the head moved: perhaps by this very commit, so look before doing anything again.
      const head = await dataset.head();
      if (head === null || head.commit === parent) throw error;
      return await holds(await dataset.files(head.commit, [DATABASE_FILE, CSV_FILE]), snapshot) ? head.commit : null;
    }
  }

  // Null where the parent is gone, as after somebody squashed the history.
  async function filesOfParent(): Promise<Map<string, RemoteFile> | null> {
    const names = kept.map(({ keptAs }) => keptAs!);
    try {
      return await dataset.files(parent, [DATABASE_FILE, CSV_FILE, CARD_FILE, ...BESIDE_DATABASE, ...names]);
    } catch (error) {
      if (!(error instanceof SyncError && error.kind === "conflict")) throw error;
      dataset.forgetSent(); // what only old commits held may be gone from the storage
      return null;
    }
  }

  /** What has to be kept beside the new files and is not there yet, out of the commits that hold it. */
  async function missingAsides(held: Map<string, RemoteFile>): Promise<{ path: string; content: Blob }[]> {
    const missing = [];
    for (const entry of kept.filter(({ keptAs }) => !held.has(keptAs!))) {
      const target = `${workDir}/${entry.keptAs}`;
      const file = await dataset.files(entry.commit, [entry.path]).then((found) => found.get(entry.path), unlessGone);
      if (file === undefined) onGone(entry);
      else {
        await dataset.download(file, { revision: entry.commit, target });
        missing.push({ path: entry.keptAs!, content: new FileBlob(target) });
      }
    }
    return missing;
  }

  async function textOf(file: RemoteFile): Promise<string> {
    const target = `${workDir}/${CARD_FILE}`;
    await dataset.download(file, { revision: parent, target });
    return await Deno.readTextFile(target);
  }

  async function verify(commit: string): Promise<void> {
    if (await holds(await dataset.files(commit, [DATABASE_FILE, CSV_FILE]), snapshot)) return;
    throw new SyncError("damaged", `Commit ${short(commit)} does not hold what was sent; it will be sent again`);
  }
}

// Somebody squashed the history, and with it the commit.
function unlessGone(error: unknown): undefined {
  if (!(error instanceof SyncError && error.kind === "conflict")) throw error;
}

async function holds(held: Map<string, RemoteFile>, snapshot: Snapshot): Promise<boolean> {
  for (const file of snapshot.files) {
    const declared = held.get(file.path);
    if (declared === undefined || !await isDeclared(file, declared)) return false;
  }
  return true;
}
