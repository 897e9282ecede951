// What a database holds, read with nothing but SQLite, so that the simulation need not believe the code that it tests.
import { DatabaseSync } from "node:sqlite";

/** A row of `reviews` as it is stored. */
export interface Row {
  id: number;
  created_at: string;
  name: string | null;
  review: number | null;
  comments: string | null;
  uid: string;
  source: string | null;
}

/** What a database holds. */
export interface Contents {
  /** In the order of ids. */
  rows: Row[];
  /** uids. */
  erasures: Set<string>;
}

/** Reads a database file at a path, or one that is given as bytes. */
export function readContents(database: string | Uint8Array): Contents {
  using db = typeof database === "string"
    ? new DatabaseSync(database, { readOnly: true })
    : new DatabaseSync(":memory:");
  if (typeof database !== "string") db.deserialize(database);
  const columns = "id, created_at, name, review, comments, uid, source";
  return {
    rows: db.prepare(`SELECT ${columns} FROM reviews ORDER BY id`).all() as unknown as Row[],
    erasures: new Set(db.prepare("SELECT uid FROM erasures").all().map(({ uid }) => String(uid))),
  };
}

/** The commits of which a database says that they could not be read, and that they are still to be. */
export function readUnread(database: Uint8Array): Set<string> {
  using db = new DatabaseSync(":memory:");
  db.deserialize(database);
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'unread'").get() === undefined) return new Set();
  const rows = db.prepare("SELECT commit_id FROM unread WHERE settled_at IS NULL").all();
  return new Set(rows.map(({ commit_id }) => String(commit_id)));
}
