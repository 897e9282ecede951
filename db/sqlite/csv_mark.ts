// Marks the reviews of the local database, so that it can be proved later that none of them has changed; triggers clear the mark
// in the transaction of any such change, whoever makes it.
import type { DatabaseSync } from "node:sqlite";
import { withDatabase } from "../file/open_database.ts";
import { transactionSync } from "../file/transaction.ts";

/** A mark that stands. It is random and set once, so every file that bears it descends from that transaction. */
export interface CsvMark {
  mark: string;
  /** The highest id that it stands for; reviews above it were added since. */
  last: number;
}

/** Sets a new mark on all reviews of the database file `path`; `before` is the one that stood till then, null where it was cleared. */
export function renewMark(path: string): { before: CsvMark | null; now: CsvMark } {
  return withDatabase(path, (db) =>
    transactionSync(db, PATIENCE_MS, () => {
      const before = readMark(db);
      db.exec(`UPDATE backup SET csv_mark = lower(hex(randomblob(16))),
        csv_last = (SELECT coalesce(max(id), ${BELOW_ALL_IDS}) FROM reviews)`);
      return { before, now: readMark(db)! };
    }));
}

/** The mark that stands in `db`, or null. */
export function readMark(db: DatabaseSync): CsvMark | null {
  const mark = db.prepare("SELECT csv_mark AS mark, csv_last AS last FROM backup").get();
  return typeof mark?.mark === "string" ? { mark: mark.mark, last: Number(mark.last) } : null;
}

/** Takes the mark out of `db`, which leaves this machine. */
export function clearMark(db: DatabaseSync): void {
  db.exec("UPDATE backup SET csv_mark = NULL, csv_last = NULL");
}

const BELOW_ALL_IDS = Number.MIN_SAFE_INTEGER;
const PATIENCE_MS = 5000; // for the lock of the local database
