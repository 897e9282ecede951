// Reads reviews for the store: pages of the list, searches and the export, in slices short enough that submits are never held up.
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { AppError } from "../app_error.ts";
import { preparedOnce, statementOf } from "../file/prepared_once.ts";
import type { Review } from "../review.ts";
import { prepareRows, type RowQuery } from "../file/read_rows.ts";
import { rowToReview } from "../row.ts";
import type { ReviewFilter, ReviewPage, ReviewQuery } from "../store.ts";

const SLICE = 2000; // rows that are looked at before the event loop gets its turn
const EXPORT_SLICE = 250; // fewer, because each of them is read and then put into words, and a request waits for some ten slices

/** Reads one page of the list, newest first; `total` where the caller knows how many match, else they are counted. */
export async function readPage(db: DatabaseSync, query: ReviewQuery, total: number | undefined): Promise<ReviewPage> {
  const before = query.cursor === undefined ? Number.MAX_SAFE_INTEGER : idOfCursor(query.cursor);
  const { where, values } = conditions(query);
  // Newest first means by id and not by time: ids grow in the order of arrival, even when the clock is set back.
  if (total !== undefined) {
    const rows = rowsWhere(db, `id < ? AND ${where} ORDER BY id DESC LIMIT ?`);
    return toPage(readReviews(rows, before, ...values, query.limit + 1), query.limit, total);
  }
  const count = statementOf(db, `SELECT count(*) AS n FROM reviews WHERE id BETWEEN ? AND ? AND ${where}`);
  const find = rowsWhere(db, `id BETWEEN ? AND ? AND ${where} ORDER BY id DESC LIMIT ?`);
  let matching = 0;
  const found: Review[] = [];
  for await (const [from, to] of slices(() => db, "newest first", SLICE)) {
    matching += Number(count.get(from, to, ...values)?.n);
    const missing = query.limit + 1 - found.length;
    if (missing > 0 && from < before) {
      found.push(...readReviews(find, from, Math.min(to, before - 1), ...values, missing));
    }
  }
  return toPage(found, query.limit, matching);
}

/** Every matching review, oldest first, slice by slice; `db` is asked for before each slice, because it may have been replaced since the last. */
export async function* readAll(db: () => DatabaseSync, filter: ReviewFilter): AsyncIterable<Review[]> {
  const { where, values } = conditions(filter);
  for await (const [from, to] of slices(db, "oldest first", EXPORT_SLICE)) {
    yield readReviews(rowsWhere(db(), `id BETWEEN ? AND ? AND ${where} ORDER BY id`), from, to, ...values);
  }
}

/** The reviews that a search finds. */
export function readReviews(rows: RowQuery, ...values: SQLInputValue[]): Review[] {
  return rows.all(...values).map(rowToReview);
}

function toPage(found: Review[], limit: number, total: number): ReviewPage {
  const reviews = found.slice(0, limit);
  const last = reviews.at(-1);
  return { reviews, total, next: found.length > limit && last !== undefined ? cursorOfId(last.id) : null };
}

// Ids may have gaps of any size, so a slice is measured in rows.
async function* slices(
  db: () => DatabaseSync,
  order: "newest first" | "oldest first",
  size: number,
): AsyncIterable<[number, number]> {
  const [edge, next, start, sorting] = order === "newest first"
    ? ["min(id)", "<", Number.MAX_SAFE_INTEGER, "DESC"] as const
    : ["max(id)", ">", Number.MIN_SAFE_INTEGER, "ASC"] as const;
  const sql = `SELECT coalesce(
    (SELECT id FROM reviews WHERE id ${next} ?1 ORDER BY id ${sorting} LIMIT 1 OFFSET ?2),
    (SELECT ${edge} FROM reviews WHERE id ${next} ?1)) AS id`;
  let at: number = start;
  while (true) {
    const end = statementOf(db(), sql).get(at, size - 1)?.id;
    if (typeof end !== "number") return;
    yield order === "newest first" ? [end, at - 1] : [at + 1, end];
    at = end;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const rowsWhere = preparedOnce(prepareRows); // of texts there are some dozens, because `conditions()` binds every value

function conditions({ q, namesToo = true, rating, source }: ReviewFilter): { where: string; values: SQLInputValue[] } {
  const parts = ["TRUE"];
  const values: SQLInputValue[] = [];
  if (rating !== undefined) {
    parts.push("review = ?");
    values.push(rating);
  }
  if (source !== undefined) {
    parts.push("source = ?");
    values.push(source);
  }
  if (q !== undefined && q !== "") {
    const patterns = [...spellings(q.normalize("NFC"))].map((text) => `%${text.replaceAll(/[\\%_]/g, "\\$&")}%`);
    const columns = namesToo ? ["name", "comments"] : ["comments"];
    const alternatives = patterns.flatMap(() => columns.map((column) => `${column} LIKE ? ESCAPE '\\'`));
    parts.push(`(${alternatives.join(" OR ")})`);
    for (const pattern of patterns) values.push(...columns.map(() => pattern));
  }
  return { where: parts.join(" AND "), values };
}

// LIKE ignores the case of ASCII letters alone; of the others the usual spellings are tried.
function spellings(text: string): Set<string> {
  // deno-lint-ignore no-control-regex -- all of ASCII begins with them
  if (/^[\u0000-\u007f]*$/.test(text)) return new Set([text]);
  const lower = text.toLowerCase();
  const capitalised = lower.replaceAll(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase());
  return new Set([text, lower, text.toUpperCase(), capitalised]);
}

function cursorOfId(id: number): string {
  return btoa(`before ${id}`).replaceAll("=", "");
}

function idOfCursor(cursor: string): number {
  try {
    const id = Number(/^before (-?\d{1,16})$/.exec(atob(cursor))?.[1]);
    if (Number.isSafeInteger(id) && cursorOfId(id) === cursor) return id;
  } catch {
    // No base64 at all.
  }
  throw new AppError("malformed", `The cursor "${cursor.slice(0, 40)}" is none that this list handed out`);
}
