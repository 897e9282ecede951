// Databases with given contents, for the tests that bring two of them together.
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import type { StoredRow } from "../../db/row.ts";
import { updateLedger } from "../../db/sqlite/ledger.ts";
import { openReadOnly, withDatabase } from "../../db/file/open_database.ts";
import { takeSnapshot } from "../../db/sqlite/snapshot.ts";
import { readRows } from "../../db/file/read_rows.ts";

/** What one database holds. */
export interface Contents {
  /** The rating is 5 unless told. */
  reviews: { id: number; uid: string; comments: string | null; rating?: number | null }[];
  erasures: string[];
}

const uid = fc.constantFrom(..."abcdefgh");

/** Contents with few uids, ids and texts, so that two of them meet in every way. */
export const anyContents: fc.Arbitrary<Contents> = fc.record({
  reviews: fc.uniqueArray(
    fc.record({
      id: fc.integer({ min: 1, max: 9 }),
      uid,
      comments: fc.constantFrom("x", "y", "", "a\0b", null),
      rating: fc.constantFrom(1, 5, null),
    }),
    { selector: ({ id }) => id, maxLength: 8 },
  ).map((reviews) => reviews.filter((review, at) => reviews.findIndex((other) => other.uid === review.uid) === at)),
  erasures: fc.uniqueArray(uid, { maxLength: 3 }),
}).map(({ reviews, erasures }) => ({ reviews: reviews.filter((review) => !erasures.includes(review.uid)), erasures }));

/** That many reviews, under the uids `published 0`, `published 1` and so on. */
export function manyReviews(length: number): Contents {
  const reviews = Array.from({ length }, (_, at) => ({ id: at + 1, uid: `published ${at}`, comments: "x".repeat(50) }));
  return { reviews, erasures: [] };
}

/** Puts them into the database at `path`, which is made where there is none; returns the path. */
export function fill(path: string, { reviews, erasures }: Contents): string {
  withDatabase(path, (db) => {
    db.exec("PRAGMA synchronous = OFF"); // nobody pulls the plug of a test
    const add = db.prepare("INSERT INTO reviews (id, created_at, uid, review, comments) VALUES (?, 'then', ?, ?, ?)");
    db.exec("BEGIN");
    for (const { id, uid, comments, rating = 5 } of reviews) add.run(id, uid, rating, comments);
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

/** Its reviews by uid without their ids, and its erasures. */
export function setOf(path: string) {
  using db = openReadOnly(path);
  const reviews = [...readRows(db)].map(({ id: _, ...row }) => row).sort((a, b) => a.uid < b.uid ? -1 : 1);
  return { reviews, erasures: db.prepare("SELECT uid FROM erasures ORDER BY uid").all().map(({ uid }) => uid) };
}
