// Puts a successor in the place of the database that is in use; a crash at any moment leaves one of the two, each with every answered review.
import type { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";
import { AppError } from "../app_error.ts";
import { type Carried, carryOver } from "./carry_over.ts";
import type { Changes } from "./changes.ts";
import { readLedger, updateLedger } from "./ledger.ts";
import { openDatabase, withDatabase } from "../file/open_database.ts";
import type { Successor } from "./successor.ts";
import { transactionSync } from "../file/transaction.ts";

/**
 * Carries what changed in `live`, the open database at `path`, over to its successor, exchanges the files, closes `live` and returns the
 * new one. Runs in one turn, so that nothing is written meanwhile. Null where the changes are too many or cannot be told. Then, and when it
 * throws, `live` is in use as before; so it is while another process has it open.
 */
export function exchangeDatabase(
  live: DatabaseSync,
  { path, successor, changes }: { path: string; successor: Successor; changes: Changes },
): { db: DatabaseSync; carried: Carried } | null {
  const { revision } = readLedger(live);
  const uids = changes.take();
  if (uids === null || uids.length > MOST_CARRIED) return null;
  const kept = `${successor.path}.before`;
  let isExchanged = false;
  try {
    // Brings everything into the file and removes its log, which beside the new file would destroy that one; fails while others use it.
    live.exec("PRAGMA journal_mode = DELETE");
    live.exec("BEGIN EXCLUSIVE"); // whoever opens the old file now cannot write to it any more
    // In WAL mode the file counts no changes, so what is cached from before counts as current, whatever others wrote meanwhile.
    live.exec("PRAGMA shrink_memory");
    if (readLedger(live).revision !== revision) throw new AppError("busy", "Another program wrote to the database");
    const carried = complete(successor, { live, uids });
    Deno.linkSync(path, kept);
    Deno.renameSync(successor.path, path);
    isExchanged = true;
    syncFolder(dirname(path));
    const db = openDatabase(path);
    live.close();
    return { db, carried };
  } catch (error) {
    if (isExchanged) Deno.renameSync(kept, path);
    if (live.isTransaction) live.exec("ROLLBACK");
    live.exec("PRAGMA journal_mode = WAL");
    throw error;
  }
}

const MOST_CARRIED = 2000; // changes that are carried over while people wait
const PATIENCE_MS = 1000;

/** Makes the successor one whole file on disk that holds what `live` holds, its ledger included; returns all that was carried over. */
function complete(
  { path, origin, carried }: Successor,
  { live, uids }: { live: DatabaseSync; uids: string[] },
): Carried {
  return withDatabase(path, (db) => {
    const total = transactionSync(db, PATIENCE_MS, () => {
      const total = carryOver({ from: live, into: db, uids, before: carried });
      const { revision, uploadDue, ...ledger } = readLedger(live);
      updateLedger(db, {
        ...ledger,
        revision,
        uploadDue: uploadDue || (origin !== null && total.new > 0),
        ...(origin === null ? {} : { dataset: origin.dataset, merged: origin.commit, backedUp: revision - total.new }),
        unscrubbed: readLedger(db).unscrubbed, // of the two files, this is the one that stays
      });
      return total;
    });
    // Nothing may be left in the log, which does not move with the file.
    if (db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.busy === 0) return total;
    throw new AppError("busy", "The new database is in use by another program");
  });
}

// Or a power cut could bring the old name back, after reviews were answered that only the new file holds.
function syncFolder(path: string): void {
  using folder = Deno.openSync(path);
  folder.syncSync();
}
