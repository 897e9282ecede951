// reviews.csv: the reviews as a table for programs, written beside the uploaded database and read back when no database is whole.
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { parse } from "csv-parse";
import { AppError } from "../app_error.ts";
import { type FileEnd, utf8Blocks } from "./csv_bytes.ts";
import { type CsvHeader, readHeader, recordDelimiters, RELAXED } from "./csv_header.ts";
import { type CsvProblems, CsvRows, NULL_CELL } from "./csv_rows.ts";
import { csvLine } from "../csv_line.ts";
import { headOf, looksLike } from "./looks_like.ts";
import { openReadOnly } from "./open_database.ts";
import { readRows } from "./read_rows.ts";
import { COLUMNS, type StoredRow, toText } from "../row.ts";

export { NULL_CELL };

/** What to write where. */
export interface WriteCsvOptions {
  /** Path of the database file. */
  database: string;
  /** Path of the new CSV file. */
  target: string;
  /** Files of another number have other bytes and say the same; 0 unless told. */
  copy?: number;
  /** Hears the rows written so far. */
  onProgress?: (rows: number) => void;
}

/** Writes all reviews, oldest id first; returns the SHA-256 of the file, in hex. Blocks the thread, so it belongs in a Worker. */
export function writeCsv(
  { database, target, copy = 0, onProgress }: WriteCsvOptions,
): { rows: number; sha256: string } {
  using db = openReadOnly(database);
  using file = Deno.openSync(target, { write: true, createNew: true });
  const hash = createHash("sha256");
  let rows = 0;
  let lines = header(copy);
  for (const row of readRows(db)) {
    lines += csvLine(COLUMNS.map((column) => toText(row[column]) ?? NULL_CELL));
    if (++rows % SLICE === 0) write();
  }
  write();
  return { rows, sha256: hash.digest("hex") };

  function write(): void {
    const bytes = new TextEncoder().encode(lines);
    hash.update(bytes);
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    lines = "";
    onProgress?.(rows);
  }
}

// A name in quotes is the same name. Which ones have them are the binary digits of the number, the last column first.
function header(copy: number): string {
  const names = COLUMNS.toReversed().map((column, bit) => copy & (1 << bit) ? `"${column}"` : column);
  return names.toReversed().join(",") + "\n";
}

/** The rows of a CSV file. It can be read once. */
export interface CsvReading extends AsyncIterable<StoredRow> {
  /** What was not understood; complete once all rows were read. */
  readonly problems: CsvProblems;
}

/**
 * The rows of a CSV file that Hearback, the guide's app or a spreadsheet wrote, each in the encoding and with the delimiter that they like.
 * A row without a uid gets the one that its database would give it. Rows that cannot be read are counted in `problems`. Throws `damaged`
 * where the file is empty or cannot be decoded and `foreign` where it is no table of reviews.
 */
export function readCsv(path: string): CsvReading {
  const problems: CsvProblems = { unread: 0, first: null, cut: false, leftOver: [] };
  return { problems, [Symbol.asyncIterator]: () => rowsOf(path, problems) };
}

async function* rowsOf(path: string, problems: CsvProblems): AsyncGenerator<StoredRow> {
  const what = looksLike(headOf(path, 512));
  if (what !== undefined) throw new AppError("foreign", `The file reviews.csv is no CSV; it looks like ${what}`);
  const end: FileEnd = { isWhole: true };
  const blocks = utf8Blocks(path, end);
  try {
    const first = await blocks.next();
    if (first.done) throw new AppError("damaged", "The file reviews.csv is empty");
    const header = readHeader(first.value);
    const rows = new CsvRows(header, problems);
    let last: string[] | undefined;
    let isOpen = false; // a quote is never closed: the row after the last one is cut off
    for await (const cells of records(all(first.value, blocks), header, () => isOpen = true)) {
      const row = last && rows.read(last);
      if (row !== undefined) yield row;
      last = cells;
    }
    const row = last && (end.isWhole || isOpen ? rows.read(last) : rows.readLast(last));
    if (row !== undefined) yield row;
    if (isOpen || (last === undefined && !end.isWhole && header.isOurs)) rows.cutRow();
    yield* rows.rest();
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError("damaged", "The file reviews.csv cannot be read", { cause: error });
  } finally {
    await blocks.return(undefined);
  }
}

function records(
  blocks: AsyncIterable<Uint8Array>,
  header: CsvHeader,
  onOpenQuote: () => void,
): AsyncIterable<string[]> {
  const input = Readable.from(blocks, { objectMode: false });
  const parser = parse({
    ...RELAXED,
    delimiter: header.delimiter,
    record_delimiter: recordDelimiters(header),
    from: header.skip + 1,
    skip_records_with_error: true,
    on_skip: () => void onOpenQuote(), // nothing else is an error any more
  });
  input.on("error", (error) => parser.destroy(error));
  parser.on("close", () => input.destroy());
  return input.pipe(parser);
}

async function* all(first: Uint8Array, others: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  yield first;
  yield* others;
}

const SLICE = 1000; // rows that are written at once
