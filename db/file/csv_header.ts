// Finds out how a CSV file of reviews is written, which spreadsheets decide by country and mood: delimiter, line ends, names of columns.
import { parse } from "csv-parse/sync";
import { AppError } from "../app_error.ts";
import { COLUMNS, GUIDE_COLUMNS } from "../row.ts";

/** How a CSV file is written. */
export interface CsvHeader {
  delimiter: string;
  /** How its first line ends. */
  lineEnd: string;
  /** The records before the first row. */
  skip: number;
  /** Its cells as they are. */
  cells: string[];
  /** Where each known column is. */
  columns: Map<string, number>;
  /** Whether it was written by Hearback and by no spreadsheet since. */
  isOurs: boolean;
}

/** Reads the header out of the first bytes of the file. Throws `foreign` where it is none of a table of reviews. */
export function readHeader(head: Uint8Array): CsvHeader {
  const all = new TextDecoder().decode(head);
  const text = all.replace(/^"?sep=[^\r\n]*(\r\n|\n|\r)/i, ""); // how a spreadsheet is told the delimiter
  const skip = text === all ? 0 : 1;
  const [lineEnd] = /\r\n|\n|\r/.exec(text) ?? ["\n"];
  for (const delimiter of [",", ";", "\t"]) {
    const cells = firstRecord(text, delimiter);
    const columns = columnsOf(cells);
    if (columns === undefined) continue;
    const isOurs = skip === 0 && columns.has("uid") && cells.every((cell, at) => cell === COLUMNS[at]) &&
      lineEnd === "\n";
    return { delimiter, lineEnd, skip: skip + 1, cells, columns, isOurs };
  }
  throw new AppError("foreign", "The file reviews.csv does not begin with the names of its columns");
}

/** Where the records of the file end. */
export function recordDelimiters({ lineEnd, columns }: CsvHeader): string[] {
  if (lineEnd === "\r") return ["\r"];
  // Hearback quotes what holds a line break of any kind. The guide's app does not: in its files a text may end with a carriage return.
  return lineEnd === "\r\n" || columns.has("uid") ? ["\r\n", "\n"] : ["\n"];
}

/** What the file is read with, for all its records. */
export const RELAXED = { relax_quotes: true, relax_column_count: true, skip_empty_lines: true };

function firstRecord(text: string, delimiter: string): string[] {
  try {
    return parse(text, { ...RELAXED, delimiter, to: 1 })[0] ?? [];
  } catch {
    return []; // such as a quote that is never closed
  }
}

function columnsOf(cells: string[]): Map<string, number> | undefined {
  const names = cells.map((cell) => cell.trim().toLowerCase());
  const positions = (wanted: readonly string[], as = wanted) =>
    new Map(wanted.flatMap((name, at) => names.includes(name) ? [[as[at]!, names.indexOf(name)]] : []));
  const columns = positions(COLUMNS);
  if (["name", "review", "comments"].every((column) => columns.has(column))) return columns;
  // The guide's app lets pandas number the columns.
  const numbered = positions(["0", "1", "2", "3", "4"], GUIDE_COLUMNS);
  return numbered.size === 5 ? numbered : undefined;
}
