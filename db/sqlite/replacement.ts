// Puts another file in the place of the database that is in use; a crash at any moment leaves one of the two, each with every answered review.
import type { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";
import { AppError } from "../app_error.ts";
import { openDatabase, withDatabase } from "../file/open_database.ts";
import { transactionSync } from "../file/transaction.ts";
import { type Carried, carryOver } from "./carry_over.ts";
import { readLedger, updateLedger } from "./ledger.ts";

/** A checked database file that may take the place of the local one, on the same disk; nobody has it open. */
export type Successor =
  /** One that contains a commit of the dataset; what is local has to be written into it. */
  | { path: string; origin: { dataset: string; commit: string } }
  /** A copy of the local database as it was then. */
  | { path: string; copyOf: Writes };

/** Numbers that grow with whatever is written to the reviews of a database. */
export interface Writes {
  revision: number;
  merges: number;
  vanished: number;
}

/** What was written to `db` so far. */
export function writesTo(db: DatabaseSync): Writes {
  return db.prepare("SELECT revision, merges, vanished FROM backup").get() as unknown as Writes;
}

/** How much may be local where a downloaded database takes its place, in reviews and erasures. */
export const MOST_LOCAL = 1000;

/**
 * Exchanges the files, closes `live`, the open database at `path`, and returns the new one. Runs in one turn, so that nothing is written
 * meanwhile. Null where too much is local, or more was written than the copy holds. Then, and when it throws, `live` is in use as before;
 * so it is while another process has it open.
 */
export function replaceDatabase(
  live: DatabaseSync,
  { path, successor }: { path: string; successor: Successor },
): { db: DatabaseSync; carried: Carried } | null {
  const writes = JSON.stringify(writesTo(live));
  if ("copyOf" in successor ? writes !== JSON.stringify(successor.copyOf) : isLarge(live)) return null;
  const kept = `${successor.path}.before`;
  let isExchanged = false;
  try {
    // Brings everything into the file and removes its log, which beside the new file would destroy that one; fails while others use it.
    live.exec("PRAGMA journal_mode = DELETE");
    live.exec("BEGIN EXCLUSIVE"); // whoever opens the old file now cannot write to it any more
    // In WAL mode the file counts no changes, so what is cached from before counts as current, whatever others wrote meanwhile.
    live.exec("PRAGMA shrink_memory");
    if (JSON.stringify(writesTo(live)) !== writes) throw new AppError("busy", "Another program wrote to the database");
    const carried = complete(successor, live);
    for (const file of [path, successor.path]) mustStandAlone(file);
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

const PATIENCE_MS = 1000;

function isLarge(db: DatabaseSync): boolean {
  const { n } = db.prepare(
    `SELECT (SELECT count(*) FROM (SELECT 1 FROM reviews LIMIT :most))
      + (SELECT count(*) FROM (SELECT 1 FROM erasures LIMIT :most)) AS n`,
  ).get({ most: MOST_LOCAL + 1 })!;
  return Number(n) > MOST_LOCAL;
}

/** Makes the successor one whole file on disk that holds what `live` holds, its ledger included; returns what was carried over. */
function complete(successor: Successor, live: DatabaseSync): Carried {
  return withDatabase(successor.path, (db) => {
    const carried = transactionSync(db, PATIENCE_MS, () => {
      const { revision, uploadDue, unscrubbed: _, ...ledger } = readLedger(live);
      if (!("origin" in successor)) {
        updateLedger(db, { ...ledger, revision, uploadDue });
        return { erased: 0, renumbered: 0, new: 0 };
      }
      const carried = carryOver({ from: live, into: db });
      const { dataset, commit } = successor.origin;
      updateLedger(db, {
        ...ledger,
        revision,
        dataset,
        merged: commit,
        backedUp: revision - carried.new,
        uploadDue: uploadDue || carried.new > 0,
      });
      return carried;
    });
    // Nothing may be left in the log, which does not move with the file.
    if (db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.busy === 0) return carried;
    throw new AppError("busy", "The new database is in use by another program");
  });
}

// SQLite does not say when it could not remove a log, and replays it into whatever file has the name next.
function mustStandAlone(path: string): void {
  for (const ending of ["-wal", "-journal"]) {
    if (isThere(path + ending)) throw new AppError("busy", "A log of the database could not be removed");
  }
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

// Or a power cut could bring the old name back, after reviews were answered that only the new file holds.
function syncFolder(path: string): void {
  using folder = Deno.openSync(path);
  folder.syncSync();
}
