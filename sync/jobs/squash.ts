// Makes the dataset's history one single commit: so that it does not grow forever, or so that what was erased is gone from it too.
import { ledgerOf, readLedger, updateLedger, updateLedgerOf } from "../../db/sqlite/ledger.ts";
import { withDatabase } from "../../db/file/open_database.ts";
import { settleUnread } from "../../db/sqlite/unread.ts";
import { transactionSync } from "../../db/file/transaction.ts";
import { type Dataset, openDataset, type RemoteFile } from "../hub/dataset.ts";
import { SyncError, toSyncError } from "../sync_error.ts";
import { CARD_FILE, CSV_FILE, DATABASE_FILE } from "./backup_files.ts";
import type { JobOptions } from "./job.ts";
import { openNotes } from "./unread_notes.ts";

/** What squashing needs to know beside what every job does. */
export interface SquashOptions extends JobOptions {
  /** An owner asked for it, and gives up what the history alone holds. */
  isAsked: boolean;
}

/** What became of the history. */
export interface SquashResult {
  /** The new head, or null where the history was kept. */
  commit: string | null;
  /** How many commits there were. */
  commits: number;
  /** Why the history was kept, for the owner; null where it was squashed. */
  kept: string | null;
}

/**
 * Squashes the history. Refuses with kind `conflict` unless the local database contains the head. Without an owner's word keeps a history
 * that holds commits of somebody else, or files that were not read.
 */
export async function squashHistory(options: SquashOptions): Promise<SquashResult> {
  const { database, settings, isAsked, now } = options;
  const dataset = openDataset(settings, options.signal);
  try {
    const ledger = ledgerOf(database);
    const head = await dataset.head();
    if (head === null || ledger.dataset !== dataset.url || ledger.merged !== head.commit) {
      throw new SyncError(
        "conflict",
        "Somebody else has written to the dataset; older backups are deleted once that is read",
      );
    }
    const { commits, others, title } = await lookThrough(dataset);
    const inHistoryAlone = openNotes(database).filter(({ keptAs }) => keptAs === null);
    if (!isAsked && others + inHistoryAlone.length > 0) {
      const reason = others > 0
        ? `The history holds ${others} commits that Hearback did not make`
        : `The history holds files that could not be read (${inHistoryAlone[0]!.reason})`;
      return { commit: null, commits, kept: `${reason}; it is kept until you delete older backups at /admin/backup` };
    }
    const before = await dataset.files(head.commit, FILES);
    if (!before.has(DATABASE_FILE)) {
      updateLedgerOf(database, { uploadDue: true });
      throw new SyncError("conflict", "The newest commit holds no backup; older ones are deleted once there is one");
    }
    const squashed = await dataset.squash(
      `${/^Backup of \d+ reviews?/.exec(title)?.[0] ?? "Backup"}, older backups deleted`,
    );
    const after = await dataset.files(squashed.commit, FILES);
    const same = FILES.every((path) => isSame(before.get(path), after.get(path)));
    withDatabase(database, (db) =>
      transactionSync(db, PATIENCE_MS, () => {
        for (const entry of inHistoryAlone) settleUnread(db, entry, now().toISOString());
        // The old head is gone. Where the new one holds something else, somebody else has written: it has to be read.
        if (readLedger(db).merged !== head.commit) return;
        const { commit, at } = squashed;
        updateLedger(db, same ? { merged: commit, commitId: commit, commitAt: at.toISOString() } : { merged: null });
      }));
    return { commit: squashed.commit, commits, kept: null };
  } catch (error) {
    throw toSyncError(error);
  }
}

const FILES = [DATABASE_FILE, CSV_FILE, CARD_FILE];
const PATIENCE_MS = 5000; // for the lock of the local database
const MADE_WITH_IT = new Set([".gitattributes", CARD_FILE]); // what a dataset may hold when it is created
const MOST_EMPTY = 3; // commits at its beginning

/** Counts the commits, and those of others; `title` is that of the newest. */
async function lookThrough(dataset: Dataset): Promise<{ commits: number; others: number; title: string }> {
  let commits = 0;
  let title: string | undefined;
  const others: string[] = []; // newest first
  for await (const commit of dataset.commits()) {
    commits++;
    if (!commit.isOwn) others.push(commit.id);
    title ??= commit.title;
  }
  // The Hub makes the first commit by itself, and whoever makes a dataset by hand may make another.
  if (others.length <= MOST_EMPTY) {
    let allowed = MADE_WITH_IT;
    for (let oldest = others.at(-1); oldest !== undefined; oldest = others.at(-1)) {
      if (!(await dataset.paths(oldest)).isSubsetOf(allowed)) break;
      others.pop();
      allowed = new Set([".gitattributes"]); // a card that came later is somebody's own
    }
  }
  return { commits, others: others.length, title: title ?? "" };
}

function isSame(one: RemoteFile | undefined, other: RemoteFile | undefined): boolean {
  return one?.hash === other?.hash && one?.size === other?.size;
}
