// Puts another file in the place of the database that is in use; a crash at any moment leaves one of the two, each with every answered review.
import type { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";
import { AppError } from "../app_error.ts";
import { openDatabase, withDatabase } from "../file/open_database.ts";
import { transactionSync } from "../file/transaction.ts";
import { type CopiedRows, copyRows } from "./copy_rows.ts";
import { type Ledger, readLedger, updateLedger } from "./ledger.ts";

/** A checked database file that may take the place of the local one, on the same disk; nobody has it open. */
export type Replacement =
  /** One that contains a commit of the dataset; what is local has to be written into it. */
  | { path: string; origin: { dataset: string; commit: string } }
  /** A copy of the local database as it was then. */
  | { path: string; copyOf: Writes };

/** Numbers that grow with whatever is written to the reviews of a database. */
export type Writes = Pick<Ledger, "revision" | "merges" | "vanished">;

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
  { path, replacement }: { path: string; replacement: Replacement },
): { db: DatabaseSync; copied: CopiedRows } | null {
  const writes = JSON.stringify(writesTo(live));
  if ("copyOf" in replacement ? writes !== JSON.stringify(replacement.copyOf) : isLarge(live)) return null;
  const kept = `${replacement.path}.before`;
  let isLive = true; // `path` names its file
  const useNew = (copied: CopiedRows) => {
    const db = openDatabase(path);
    live.close();
    return { db, copied };
  };
  try {
    // Brings everything into the file and removes its log, which beside the new file would destroy that one; fails while others use it.
    live.exec("PRAGMA journal_mode = DELETE");
    live.exec("BEGIN EXCLUSIVE"); // whoever opens the old file now cannot write to it any more
    // In WAL mode the file counts no changes, so what is cached from before counts as current, whatever others wrote meanwhile.
    live.exec("PRAGMA shrink_memory");
    if (JSON.stringify(writesTo(live)) !== writes) throw new AppError("busy", "Another program wrote to the database");
    const copied = complete(replacement, live);
    for (const file of [path, replacement.path]) mustStandAlone(file);
    Deno.linkSync(path, kept);
    Deno.renameSync(replacement.path, path);
    isLive = false;
    try {
      syncPath(dirname(path)); // or a power cut could bring the old name back, after reviews that only the new file holds
      return useNew(copied);
    } catch (error) {
      isLive = isRenamed(kept, path);
      if (isLive) throw error;
      return useNew(copied); // where there is no way back
    }
  } catch (error) {
    if (live.isTransaction) live.exec("ROLLBACK");
    // A log under the name of another file would destroy that one.
    if (isLive) live.exec("PRAGMA journal_mode = WAL");
    else live.close();
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

/** Makes the replacement one whole file on disk that holds what `live` holds, its ledger included; returns what was copied. */
function complete(replacement: Replacement, live: DatabaseSync): CopiedRows {
  const copied = withDatabase(replacement.path, (db) => {
    db.exec("PRAGMA synchronous = OFF"); // it is made durable once, and not at each step while people wait
    const copied = transactionSync(db, PATIENCE_MS, () => {
      const { revision, uploadDue, copy, unscrubbed: _, ...ledger } = readLedger(live);
      const there = readLedger(db);
      if (!("origin" in replacement)) {
        updateLedger(db, { ...ledger, revision, uploadDue, copy });
        return { erased: 0, renumbered: 0, new: 0 };
      }
      const copied = copyRows({ from: live, into: db });
      const { dataset, commit } = replacement.origin;
      updateLedger(db, {
        ...ledger,
        revision,
        dataset,
        merged: commit,
        backedUp: revision - copied.new,
        uploadDue: uploadDue || there.uploadDue || copied.new > 0,
        copy: Math.max(copy, there.copy),
      });
      return copied;
    });
    // Nothing may be left in the log, which does not move with the file.
    if (db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.busy === 0) return copied;
    throw new AppError("busy", "The new database is in use by another program");
  });
  syncPath(replacement.path);
  return copied;
}

// SQLite does not say when it could not remove a log, and replays it into whatever file has the name next.
function mustStandAlone(path: string): void {
  for (const ending of ["-wal", "-shm", "-journal"]) {
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

function isRenamed(from: string, to: string): boolean {
  try {
    mustStandAlone(to);
    Deno.renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}

/** Brings a file or a folder's list of names to the disk. */
export function syncPath(path: string): void {
  using opened = Deno.openSync(path);
  opened.syncSync();
}
