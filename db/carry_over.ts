// Brings what the local database holds into the one that takes its place; the ids that the dataset published stay as they are there.
import type { DatabaseSync } from "node:sqlite";
import { AppError } from "./app_error.ts";
import { readLedger, updateLedger } from "./ledger.ts";
import type { MergeFacts } from "./merge_target.ts";
import { withDatabase } from "./open_database.ts";
import { compareRows, MAX_ID, readRows, ROW_COLUMNS, type StoredRow, toStoredRow } from "./stored_row.ts";
import type { Successor } from "./successor.ts";
import { transactionSync } from "./transaction.ts";

/** Whether the database holds no more than `room` reviews and erasures. */
export function hasRoom(db: DatabaseSync, room: number): boolean {
  const some = db.prepare("SELECT count(*) AS n FROM (SELECT 1 FROM reviews UNION ALL SELECT 1 FROM erasures LIMIT ?)");
  return Number(some.get(room + 1)?.n) <= room;
}

/** Merges all of `live` into the successor, which then is one whole file on disk with a ledger of its own. */
export function carryOver(live: DatabaseSync, { path, dataset, commit }: Successor): MergeFacts {
  return withDatabase(path, (db) => {
    const facts = transactionSync(db, PATIENCE_MS, () => {
      const published = count(db);
      const { known, erased, renumbered, localOnly } = carryContents(live, db);
      const ledger = readLedger(live);
      const backedUp = ledger.revision - localOnly;
      updateLedger(db, { ...ledger, dataset, merged: commit, backedUp, uploadDue: ledger.uploadDue || localOnly > 0 });
      return { added: published - known, erased, renumbered, localOnly };
    });
    // Nothing may be left in the log, which does not move with the file.
    if (db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.busy === 0) return facts;
    throw new AppError("busy", "The new database is in use by another program");
  });
}

const PATIENCE_MS = 1000;

/** `known`: how many of the published reviews are in `live` or erased there. */
function carryContents(live: DatabaseSync, db: DatabaseSync): Omit<MergeFacts, "added"> & { known: number } {
  const statements = prepare(db);
  const facts = { known: 0, erased: 0, renumbered: 0, localOnly: 0 };
  for (const { uid, erased_at } of live.prepare("SELECT uid, erased_at FROM erasures").all()) {
    // Before the row is deleted, or the trigger would take it for vanished.
    facts.localOnly += Number(statements.addErasure.run(uid!, erased_at!).changes);
    facts.known += Number(statements.deleteRow.run(uid!).changes);
  }
  const { seq } = live.prepare("SELECT max(seq) AS seq FROM sqlite_sequence WHERE name = 'reviews'").get()!;
  statements.startIds.run();
  statements.raiseIds.run(seq ?? 0, MAX_ID);
  for (const row of readRows(live)) {
    const found = statements.byUid.get(row.uid);
    if (statements.isErased.get(row.uid) !== undefined) facts.erased++;
    else if (found === undefined) {
      const isTaken = statements.byId.get(row.id) !== undefined;
      insert(isTaken ? Number(statements.nextId.get()?.seq) : row.id, row);
      facts.renumbered += Number(isTaken);
      facts.localOnly++;
    } else {
      const there = toStoredRow(found);
      facts.known++;
      facts.renumbered += Number(there.id !== row.id);
      // The same uid with other contents: whichever comes first in a fixed order wins, as in every merge.
      if (compareRows(row, there) >= 0) continue;
      statements.replace.run(row.created_at, row.name, row.review, row.comments, row.source, row.uid);
      facts.localOnly++;
    }
  }
  return facts;

  function insert(id: number, { created_at, name, review, comments, uid, source }: StoredRow): void {
    statements.insert.run(id, created_at, name, review, comments, uid, source);
  }
}

function count(db: DatabaseSync): number {
  return Number(db.prepare("SELECT count(*) AS n FROM reviews").get()?.n);
}

function prepare(db: DatabaseSync) {
  const byUid = db.prepare(`SELECT ${ROW_COLUMNS} FROM reviews WHERE uid = ?`);
  byUid.setReadBigInts(true);
  return {
    byUid,
    byId: db.prepare("SELECT 1 FROM reviews WHERE id = ?"),
    isErased: db.prepare("SELECT 1 FROM erasures WHERE uid = ?"),
    insert: db.prepare(
      "INSERT INTO reviews (id, created_at, name, review, comments, uid, source) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ),
    replace: db.prepare(
      "UPDATE reviews SET created_at = ?, name = ?, review = ?, comments = ?, source = ? WHERE uid = ?",
    ),
    startIds: db.prepare(
      "INSERT INTO sqlite_sequence SELECT 'reviews', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'reviews')",
    ),
    nextId: db.prepare("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'reviews' RETURNING seq"),
    raiseIds: db.prepare("UPDATE sqlite_sequence SET seq = max(seq, min(?, ?)) WHERE name = 'reviews'"),
    addErasure: db.prepare("INSERT INTO erasures (uid, erased_at) VALUES (?, ?) ON CONFLICT DO NOTHING"),
    deleteRow: db.prepare("DELETE FROM reviews WHERE uid = ?"),
  };
}
