// The columns of the table `reviews` and what a row holds in them, which everything goes by that reads, writes or compares whole rows.
import type { DatabaseSync } from "node:sqlite";
import { TEXT_FIELDS, type TextField } from "./review.ts";

/** A value as SQLite stores it, whatever type the column asks for. */
export type StoredValue = string | number | bigint | Uint8Array | null;

/** A row of `reviews` with its values as stored. */
export interface StoredRow extends Record<TextField, StoredValue> {
  id: number;
  /** UTC, as `YYYY-MM-DD HH:MM:SS` unless an old database says otherwise. */
  created_at: StoredValue;
  /** The rating; 1 to 5, null, or something odd in old rows. */
  review: StoredValue;
  uid: string;
}

/** The columns of the guide's table. */
export const GUIDE_COLUMNS = ["id", "created_at", "name", "review", "comments"] as const;

const FIRST = [...GUIDE_COLUMNS, "uid", "source"] as const;

/** The text fields that came after the first version, each with a column of its own name; what older files hold has NULL there. */
export const LATER_FIELDS: readonly TextField[] = TEXT_FIELDS.filter((field) =>
  !FIRST.some((column) => column === field)
);

/** All columns in the order of the CSV, new ones at the end. */
export const COLUMNS: readonly (keyof StoredRow)[] = [...FIRST, ...LATER_FIELDS];

const CONTENTS = COLUMNS.slice(1);

/** SQL: all columns but the id, and a parameter for each; their values come from {@linkcode contentsOf}. */
export const CONTENT_COLUMNS = CONTENTS.join(", ");
export const CONTENT_PARAMETERS = CONTENTS.map(() => "?").join(", ");

/** What a row holds beside its id, in the order of {@linkcode CONTENT_COLUMNS}; named one by one, because a loop over all takes longer. */
export function contentsOf(row: Omit<StoredRow, "id">): StoredValue[] {
  const contents = [row.created_at, row.name, row.review, row.comments, row.uid, row.source];
  for (const field of LATER_FIELDS) contents.push(row[field]);
  return contents;
}

/** The names of the ordinary columns of a table, which may be anybody's; computed ones are none. */
export function columnsOf(db: DatabaseSync, table: string): unknown[] {
  return db.prepare("SELECT name FROM pragma_table_info(?)").all(table).map(({ name }) => name);
}
