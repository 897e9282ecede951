// Files that somebody else puts into the dataset: databases of the guide's app and of other tools, tables from a spreadsheet, garbage.
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import type { Dice } from "./dice.ts";

/** A file as somebody else commits it. */
export interface ForeignFile {
  path: string;
  bytes: Uint8Array<ArrayBuffer>;
  kind: string;
  /** The comments of all rows in it. */
  texts: string[];
  /** It holds rows of the known columns and nothing else, so that it is taken over whole once all its rows are. */
  isPlain: boolean;
}

/** A row as the guide's app writes it. */
export interface ForeignRow {
  id: number;
  created_at: string;
  name: string;
  review: number;
  comments: string;
}

const GUIDE_COLUMNS = `id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL, name TEXT, review INTEGER, comments TEXT`;
const ANY_COLUMNS = "id INTEGER, created_at TEXT, name TEXT, review REAL, comments TEXT";

/** The shapes of foreign databases. Each is made by statements before the rows and after them. */
const SHAPES = {
  "the guide's": { table: `CREATE TABLE reviews (${GUIDE_COLUMNS})`, more: "", isPlain: true },
  "with another column": {
    table: `CREATE TABLE reviews (${GUIDE_COLUMNS}, email TEXT)`,
    more: "UPDATE reviews SET email = id || '@example.org'",
    isPlain: false,
  },
  "with another table": {
    table: `CREATE TABLE reviews (${GUIDE_COLUMNS})`,
    more: "CREATE TABLE votes (id INTEGER PRIMARY KEY, vote TEXT); INSERT INTO votes SELECT id, 'up' FROM reviews",
    isPlain: false,
  },
  "in other case": {
    table: `CREATE TABLE Reviews (${GUIDE_COLUMNS.replace("name", "Name")})`,
    more: "",
    isPlain: true,
  },
  "without a key": { table: `CREATE TABLE reviews (${ANY_COLUMNS})`, more: "", isPlain: true },
} as const;

/** The shape of a foreign database. */
export type Shape = keyof typeof SHAPES;

/** The shapes beside the guide's own. */
export const ODD_SHAPES = Object.keys(SHAPES).slice(1) as Shape[];

/** Rows that nobody has written before, under ids from `from` on. */
export function foreignRows({ dice, count, from }: { dice: Dice; count: () => number; from: number }): ForeignRow[] {
  return Array.from({ length: 1 + dice.int(3) }, (_, index) => ({
    id: from + index,
    created_at: `2025-03-0${1 + dice.int(9)} 10:00:00`,
    name: dice.pick(["Grace", "Linus", ""]),
    review: 1 + dice.int(5),
    comments: `#f${count()}# from elsewhere`,
  }));
}

/** A database with these rows. */
export function foreignDatabase(rows: ForeignRow[], { shape, folder }: { shape: Shape; folder: string }): ForeignFile {
  const bytes = withFile(folder, (path) => {
    using db = new DatabaseSync(path);
    fill(db, { rows, shape });
    db.close();
    return Deno.readFileSync(path);
  });
  const { isPlain } = SHAPES[shape];
  return { path: "reviews.db", bytes, kind: `a database ${shape}`, texts: rows.map(textOfRow), isPlain };
}

/** A database whose newest rows are still in its write-ahead log, as a folder that is synchronised holds it. */
export function databaseWithLog(rows: ForeignRow[], folder: string): [ForeignFile, ForeignFile] {
  return withFile(folder, (path) => {
    using db = new DatabaseSync(path);
    db.exec("PRAGMA journal_mode = WAL");
    fill(db, { rows: rows.slice(0, 1), shape: "the guide's" });
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    for (const row of rows.slice(1)) insert(db, row);
    const [bytes, log] = [Deno.readFileSync(path), Deno.readFileSync(`${path}-wal`)];
    const kind = "a database with a log";
    return [
      { path: "reviews.db", bytes, kind, texts: [textOfRow(rows[0]!)], isPlain: true },
      {
        path: "reviews.db-wal",
        bytes: log,
        kind: "the log of a database",
        texts: rows.slice(1).map(textOfRow),
        isPlain: true,
      },
    ];
  });
}

/** The same database, compressed by somebody who wanted to save room. */
export function compressed({ bytes, path, texts }: ForeignFile): ForeignFile {
  return { path, bytes: new Uint8Array(gzipSync(bytes)), kind: "a compressed database", texts, isPlain: false };
}

/** Bytes that are nothing. */
export function garbage(path: string, dice: Dice): ForeignFile {
  const bytes = new TextEncoder().encode(`${dice.uuid()} is no ${path}\n`.repeat(20));
  return { path, bytes, kind: `garbage as ${path}`, texts: [], isPlain: false };
}

const EDITS: Record<string, (lines: string[][]) => string> = {
  "as it was": (lines) => written(lines),
  "with a row of commas": (lines) => `${written(lines)},,,,\n`,
  "with an empty last line": (lines) => `${written(lines)}\n`,
  "with semicolons": (lines) => written(lines, ";"),
  "with tabs": (lines) => written(lines, "\t"),
  "with sep=": (lines) => `sep=,\n${written(lines)}`,
  "with its header in capitals": ([header, ...lines]) => written([header!.map((name) => name.toUpperCase()), ...lines]),
  "in another order": (lines) => written(lines.map((cells) => cells.toReversed())),
  "with ids that are fractions": ([header, ...lines]) =>
    written([header!, ...lines.map(([id, ...rest]) => [`${id}.0`, ...rest])]),
};

/** A table that somebody edited in a spreadsheet. */
export function editedTable(rows: ForeignRow[], dice: Dice): ForeignFile {
  const columns = ["id", "created_at", "name", "review", "comments"] as const;
  const lines = [[...columns], ...rows.map((row) => columns.map((column) => `${row[column]}`))];
  const edit = dice.pick(Object.keys(EDITS));
  const bytes = new TextEncoder().encode(EDITS[edit]!(lines));
  return { path: "reviews.csv", bytes, kind: `a table ${edit}`, texts: rows.map(textOfRow), isPlain: true };
}

function written(lines: string[][], separator = ","): string {
  return lines.map((cells) => `${cells.join(separator)}\n`).join("");
}

function fill(db: DatabaseSync, { rows, shape }: { rows: ForeignRow[]; shape: Shape }): void {
  const { table, more } = SHAPES[shape];
  db.exec(table);
  for (const row of rows) insert(db, row);
  db.exec(more);
}

function insert(db: DatabaseSync, { id, created_at, name, review, comments }: ForeignRow): void {
  const sql = "INSERT INTO reviews (id, created_at, name, review, comments) VALUES (?, ?, ?, ?, ?)";
  db.prepare(sql).run(id, created_at, name, review, comments);
}

function textOfRow({ comments }: ForeignRow): string {
  return comments;
}

function withFile<T>(folder: string, work: (path: string) => T): T {
  const path = `${folder}/foreign.db`;
  for (const end of ["", "-wal", "-shm"]) {
    try {
      Deno.removeSync(path + end);
    } catch {
      // there is none
    }
  }
  return work(path);
}
