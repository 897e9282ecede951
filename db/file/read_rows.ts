// Reads rows of the table `reviews` as they are stored, out of the local database or one that is not trusted.
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { AppError } from "../app_error.ts";
import { COLUMNS, LATER_FIELDS, MAX_ID, type StoredRow, type StoredValue, toNumber } from "../row.ts";
import { defineGuideUid, GUIDE_UID, guideUid } from "./guide_uid.ts";
import { type ReviewsTable, reviewsTable } from "./reviews_table.ts";

/** A prepared statement that finds rows. Both throw `foreign` at an impossible id. */
export interface RowQuery {
  all(...values: SQLInputValue[]): StoredRow[];
  get(...values: SQLInputValue[]): StoredRow | undefined;
}

/** Prepares a search of the local table `reviews`; `condition` is what stands behind WHERE. */
export function prepareRows(db: DatabaseSync, condition: string): RowQuery {
  return rowQuery(db, `SELECT ${rowColumns(OWN_COLUMNS)} FROM reviews WHERE ${condition}`);
}

const OWN_COLUMNS: ReadonlySet<string> = new Set(COLUMNS);

/** Which reviews, by their ids. */
export interface IdRange {
  /** Only ids above this one. */
  after?: number | undefined;
  /** Only ids up to this one. */
  upTo?: number | undefined;
}

/**
 * Every review of a database that `inspectDatabase()` lets pass, or of a range, in the order of ids; the file may be untrusted. Throws
 * `foreign` at an impossible id, or where there is no table of reviews.
 */
export function* readRows(db: DatabaseSync, { after, upTo }: IdRange = {}): IterableIterator<StoredRow> {
  const table = reviewsTable(db);
  if (table === undefined) {
    throw new AppError("foreign", "The database holds no table of reviews that Hearback can read");
  }
  if (table.ids !== "key") {
    for (const row of readOtherRows(db, table)) {
      if (row.id > (after ?? -Infinity) && row.id <= (upTo ?? Infinity)) yield row;
    }
    return;
  }
  defineGuideUid(db);
  // In SQL it takes less time, but needs all columns.
  const columns = rowColumns(table.columns, { id: "id", uid: table.columns.has("created_at") ? GUIDE_UID : "NULL" });
  // NOT INDEXED: a hostile file may carry an index that says something else than the table.
  const slice = rowQuery(
    db,
    `SELECT ${columns} FROM reviews NOT INDEXED WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ${SLICE}`,
    decoderOf(db),
  );
  for (let from = after === undefined ? LOWEST_ID : BigInt(after) + 1n;;) {
    // All of a slice at once: handing out row by row takes node:sqlite twice the time.
    const rows = slice.all(from, upTo ?? HIGHEST_ID);
    yield* rows;
    if (rows.length < SLICE) return;
    from = BigInt(rows[SLICE - 1]!.id) + 1n;
  }
}

/** The highest id that {@linkcode readRows} gives; 0 where that is negative or there are no rows. */
export function highestId(db: DatabaseSync): number {
  const table = reviewsTable(db);
  const highest = table?.ids === "order" ? "count(*)" : `max(${table?.id ?? "NULL"})`;
  return Math.max(0, Number(db.prepare(`SELECT ${highest} AS id FROM reviews NOT INDEXED`).get()?.id ?? 0));
}

const UTF8 = new TextDecoder();

/** For texts whose bytes are read: a stranger's database may hold them in UTF-16. */
function decoderOf(db: DatabaseSync): TextDecoder {
  return new TextDecoder(String(db.prepare("PRAGMA encoding").get()?.encoding));
}

const SLICE = 1000;
const LOWEST_ID = -(2n ** 63n);
const HIGHEST_ID = 2n ** 63n - 1n;

// A table without an integer key is read in one go: nothing finds a place in the middle of it again.
function* readOtherRows(db: DatabaseSync, { columns, ids, id }: ReviewsTable): IterableIterator<StoredRow> {
  const order = ids === "order" ? "" : `ORDER BY ${ids === "column" ? 1 : id}`;
  const present = rowColumns(columns, { id, uid: "NULL" });
  const rows = arrayStatement(db, `SELECT ${present} FROM reviews NOT INDEXED ${order}`).iterate();
  const decoder = decoderOf(db);
  let count = 0n;
  for (const [id, createdAt, name, review, comments, ...others] of rows) {
    // As the columns of our own table would change the values, so that a row is the same before and after it was taken over.
    const rating = typeof review === "string" ? toNumber(review) : review;
    const texts = [asText(name), rating, asText(comments)];
    yield toStoredRow([ids === "order" ? ++count : id, createdAt, ...texts, ...others] as StoredValue[], decoder);
  }
}

function asText(value: StoredValue | undefined): StoredValue | undefined {
  return typeof value === "bigint" || typeof value === "number" ? String(value) : value;
}

function rowQuery(db: DatabaseSync, sql: string, decoder = UTF8): RowQuery {
  const statement = arrayStatement(db, sql);
  return {
    all: (...values) => statement.all(...values).map((row) => toStoredRow(row, decoder)),
    get: (...values) => {
      const found = statement.get(...values);
      return found && toStoredRow(found, decoder);
    },
  };
}

function arrayStatement(db: DatabaseSync, sql: string): ArrayStatement {
  const statement = db.prepare(sql) as unknown as ArrayStatement;
  statement.setReadBigInts(true);
  statement.setReturnArrays(true); // an object for each row would take half of the time again
  return statement;
}

/** A statement of node:sqlite once it hands out arrays, which its types do not know. */
interface ArrayStatement extends Pick<StatementSync, "setReadBigInts"> {
  setReturnArrays(enabled: boolean): void;
  all(...values: SQLInputValue[]): StoredValue[][];
  get(...values: SQLInputValue[]): StoredValue[] | undefined;
  iterate(): IterableIterator<StoredValue[]>;
}

// node:sqlite hands out text only up to a NUL, which old rows may contain; the last column then holds types and bytes of name and comments.
// Most texts have as many characters as bytes, so no NUL ended the counting, and need not be searched.
function rowColumns(present: ReadonlySet<string>, { id, uid } = { id: "id", uid: GUIDE_UID }): string {
  const missing = (column: string) => `${column === "uid" ? uid : "NULL"} AS ${column}`;
  const others = COLUMNS.slice(1).map((column) => present.has(column) ? column : missing(column));
  return `${id}, ${others.join(", ")},
    CASE WHEN (length(name) < octet_length(name) OR length(comments) < octet_length(comments))
        AND instr(coalesce(name, '') || coalesce(comments, ''), char(0)) > 0
      THEN typeof(name) || ' ' || hex(name) || ' ' || typeof(comments) || ' ' || hex(comments) END`;
}

function toStoredRow(values: StoredValue[], decoder: TextDecoder): StoredRow {
  const [id, createdAt, name, review, comments, uid, source] = values;
  const row = {
    id: checkId(id),
    created_at: narrow(createdAt),
    name: narrow(name),
    review: narrow(review),
    comments: narrow(comments),
    uid: "",
    source: narrow(source),
  } as StoredRow;
  for (const field of LATER_FIELDS) row[field] = narrow(values[COLUMNS.indexOf(field)]);
  const whole = values[COLUMNS.length];
  if (typeof whole === "string") {
    const [nameType, name, commentsType, comments] = whole.split(" ");
    if (nameType === "text") row.name = decoder.decode(Uint8Array.fromHex(name ?? ""));
    if (commentsType === "text") row.comments = decoder.decode(Uint8Array.fromHex(comments ?? ""));
  }
  row.uid = typeof uid === "string" && uid !== "" ? uid : guideUid(row);
  row.created_at ??= ""; // a stranger's column may hold NULL, which ours does not take
  return row;
}

function checkId(id: StoredValue | undefined): number {
  if (typeof id === "bigint" && id >= -MAX_ID && id <= MAX_ID) return Number(id);
  throw new AppError("foreign", `The database holds a review under the id "${id}", which no review can have`);
}

// Integers that JavaScript can hold become numbers; only the others stay as they came.
function narrow(value: StoredValue | undefined): StoredValue {
  return typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value ?? null;
}
