// Writes what the local database holds into the one that takes its place; the ids that are in use there stay as they are.
import type { DatabaseSync } from "node:sqlite";
import { prepareRows, readRows } from "../file/read_rows.ts";
import { compareRows, CONTENT_COLUMNS, CONTENT_PARAMETERS, contentsOf, MAX_ID } from "../row.ts";
import { mergeUnread } from "./unread.ts";

/** What was carried over, and what became of it. */
export interface Carried {
  /** Reviews that are erased there. */
  erased: number;
  /** Reviews that got another id, because theirs is in use there or they are known under another one. */
  renumbered: number;
  /** Reviews and erasures that the other one lacked. */
  new: number;
}

/** Merges what `from` holds into `into`, joining its open transaction. */
export function carryOver({ from, into }: { from: DatabaseSync; into: DatabaseSync }): Carried {
  const statements = prepare(into);
  const carried = { erased: 0, renumbered: 0, new: 0 };
  for (const { uid, erased_at } of from.prepare("SELECT uid, erased_at FROM erasures").all()) {
    // Before the row is deleted, or the trigger would take it for vanished.
    carried.new += Number(statements.addErasure.run(uid!, erased_at!).changes);
    statements.deleteRow.run(uid!);
  }
  const { seq } = from.prepare("SELECT max(seq) AS seq FROM sqlite_sequence WHERE name = 'reviews'").get()!;
  statements.startIds.run();
  statements.raiseIds.run(seq ?? 0, MAX_ID);
  for (const row of readRows(from)) {
    const { id, uid } = row;
    const inserted = statements.insert.run(id, id, ...contentsOf(row), uid);
    const there = inserted.changes === 1 ? undefined : statements.byUid.get(uid);
    if (inserted.changes === 1) {
      carried.renumbered += Number(inserted.lastInsertRowid !== id);
      carried.new++;
    } else if (there === undefined) carried.erased++;
    else {
      carried.renumbered += Number(there.id !== id);
      // The same uid with other contents: whichever comes first in a fixed order wins, as in every merge.
      if (compareRows(row, there) >= 0) continue;
      statements.replace.run(...contentsOf(row), uid);
      carried.new++;
    }
  }
  mergeUnread({ from, into });
  return carried;
}

function prepare(db: DatabaseSync) {
  return {
    byUid: prepareRows(db, "uid = ?"),
    insert: db.prepare(
      `INSERT INTO reviews (id, ${CONTENT_COLUMNS})
       SELECT (SELECT ? WHERE NOT EXISTS (SELECT 1 FROM reviews WHERE id = ?)), ${CONTENT_PARAMETERS}
       WHERE NOT EXISTS (SELECT 1 FROM erasures WHERE uid = ?) ON CONFLICT (uid) DO NOTHING`,
    ),
    replace: db.prepare(`UPDATE reviews SET (${CONTENT_COLUMNS}) = (${CONTENT_PARAMETERS}) WHERE uid = ?`),
    startIds: db.prepare(
      "INSERT INTO sqlite_sequence SELECT 'reviews', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'reviews')",
    ),
    raiseIds: db.prepare("UPDATE sqlite_sequence SET seq = max(seq, min(?, ?)) WHERE name = 'reviews'"),
    addErasure: db.prepare("INSERT INTO erasures (uid, erased_at) VALUES (?, ?) ON CONFLICT DO NOTHING"),
    deleteRow: db.prepare("DELETE FROM reviews WHERE uid = ?"),
  };
}
