// Names what a database file holds beside the rows that are taken over, without running anything that lies in it.
import type { DatabaseSync } from "node:sqlite";
import { COLUMNS } from "../row.ts";
import { isUtf8 } from "./looks_like.ts";
import { TEXT_FIELDS } from "../review.ts";
import { OWN_OBJECTS } from "./migrations.ts";
import type { ReviewsTable } from "./reviews_table.ts";

/** One short phrase for each thing that holds data and is not taken over, such as `column "email" (2 values)`. */
export function leftOverOf(db: DatabaseSync, table: ReviewsTable, isOurs: boolean): string[] {
  const texts = isOurs ? [] : leftTexts(db, table); // ours are as they were taken over
  return atMost([...texts, ...leftColumns(db, table), ...leftObjects(db, isOurs)]);
}

/** The name and count of something as a phrase: `table "replies" (3 rows)`. */
export function countPhrase(kind: string, name: string, count: number, unit: string): string {
  return `${kind} ${inQuotes(name)} (${count} ${unit}${count === 1 ? "" : "s"})`;
}

/** The first twenty of the phrases and how many more there are: they go into a log line and a page. */
export function atMost(phrases: string[]): string[] {
  const MOST = 20;
  return phrases.length <= MOST ? phrases : [...phrases.slice(0, MOST), `${phrases.length - MOST} more`];
}

// A stranger chose the name.
function inQuotes(name: string): string {
  const plain = name.replaceAll(/[\p{C}"]/gu, "?");
  return `"${plain.length > 60 ? plain.slice(0, 60) + "…" : plain}"`;
}

// SQLite keeps any bytes as text; whoever reads them as UTF-8 gets replacement characters for what is none.
function leftTexts(db: DatabaseSync, { columns }: ReviewsTable): string[] {
  if (db.prepare("PRAGMA encoding").get()?.encoding !== "UTF-8") return [];
  let values = 0;
  for (const column of TEXT_FIELDS.filter((field) => columns.has(field))) {
    const texts = db.prepare(`SELECT CAST(${column} AS BLOB) AS bytes FROM reviews NOT INDEXED
      WHERE typeof(${column}) = 'text' AND (length(${column}) < octet_length(${column})
        OR ${column} GLOB '*[^' || char(1) || '-' || char(127) || ']*')`).iterate(); // not ASCII alone
    for (const { bytes } of texts) values += Number(!isUtf8(bytes as Uint8Array));
  }
  return values === 0 ? [] : [`bytes that are no UTF-8 (${values} text${values === 1 ? "" : "s"})`];
}

function leftColumns(db: DatabaseSync, table: ReviewsTable): string[] {
  const columns = db.prepare("SELECT name, lower(name) AS lower, pk FROM pragma_table_info('reviews')").all();
  return columns.flatMap(({ name, lower, pk }) => {
    const isId = lower === "id" && table.ids !== "key" && table.ids !== "column";
    if (!isId && COLUMNS.some((column) => column === lower)) return [];
    const { values } = db.prepare(`SELECT count(${identifier(name)}) AS "values" FROM reviews NOT INDEXED`).get()!;
    if (values === 0) return [];
    if ((Number(pk) > 0 || INDEX_NAMES.includes(String(lower))) && onlyNumbers(db, table, identifier(name))) return [];
    return [countPhrase("column", String(name), Number(values), "value")];
  });
}

/** What pandas calls the numbers of rows that it writes beside them, in lower case. */
export const INDEX_NAMES = ["", "index", "level_0", "unnamed: 0"];

/** Whether the column says nothing but the ids, or counts the rows. */
function onlyNumbers(db: DatabaseSync, { id }: ReviewsTable, column: string): boolean {
  const found = db.prepare(`SELECT sum(${column} IS NOT (${id})) = 0 AS ids,
    sum(typeof(${column}) <> 'integer') = 0 AND count(DISTINCT ${column}) = count(*)
      AND min(${column}) IN (0, 1) AND max(${column}) - min(${column}) = count(*) - 1 AS counted
    FROM reviews NOT INDEXED`).get()!;
  return found.ids === 1 || found.counted === 1;
}

function leftObjects(db: DatabaseSync, isOurs: boolean): string[] {
  const objects = db.prepare(`SELECT type, name, rootpage > 0 AS stored FROM sqlite_schema
    WHERE type <> 'index' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND lower(name) <> 'reviews'`).all();
  const virtual = objects.filter(({ type, stored }) => type === "table" && stored !== 1).map(({ name }) =>
    String(name)
  );
  return objects.flatMap(({ type, name, stored }) => {
    const text = String(name);
    if (isOurs && OWN_OBJECTS.has(text)) return [];
    if (type !== "table") return [`${type} ${inQuotes(text)}`];
    if (stored !== 1) return [`virtual table ${inQuotes(text)}`];
    if (virtual.some((one) => text.startsWith(`${one}_`))) return []; // where a virtual table keeps what it holds
    const { rows } = db.prepare(`SELECT count(*) AS rows FROM ${identifier(name)} NOT INDEXED`).get()!;
    return rows === 0 ? [] : [countPhrase("table", text, Number(rows), "row")];
  });
}

function identifier(name: unknown): string {
  return `"${String(name).replaceAll('"', '""')}"`;
}
