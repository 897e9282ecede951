// Brings what one database holds into another that is to take its place; the ids that are in use there stay as they are.
import type { DatabaseSync } from "node:sqlite";
import { compareRows, CONTENT_COLUMNS, CONTENT_PARAMETERS, contentsOf, MAX_ID, type StoredRow } from "../row.ts";
import { prepareRows, readRows } from "../file/read_rows.ts";

/** What was carried over, and what became of it. */
export interface Carried {
  /** Reviews that are erased there. */
  erased: number;
  /** Reviews that got another id, because theirs is in use there or they are known under another one. */
  renumbered: number;
  /** Reviews and erasures that the other one lacked. */
  new: number;
}

/** What to bring where. */
export interface CarryOverOptions {
  from: DatabaseSync;
  /** Its open transaction is joined. */
  into: DatabaseSync;
  /** Only what `from` knows of these; without it, all. */
  uids?: string[];
  /** What was carried over before; the result counts on from there. */
  before?: Carried;
}

/** What was carried over before anything was. */
export const NOTHING_CARRIED: Readonly<Carried> = { erased: 0, renumbered: 0, new: 0 };

/** Merges what `from` holds into `into`. */
export function carryOver({ from, into, uids, before = NOTHING_CARRIED }: CarryOverOptions): Carried {
  const statements = prepare(into);
  const carried = { ...before };
  for (const { uid, erased_at } of erasuresOf(from, uids)) {
    // Before the row is deleted, or the trigger would take it for vanished.
    carried.new += Number(statements.addErasure.run(uid, erased_at).changes);
    statements.deleteRow.run(uid);
  }
  const { seq } = from.prepare("SELECT max(seq) AS seq FROM sqlite_sequence WHERE name = 'reviews'").get()!;
  statements.startIds.run();
  statements.raiseIds.run(seq ?? 0, MAX_ID);
  for (const row of uids === undefined ? readRows(from) : rowsOf(from, uids)) carry(row);
  return carried;

  function carry(row: StoredRow): void {
    const { id, uid } = row;
    const inserted = statements.insert.run(id, id, ...contentsOf(row), uid);
    if (inserted.changes === 1) {
      carried.renumbered += Number(inserted.lastInsertRowid !== id);
      carried.new++;
      return;
    }
    const there = statements.byUid.get(uid);
    if (there === undefined) {
      carried.erased++;
      return;
    }
    carried.renumbered += Number(there.id !== id);
    // The same uid with other contents: whichever comes first in a fixed order wins, as in every merge.
    if (compareRows(row, there) >= 0) return;
    statements.replace.run(...contentsOf(row), uid);
    carried.new++;
  }
}

function* rowsOf(from: DatabaseSync, uids: string[]): Iterable<StoredRow> {
  const byUid = prepareRows(from, "uid = ?");
  for (const uid of uids) {
    const found = byUid.get(uid);
    if (found !== undefined) yield found;
  }
}

function erasuresOf(from: DatabaseSync, uids: string[] | undefined) {
  const all = "SELECT uid, erased_at FROM erasures";
  const one = from.prepare(`${all} WHERE uid = ?`);
  const found = uids === undefined ? from.prepare(all).all() : uids.flatMap((uid) => one.all(uid));
  return found as { uid: string; erased_at: string }[];
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
