// Finds out how the table `reviews` of a database that may be anybody's can be read: names in any case, with or without an integer key.
import type { DatabaseSync } from "node:sqlite";
import { GUIDE_COLUMNS, MAX_ID } from "../row.ts";

/** The table `reviews` of a database file. SQLite compares names without case, so statements may spell it and its columns as ours. */
export interface ReviewsTable {
  /** Its ordinary columns in lower case. */
  columns: ReadonlySet<string>;
  /** `key`: `id` is the integer key, as in Hearback's and the guide's tables. Else ids are made by {@linkcode id}. */
  ids: "key" | "column" | "rowid" | "order";
  /** SQL expression for the id of a row; NULL where only the order of rows can tell. */
  id: string;
}

/** The table `reviews` of `db`; undefined where there is none that can be read without running somebody else's code. */
export function reviewsTable(db: DatabaseSync): ReviewsTable | undefined {
  if (!hasTable(db, "reviews", ["name", "review", "comments"])) return undefined;
  const columns = new Set(columnsOf(db, "reviews"));
  const all = db.prepare("SELECT lower(name) AS name, lower(type) AS type, pk FROM pragma_table_xinfo('reviews')")
    .all();
  // A computed column in the place of one that is read is somebody else's code.
  if (GUIDE_COLUMNS.some((column) => !columns.has(column) && all.some(({ name }) => name === column))) return undefined;
  const keys = all.filter(({ pk }) => Number(pk) > 0);
  // A key with an index of its own, as of a table without rowids, is an ordinary column to SQLite and may hold anything.
  const indexed = db.prepare("SELECT 1 FROM pragma_index_list('reviews') WHERE origin = 'pk'").get() !== undefined;
  if (keys.length === 1 && keys[0]!.name === "id" && keys[0]!.type === "integer" && !indexed) {
    return { columns, ids: "key", id: "id" };
  }
  if (columns.has("id") && areIds(db, INTEGER_ID)) return { columns, ids: "column", id: INTEGER_ID };
  // A column may have taken one of these names, and a table WITHOUT ROWID has none of them.
  const rowid = ["rowid", "_rowid_", "oid"].find((alias) => all.every(({ name }) => name !== alias));
  if (rowid !== undefined && canSelect(db, rowid) && areIds(db, rowid)) return { columns, ids: "rowid", id: rowid };
  return { columns, ids: "order", id: "NULL" };
}

/** Whether `db`, which may be anything, holds an ordinary table `name` with these columns (lower case), none of them computed. */
export function hasTable(db: DatabaseSync, name: string, columns: readonly string[]): boolean {
  // A view or a virtual table runs somebody else's code when it is read; neither has a root page.
  const table = db.prepare(
    "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE AND rootpage > 0",
  ).get(name);
  const present = columnsOf(db, name);
  return table !== undefined && columns.every((column) => present.includes(column));
}

/** The names of the ordinary columns of a table, which may be anybody's, in lower case; computed ones are none. */
export function columnsOf(db: DatabaseSync, table: string): string[] {
  return db.prepare("SELECT lower(name) AS name FROM pragma_table_info(?)").all(table).map(({ name }) => String(name));
}

// pandas makes integers real numbers where one is missing, and an import without types makes them texts.
const INTEGER_ID = `CASE typeof(id) WHEN 'integer' THEN id
  WHEN 'real' THEN CASE WHEN id = CAST(id AS INTEGER) THEN CAST(id AS INTEGER) END
  WHEN 'text' THEN CASE WHEN CAST(CAST(id AS INTEGER) AS TEXT) = id THEN CAST(id AS INTEGER) END END`;

function areIds(db: DatabaseSync, id: string): boolean {
  const { usable } = db.prepare(`SELECT count(*) = count(DISTINCT id)
    AND coalesce(min(id) >= -${MAX_ID} AND max(id) <= ${MAX_ID}, 1) AS usable
    FROM (SELECT ${id} AS id FROM reviews NOT INDEXED)`).get()!;
  return usable === 1;
}

function canSelect(db: DatabaseSync, column: string): boolean {
  try {
    db.prepare(`SELECT ${column} FROM reviews`);
    return true;
  } catch {
    return false;
  }
}
