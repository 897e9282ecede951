// One run of the backup, from "what does the dataset hold?" to "is what we sent really there?".
import type { DatabaseSync } from "node:sqlite";
import { ledgerOf, noteDamage, readLedger, updateLedger, updateLedgerOf } from "../../db/sqlite/ledger.ts";
import { withDatabase } from "../../db/file/open_database.ts";
import { transactionSync } from "../../db/file/transaction.ts";
import { short } from "../hub/commit_id.ts";
import { type Dataset, type Head, openDataset } from "../hub/dataset.ts";
import { NEW_TOKEN, SyncError, toSyncError } from "../sync_error.ts";
import { CSV_FILE, DATABASE_FILE } from "./backup_files.ts";
import { commitSnapshot, type Snapshot, takeWholeSnapshot } from "./commit_snapshot.ts";
import { emptyFolder } from "./empty_folder.ts";
import type { JobOptions } from "./job.ts";
import { readHead, type ReadHeadOptions } from "./read_head.ts";
import { openNotes, settle } from "./unread_notes.ts";

/** What a run needs. */
export interface RunOptions extends JobOptions, Pick<ReadHeadOptions, "replaceFrom"> {
  /** Read the head even where the local database says that it contains it, as at start. */
  readFirst: boolean;
}

/** What a run did. */
export interface RunResult {
  /** The commit made, or null where there was nothing to upload. */
  commit: string | null;
  /** Something the owner should know. */
  notice: string | null;
  /** How many commits the dataset has, where one was made; else 0. */
  commits: number;
  /** Bytes sent in all. */
  bytesSent: number;
  /** The commit whose database was fetched and found whole, where it is Hearback's own; else null. */
  proved: string | null;
}

const ROUNDS = 8;
const GONE = "The dataset was gone, and its history with it; it was made again with all reviews that are here";
const PATIENCE_MS = 5000; // for the lock of the local database

/** Runs the backup once. Throws a `SyncError`; whatever happens, the dataset holds what it held or more. */
export async function runBackup(options: RunOptions): Promise<RunResult> {
  const { database, workDir, now, onEvent } = options;
  const dataset = openDataset(options.settings, options.signal);
  const onProgress = (step: string, share: number) => onEvent({ type: "progress", step, share });
  let snapshot: Snapshot | undefined;
  let notice: string | null = null;
  let read: { head: Head; isBackup: boolean } | undefined;
  let mustRead = options.readFirst;
  let proved: string | null = null;
  try {
    await emptyFolder(workDir);
    for (let round = 1; round <= ROUNDS; round++) {
      const ledger = ledgerOf(database);
      const known = ledger.dataset === dataset.url ? ledger.merged : null;
      if (mustRead || known === null) {
        let head = await dataset.head();
        if (head === null) {
          head = await createdHead(dataset);
          if (ledger.dataset === dataset.url && ledger.commitId !== null) notice = GONE;
        }
        if (head.commit === known) onEvent({ type: "read", added: 0, erased: 0 });
        else {
          const { isBackup, isProved, added, erased, ...found } = await readHead(head.commit, {
            ...options,
            dataset,
            onProgress,
          });
          notice = found.notice ?? notice;
          read = { head, isBackup };
          proved = isProved ? head.commit : null;
          onEvent({ type: "read", added, erased });
        }
        mustRead = false;
        continue;
      }
      if (ledger.revision === ledger.backedUp && !ledger.uploadDue) {
        // Somebody else's commit may hold all that is here; then it is our last backup too.
        if (read?.isBackup && ledger.commitId !== known) withDatabase(database, (db) => noteHead(db, read!.head));
        return { commit: null, notice, commits: 0, bytesSent: dataset.bytesSent(), proved };
      }
      if (snapshot?.revision !== ledger.revision || snapshot.merged !== known) {
        await emptyFolder(workDir);
        snapshot = await takeWholeSnapshot({ database, workDir, onProgress });
        // What it contains is what its own ledger says: rows may have vanished since the other one was read.
        if (snapshot.merged !== known) continue;
      }
      const taken = snapshot;
      let commits: number;
      let commit: string | null;
      try {
        commits = await dataset.countCommits() + 1;
        const onGone = (entry: { commit: string; path: string }) => settle(entry.commit, [entry.path], options);
        const notes = openNotes(database);
        commit = await commitSnapshot(dataset, { parent: known, snapshot: taken, notes, workDir, onGone, onProgress });
      } catch (error) {
        if (!(error instanceof SyncError && error.kind === "missing")) throw error;
        commit = null; // somebody deleted the dataset: this disk may be the last one that holds the reviews
        commits = 0;
      }
      if (commit === null) {
        mustRead = true; // the head moved
        continue;
      }
      const isReplacement = ledger.flawed;
      withDatabase(database, (db) => noteCommit(db, { parent: known, commit, snapshot: taken, at: now() }));
      onEvent({ type: "committed", commit });
      if (isReplacement) await readBack(dataset, { commit, options, onProgress });
      return { commit, notice, commits, bytesSent: dataset.bytesSent(), proved };
    }
    throw new SyncError("conflict", "Others kept writing to the dataset; nothing is lost, the next run continues");
  } catch (error) {
    throw toSyncError(error);
  } finally {
    await emptyFolder(workDir).catch(() => {});
  }
}

// What replaces a damaged backup is believed once it was fetched.
async function readBack(
  dataset: Dataset,
  { commit, options: { database, workDir }, onProgress }: {
    commit: string;
    options: RunOptions;
    onProgress: (step: string, share: number) => void;
  },
): Promise<void> {
  try {
    for (const [path, file] of await dataset.files(commit, [DATABASE_FILE, CSV_FILE])) {
      const target = `${workDir}/back-${path}`;
      const onShare = (share: number) => onProgress("reading back", share);
      await dataset.download(file, { revision: commit, target, onProgress: onShare });
    }
  } catch (error) {
    const failure = toSyncError(error);
    if (failure.kind === "damaged") noteDamage(database);
    else updateLedgerOf(database, { uploadDue: true });
    throw new SyncError(
      failure.kind,
      `The replacement of a damaged backup, commit ${short(commit)}, cannot be read back`,
      {
        cause: error,
      },
    );
  }
  updateLedgerOf(database, { flawed: false });
}

function noteHead(db: DatabaseSync, { commit, at }: Head): void {
  updateLedger(db, { commitId: commit, commitAt: at.toISOString(), dbSha256: null, csvSha256: null });
}

// `merged` moves on only from where it was: had rows vanished from the table meanwhile, it would be null, and stay so.
function noteCommit(
  db: DatabaseSync,
  { parent, commit, snapshot: { revision, files }, at }: {
    parent: string;
    commit: string;
    snapshot: Snapshot;
    at: Date;
  },
): void {
  transactionSync(db, PATIENCE_MS, () => {
    updateLedger(db, {
      ...(readLedger(db).merged === parent ? { merged: commit } : {}),
      backedUp: revision,
      uploadDue: false,
      commitId: commit,
      commitAt: at.toISOString(),
      dbSha256: files[0].sha256,
      csvSha256: files[1].sha256,
    });
  });
}

async function createdHead(dataset: Dataset): Promise<Head> {
  dataset.forgetSent(); // what another of that name held may be gone from the storage
  await dataset.create();
  const head = await dataset.head();
  if (head !== null) return head;
  throw new SyncError("missing", "The dataset exists, but this token cannot see it", {
    retry: false,
    hint: `The token has to be of somebody who may see and write to the dataset. ${NEW_TOKEN}`,
  });
}
