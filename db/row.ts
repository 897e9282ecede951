// A row of the table `reviews`: its columns, odd values of old databases included, the one way from there to a review, and the order of two rows.
import { type Review, TEXT_FIELDS, type TextField } from "./review.ts";
import { toIso } from "./sql_time.ts";

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

/** Highest id that is taken over: far beyond any real one, and it leaves AUTOINCREMENT and JavaScript room to count on. */
export const MAX_ID = 2 ** 52;

/** The review that a stored row stands for; values that no review can have become text or null. */
export function rowToReview(row: StoredRow): Review {
  const review = {
    uid: row.uid,
    id: Number(row.id),
    createdAt: toIso(toText(row.created_at) ?? ""),
    name: toText(row.name),
    rating: typeof row.review === "number" || typeof row.review === "bigint" ? Number(row.review) : null,
    comments: toText(row.comments),
    source: toText(row.source),
  } as Review;
  for (const field of LATER_FIELDS) review[field] = toText(row[field]);
  return review;
}

/** A value as text, bytes read as UTF-8. */
export function toText(value: StoredValue): string | null {
  if (value === null) return null;
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value);
}

/** A text as a column of numbers stores it: what is written like a number is one. */
export function toNumber(text: string): string | number {
  return /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(text) ? Number(text) : text;
}

/** The fixed order of two rows with the same uid and other contents, by which all instances choose the same one; 0 where they are equal. */
export function compareRows(a: StoredRow, b: StoredRow): number {
  let order = compareValues(a.created_at, b.created_at) || compareValues(a.name, b.name) ||
    compareValues(a.review, b.review) || compareValues(a.comments, b.comments) || compareValues(a.source, b.source);
  for (const field of LATER_FIELDS) order ||= compareValues(a[field], b[field]);
  return order;
}

function compareValues(a: StoredValue, b: StoredValue): number {
  if (a === b) return 0;
  const [left, right] = [sortKey(a), sortKey(b)];
  return left === right ? 0 : left < right ? -1 : 1;
}

function sortKey(value: StoredValue): string {
  return value instanceof Uint8Array ? `bytes ${value.toHex()}` : `${value === null ? "" : typeof value} ${value}`;
}
