// Databases with given contents, for the tests that bring two of them together.
import { DatabaseSync } from "node:sqlite";
import { updateLedger } from "../../db/ledger.ts";
import { openReadOnly, withDatabase } from "../../db/open_database.ts";
import { takeSnapshot } from "../../db/snapshot.ts";
import { readRows, type StoredRow } from "../../db/stored_row.ts";

/** What one database holds. */
export interface Contents {
  reviews: { id: number; uid: string; comments: string | null }[];
  erasures: string[];
}

/** That many reviews, under the uids `published 0`, `published 1` and so on. */
export function manyReviews(length: number): Contents {
  const reviews = Array.from({ length }, (_, at) => ({ id: at + 1, uid: `published ${at}`, comments: "x".repeat(50) }));
  return { reviews, erasures: [] };
}

/** Puts them into the database at `path`, which is made where there is none; returns the path. */
export function fill(path: string, { reviews, erasures }: Contents): string {
  withDatabase(path, (db) => {
    const add = db.prepare("INSERT INTO reviews (id, created_at, uid, review, comments) VALUES (?, 'then', ?, 5, ?)");
    db.exec("BEGIN");
    for (const { id, uid, comments } of reviews) add.run(id, uid, comments);
    for (const uid of erasures) db.prepare("INSERT INTO erasures VALUES (?, 'then')").run(uid);
    updateLedger(db, { revision: reviews.length + erasures.length, drillAt: "2026-10-09T12:00:00Z" });
    db.exec("COMMIT");
  });
  return path;
}

/** Makes a backup that holds them; returns its path. */
export function publish(path: string, contents: Contents): string {
  takeSnapshot({ source: fill(`${path}.source`, contents), target: path });
  return path;
}

/** The rows of the database at `path`, in the order of ids. */
export function rowsOf(path: string): StoredRow[] {
  using db = openReadOnly(path);
  return [...readRows(db)];
}

/** Changes the database at `path` by hand, with nothing but SQLite. */
export function change(path: string, sql: string) {
  using db = new DatabaseSync(path);
  return db.prepare(sql).run();
}
