// The statements by which reviews are written and erased, each in one place, whoever writes: the store, a merge or a replacement.
import type { DatabaseSync } from "node:sqlite";
import { CONTENT_COLUMNS, CONTENT_PARAMETERS, contentsOf, MAX_ID, type StoredRow } from "../row.ts";

/** Writes to the table of one connection, in whatever transaction is open there. */
export type RowWriter = ReturnType<typeof prepareWrites>;

/** Prepares the statements. */
export function prepareWrites(db: DatabaseSync) {
  const addErasure = db.prepare("INSERT INTO erasures (uid, erased_at) VALUES (?, ?) ON CONFLICT DO NOTHING");
  const deleteRow = db.prepare("DELETE FROM reviews WHERE uid = ?");
  const insert = db.prepare(
    `INSERT INTO reviews (id, ${CONTENT_COLUMNS})
     SELECT (SELECT ? WHERE NOT EXISTS (SELECT 1 FROM reviews WHERE id = ?)), ${CONTENT_PARAMETERS}
     WHERE NOT EXISTS (SELECT 1 FROM erasures WHERE uid = ?) ON CONFLICT (uid) DO NOTHING`,
  );
  const replace = db.prepare(`UPDATE reviews SET (${CONTENT_COLUMNS}) = (${CONTENT_PARAMETERS}) WHERE uid = ?`);
  const startIds = db.prepare(
    "INSERT INTO sqlite_sequence SELECT 'reviews', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'reviews')",
  );
  const raiseIds = db.prepare("UPDATE sqlite_sequence SET seq = max(seq, CAST(? AS INTEGER)) WHERE name = 'reviews'");
  return {
    /** Remembers a uid as erased and removes its review; says how many were not known as erased, and how many were here. */
    erase(uid: string, erasedAt: string): { noted: number; removed: number } {
      // Before the row is deleted, or the trigger would take it for vanished.
      const noted = Number(addErasure.run(uid, erasedAt).changes);
      return { noted, removed: Number(deleteRow.run(uid).changes) };
    },
    /** Adds a review, under the next free id where its own is in use; returns its id, or undefined where its uid is here or erased. */
    insert(row: StoredRow): number | undefined {
      const { changes, lastInsertRowid } = insert.run(row.id, row.id, ...contentsOf(row), row.uid);
      return changes === 1 ? Number(lastInsertRowid) : undefined;
    },
    /** Gives the review of this uid other contents. */
    replace(row: StoredRow): void {
      replace.run(...contentsOf(row), row.uid);
    },
    /** Makes every id up to `id` taken. */
    raiseIds(id: number): void {
      startIds.run();
      raiseIds.run(Math.min(id, MAX_ID));
    },
  };
}
