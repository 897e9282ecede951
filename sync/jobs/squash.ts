// Makes the dataset's history one single commit: so that it does not grow for ever, or so that what was erased is gone from it too.
import { readLedger, updateLedger } from "../../db/sqlite/ledger.ts";
import { withDatabase } from "../../db/file/open_database.ts";
import { transactionSync } from "../../db/file/transaction.ts";
import { CARD_FILE, CSV_FILE, DATABASE_FILE } from "./backup_files.ts";
import { openDataset, type RemoteFile, short } from "../hub/dataset.ts";
import type { JobOptions } from "./job.ts";
import { SyncError, toSyncError } from "../sync_error.ts";

/**
 * Squashes the history and returns the new head. Refuses with kind `conflict` unless the local database contains the head.
 * Whatever another instance commits meanwhile stays: the Hub squashes the newest files, and the next run reads them.
 */
export async function squashHistory(options: JobOptions): Promise<{ commit: string }> {
  const { database, settings } = options;
  const dataset = openDataset(settings, options.signal);
  try {
    const ledger = withDatabase(database, readLedger);
    const head = await dataset.head();
    if (head === null || ledger.dataset !== dataset.url || ledger.merged !== head.commit) {
      throw new SyncError(
        "conflict",
        "Somebody else has written to the dataset; the history is squashed once that is read",
      );
    }
    const before = await dataset.files(head.commit, FILES);
    const { value: newest } = await dataset.commits().next(); // its title tells how many reviews the backup holds
    const squashed = await dataset.squash(`${newest?.title ?? "Backup"}, history squashed up to ${short(head.commit)}`);
    const after = await dataset.files(squashed.commit, FILES);
    const same = FILES.every((path) => isSame(before.get(path), after.get(path)));
    withDatabase(database, (db) =>
      transactionSync(db, PATIENCE_MS, () => {
        // The old head is gone. Where the new one holds something else, somebody else has written: it has to be read.
        if (readLedger(db).merged !== head.commit) return;
        const { commit, at } = squashed;
        updateLedger(db, same ? { merged: commit, commitId: commit, commitAt: at.toISOString() } : { merged: null });
      }));
    return { commit: squashed.commit };
  } catch (error) {
    throw toSyncError(error);
  }
}

const FILES = [DATABASE_FILE, CSV_FILE, CARD_FILE];
const PATIENCE_MS = 5000; // for the lock of the local database

function isSame(one: RemoteFile | undefined, other: RemoteFile | undefined): boolean {
  return one?.hash === other?.hash && one?.size === other?.size;
}
