// Turns the records of a CSV file into rows, and notes what of them could not be understood.
import type { CsvHeader } from "./csv_header.ts";
import { guideUid } from "./guide_uid.ts";
import { atMost, countPhrase, INDEX_NAMES } from "./left_over.ts";
import { MAX_ID, type StoredRow, toNumber } from "../row.ts";
import { TEXT_FIELDS } from "../review.ts";

/** Stands for NULL, so that an empty cell is the empty string: U+001A, "substitute", which no review may contain. */
export const NULL_CELL = "\u001a";

/** What a CSV file holds that was not taken over; complete once all its rows were read. */
export interface CsvProblems {
  /** How many rows hold something and could not be read. */
  unread: number;
  /** What is wrong with the first of them, such as `Row 3 has no id`, or how the file is cut; null where nothing is. */
  first: string | null;
  /** Whether the file ends in the middle of a row. */
  cut: boolean;
  /** One short phrase for each unknown column that holds something, such as `column "email" (2 values)`. */
  leftOver: string[];
}

/** Makes rows out of the records below a header. */
export class CsvRows {
  /** What could not be understood so far. */
  readonly problems: CsvProblems;
  readonly #header: CsvHeader;
  /** How many values each unknown column holds, by its place. */
  readonly #unknown = new Map<number, number>();
  readonly #withoutId: StoredRow[] = [];
  #count = 0;
  #highest = 0;

  constructor(header: CsvHeader, problems: CsvProblems) {
    this.#header = header;
    this.problems = problems;
    const known = new Set(header.columns.values());
    for (const at of header.cells.keys()) if (!known.has(at)) this.#unknown.set(at, 0);
  }

  /** The row that a record holds; undefined where it holds none, or one that comes with {@linkcode rest}. */
  read(cells: string[]): StoredRow | undefined {
    if (cells.every(isEmpty)) return undefined; // what a spreadsheet leaves below a table
    this.#count++;
    const { columns, cells: names } = this.#header;
    // A missing value is none that a spreadsheet adds: there the row has a delimiter too many.
    if (cells.slice(names.length).some((cell) => cell !== "")) {
      return this.#unread(`has more than ${names.length} cells`);
    }
    const idCell = this.#cell(cells, "id");
    const id = toId(idCell);
    const row = this.#contents(cells);
    if (id === undefined && row.uid === "" && columns.has("id")) {
      const what = idCell === null || idCell.trim() === "" ? "no id" : `the id "${idCell.slice(0, 40)}", which is none`;
      return this.#unread(`has ${what}`);
    }
    this.#countUnknown(cells, id);
    if (id !== undefined) {
      this.#highest = Math.max(this.#highest, id);
      return finished(row, id);
    }
    this.#withoutId.push(row);
    return undefined;
  }

  /** As {@linkcode read}, for the last record of a file that does not end with the end of a line. */
  readLast(cells: string[]): StoredRow | undefined {
    const { cells: names, lineEnd, isOurs, columns } = this.#header;
    if (cells.every(isEmpty)) return undefined;
    const isShort = cells.length < names.length;
    // Some spreadsheets never end the last line, but they put \r\n between the lines.
    const mayBeCut = isOurs || (cells.at(-1) === "" && lineEnd !== "\r\n");
    if (!isShort && !mayBeCut) return this.read(cells);
    this.problems.cut = true;
    // What a row without a uid says is its identity: half of it would be another review.
    const row = isShort || !columns.has("uid") ? this.cutRow() : this.read(this.#withoutEmptyEnd(cells));
    this.problems.first ??= `Row ${this.#count} is cut off`;
    return row;
  }

  // Nobody knows what was in the cell: that is NULL, and most often NULL it was.
  #withoutEmptyEnd(cells: string[]): string[] {
    return cells.at(-1) === "" ? cells.slice(0, -1) : cells;
  }

  /** Counts a row of which only the beginning is there. */
  cutRow(): undefined {
    this.#count++;
    this.problems.cut = true;
    return this.#unread("is cut off");
  }

  /** The rows without an id of their own, under ids above all others; to be called when all records were read. */
  *rest(): IterableIterator<StoredRow> {
    for (const row of this.#withoutId) yield finished(row, ++this.#highest);
    const left = [...this.#unknown].filter(([, values]) => values > 0);
    this.problems.leftOver = atMost(
      left.map(([at, values]) => countPhrase("column", this.#header.cells[at]!, values, "value")),
    );
  }

  /** The row without its id, and without a uid where the file names none. */
  #contents(cells: string[]): StoredRow {
    const { columns, delimiter } = this.#header;
    const text = this.#cell(cells, "review");
    // Only a file that tells NULL and empty apart can mean the empty text.
    const isNone = text === null || (text === "" && !columns.has("uid"));
    // Where a comma cannot part cells, it parts decimals.
    const review = isNone ? null : toNumber(delimiter === "," ? text : text.replace(/^(\d+),(\d+)$/, "$1.$2"));
    const row = { id: 0, created_at: this.#cell(cells, "created_at"), review } as StoredRow;
    for (const field of TEXT_FIELDS) row[field] = this.#cell(cells, field);
    row.uid = this.#cell(cells, "uid") ?? "";
    return row;
  }

  #cell(cells: string[], column: string): string | null {
    const cell = cells[this.#header.columns.get(column) ?? -1];
    return cell === undefined || cell === NULL_CELL ? null : cell;
  }

  #countUnknown(cells: string[], id: number | undefined): void {
    for (const [at, values] of this.#unknown) {
      const cell = cells[at] ?? "";
      const isIndex = INDEX_NAMES.includes(this.#header.cells[at]!.trim().toLowerCase()) &&
        [this.#count - 1, this.#count, id].includes(toId(cell));
      if (!isEmpty(cell) && !isIndex) this.#unknown.set(at, values + 1);
    }
  }

  #unread(reason: string): undefined {
    this.problems.unread++;
    this.problems.first ??= `Row ${this.#count} ${reason}`;
  }
}

function isEmpty(cell: string): boolean {
  return cell === NULL_CELL || cell.trim() === "";
}

function finished(row: StoredRow, id: number): StoredRow {
  row.id = id;
  row.uid ||= guideUid(row);
  row.created_at ??= "";
  return row;
}

// Spreadsheets and pandas write `1.0`.
function toId(cell: string | null): number | undefined {
  const [, digits] = /^\s*([-+]?\d+)([.,]0*)?\s*$/.exec(cell ?? "") ?? [];
  const id = Number(digits);
  return digits !== undefined && Math.abs(id) <= MAX_ID ? id : undefined;
}
