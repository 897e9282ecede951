// reviews.csv: the reviews as a table for programs, written beside the uploaded database and read back when no database is whole.
import { createReadStream } from "node:fs";
import { parse } from "csv-parse";
import { AppError } from "../app_error.ts";
import { COLUMNS, GUIDE_COLUMNS, MAX_ID, type StoredRow, type StoredValue, toText } from "../row.ts";
import { csvLine } from "../csv_line.ts";
import { guideUid } from "./guide_uid.ts";
import { openReadOnly } from "./open_database.ts";
import { TEXT_FIELDS } from "../review.ts";
import { readRows } from "./read_rows.ts";

/** Stands for NULL, so that an empty cell is the empty string: U+001A, "substitute", which no review may contain. */
export const NULL_CELL = "\u001a";

/** What to write where. */
export interface WriteCsvOptions {
  /** Path of the database file. */
  database: string;
  /** Path of the CSV file: a new one, or with `after` the one that is continued. */
  target: string;
  /** The id that the file ends with. */
  after?: number | undefined;
  /** The last id that is written; without it, all are. */
  upTo?: number | undefined;
  /** Hears what is written. */
  onBytes?: (bytes: Uint8Array) => void;
  /** Hears the rows written so far. */
  onProgress?: (rows: number) => void;
}

/** Writes reviews, oldest id first, and returns how many. Blocks the thread, so it belongs in a Worker. */
export function writeCsv({ database, target, onProgress, onBytes, ...range }: WriteCsvOptions): number {
  const isNew = range.after === undefined;
  using db = openReadOnly(database);
  using file = Deno.openSync(target, isNew ? { write: true, createNew: true } : { append: true });
  const write = (text: string) => writeText(file, text, onBytes);
  if (isNew) write(csvLine(COLUMNS));
  let rows = 0;
  let lines = "";
  for (const row of readRows(db, range)) {
    lines += csvLine(COLUMNS.map((column) => toText(row[column]) ?? NULL_CELL));
    if (++rows % SLICE !== 0) continue;
    write(lines);
    onProgress?.(rows);
    lines = "";
  }
  write(lines);
  onProgress?.(rows);
  return rows;
}

/**
 * The rows of a CSV file that Hearback wrote, or the guide's app (which gives neither names of columns nor uids, and cannot tell null
 * from empty). Throws `damaged` where the file is neither.
 */
export async function* readCsv(path: string): AsyncIterable<StoredRow> {
  const input = createReadStream(path);
  const records = input.pipe(parse({ bom: true }));
  input.on("error", (error) => records.destroy(error));
  let names: readonly string[] | undefined;
  try {
    for await (const cells of records as AsyncIterable<string[]>) {
      if (names === undefined) names = columnNames(cells);
      else yield toRow(names, cells);
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError("damaged", "The file reviews.csv cannot be read", { cause: error });
  } finally {
    input.destroy();
  }
  if (names === undefined) throw new AppError("damaged", "The file reviews.csv is empty");
}

const SLICE = 1000; // rows that are written at once

function writeText(file: Deno.FsFile, text: string, onBytes?: (bytes: Uint8Array) => void): void {
  const bytes = new TextEncoder().encode(text);
  onBytes?.(bytes);
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

function columnNames(header: string[]): readonly string[] {
  if (header.join() === "0,1,2,3,4") return GUIDE_COLUMNS;
  if (GUIDE_COLUMNS.every((column) => header.includes(column))) return header;
  throw new AppError("damaged", "The file reviews.csv does not begin with the names of its columns");
}

function toRow(names: readonly string[], cells: string[]): StoredRow {
  const cell = (column: string) => cells[names.indexOf(column)];
  const id = Number(cell("id"));
  if (!/^-?\d+$/.test(cell("id") ?? "") || Math.abs(id) > MAX_ID) {
    throw new AppError("damaged", `The file reviews.csv holds a review under the id "${cell("id")}"`);
  }
  const ours = names.includes("uid");
  const row = {
    id,
    created_at: orNull(cell("created_at")),
    review: !ours && cell("review") === "" ? null : asNumber(orNull(cell("review"))),
  } as StoredRow;
  for (const field of TEXT_FIELDS) row[field] = orNull(cell(field));
  row.uid = orNull(cell("uid")) || guideUid(row);
  row.created_at ??= "";
  return row;
}

function orNull(cell: string | undefined): string | null {
  return cell === undefined || cell === NULL_CELL ? null : cell;
}

// As the affinity of the column does it: what is written like a number is one.
function asNumber(cell: string | null): StoredValue {
  return cell !== null && /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(cell) ? Number(cell) : cell;
}
