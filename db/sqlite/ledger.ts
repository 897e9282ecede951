// The ledger: what the local database knows of its backup, kept in the same file so that it changes in the same transactions.
import type { DatabaseSync } from "node:sqlite";
import { withDatabase } from "../file/open_database.ts";

/** What the local database knows of its backup. */
export interface Ledger {
  /** Address of the dataset that the rest speaks of. */
  dataset: string | null;
  /** Id of the dataset's commit whose contents are contained in this database. */
  merged: string | null;
  /** Grows by one with each review added or erased here. */
  revision: number;
  /** The revision that the last commit holds; revision − backedUp changes wait. */
  backedUp: number;
  /** The dataset must be written although nothing may be pending. */
  uploadDue: boolean;
  /** When the last commit was made and verified (ISO 8601 in UTC). */
  commitAt: string | null;
  commitId: string | null;
  /** SHA-256 of `reviews.db` in that commit, as lower-case hex. */
  dbSha256: string | null;
  csvSha256: string | null;
  /** The newest backup was found damaged, and no replacement has been read back yet. */
  flawed: boolean;
  /** How often that was the case; a snapshot carries it, so that its bytes are others each time. */
  copy: number;
  /** When a backup was last fetched and checked as a stranger would (ISO 8601 in UTC), with what came of it. */
  drillAt: string | null;
  drillOk: boolean;
  drillMessage: string | null;
  /** Rows were deleted since the file was scrubbed, so their text may still be in the gaps of its pages. */
  unscrubbed: boolean;
  /** Grows with each transaction in which a merge changed reviews. */
  merges: number;
  /** Grows with each review that is removed without an erasure. */
  vanished: number;
}

/** What the ledger of a database without any backup says. */
export const BLANK_LEDGER: Readonly<Ledger> = {
  dataset: null,
  merged: null,
  revision: 0,
  backedUp: 0,
  uploadDue: false,
  commitAt: null,
  commitId: null,
  dbSha256: null,
  csvSha256: null,
  flawed: false,
  copy: 0,
  drillAt: null,
  drillOk: false,
  drillMessage: null,
  unscrubbed: false,
  merges: 0,
  vanished: 0,
};

const FIELDS = Object.keys(BLANK_LEDGER) as (keyof Ledger)[];

/** Reads the ledger of a Hearback database. */
export function readLedger(db: DatabaseSync): Ledger {
  const row = db.prepare(`SELECT ${FIELDS.map(columnOf).join(", ")} FROM backup`).get();
  const read = (field: keyof Ledger) => {
    const value = row?.[columnOf(field)];
    return typeof BLANK_LEDGER[field] === "boolean" ? value === 1 : value;
  };
  return Object.fromEntries(FIELDS.map((field) => [field, read(field)])) as unknown as Ledger;
}

/** Writes the given parts of the ledger and leaves the others; joins the transaction that is open, if one is. */
export function updateLedger(db: DatabaseSync, patch: Partial<Ledger>): void {
  const columns = Object.keys(patch).map((field) => `${columnOf(field)} = ?`).join(", ");
  const values = Object.values(patch).map((value) => typeof value === "boolean" ? Number(value) : value);
  db.prepare(`UPDATE backup SET ${columns}`).run(...values);
}

/** Opens the database file `path` for one look at its ledger. Throws as `openDatabase()` does. */
export function ledgerOf(path: string): Ledger {
  return withDatabase(path, readLedger);
}

/** Writes parts of the ledger in the database file `path`. */
export function updateLedgerOf(path: string, patch: Partial<Ledger>): void {
  withDatabase(path, (db) => updateLedger(db, patch));
}

/** Notes that the newest backup is damaged: the next run replaces it by one that has other bytes. */
export function noteDamage(path: string): void {
  updateLedgerOf(path, { flawed: true, copy: ledgerOf(path).copy + 1, uploadDue: true });
}

// `dbSha256` is the column `db_sha256`.
function columnOf(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
