// Shows that loaders nobody here wrote get back exactly what is stored: `datasets` and pandas, on what a backup uploaded.
import { COLUMNS, type StoredRow } from "../../db/row.ts";
import { withDatabase } from "../../db/file/open_database.ts";
import { TEXT_FIELDS } from "../../db/review.ts";
import { runBackup } from "../../sync/jobs/back_up.ts";
import { guideDatabase } from "../db/guide_database.ts";
import { bytesOf } from "../hub/call.ts";
import { type Hub, startHub } from "../hub/hub.ts";
import { runScript } from "./python.ts";

const SCRIPT = new URL("load_dataset.py", import.meta.url);
const REPO = "ada/reviews";

type Cell = string | null;

/** A database, what happens in the dataset after its backup, and the rows that loaders must find. */
interface Case {
  what: string;
  fill: (path: string) => void;
  then?: (hub: Hub) => void;
  expected: Partial<StoredRow>[];
}

/** Texts that loaders like to take for something else. */
const TRAPS: Cell[] = [
  ..."007|NA|N/A|None|null|NULL|nan|NaN|True|false|1e5|-3|0x10|1_000|inf|1,5|#|\\|\"|'|=1+1|+1|@SUM(A1)".split("|"),
  ...'| |  spaces  |a\tb|a "quoted", name|two\nlines|cr\rx|crlf\r\nx|\n|a\u2028b|\ufefftext'.split("|"),
  ..."李雷 🙏|👩‍👩‍👧|שלום עולם|\u202eabc\u202c|e\u0301".split("|"),
  "long ".repeat(1000),
  null,
];

/** Uploads databases full of traps, and one without reviews, and lets both loaders read them; true when all of it comes back. */
export async function loadersGetWhatIsStored(python: string): Promise<boolean> {
  const stored = TRAPS.map((text, index) =>
    row(index + 1, text, { review: index % 7 === 0 ? null : index % 7, source: TRAPS.at(-1 - index)! })
  );
  // A loader that guesses types has made up its mind long before the last name.
  for (let number = 0; number < 12_000; number++) stored.push(row(100 + number, `${number}`, { source: null }));
  stored.push(row(20_000, "x1", { source: "" }));
  const numbers = ["007", "1e5", "10.00", null].map((text, index) => row(index + 1, text));
  const odd = [
    "(1, '2022-08-01 12:00:00', 'Freya', 5, 'Great')",
    "(4, 1659355200, 12, NULL, NULL)",
    "(5, 'x', 'a' || char(0) || 'b', 4.5, x'4142')",
  ];
  const oddRows = (texts: boolean) => [
    oddRow(1, "2022-08-01 12:00:00", "Freya", texts ? "5" : 5, "Great"),
    oddRow(4, "1659355200", "12", null, null),
    oddRow(5, "x", "a\0b", texts ? "4.5" : 4.5, "AB"),
  ];
  const cases: Case[] = [
    {
      what: "names and comments that look like something else",
      fill: (path) => fill(path, stored),
      expected: stored,
    },
    { what: "nothing but texts that look like numbers", fill: (path) => fill(path, numbers), expected: numbers },
    {
      what: "a column that the card does not name",
      fill: (path) => fill(path, numbers),
      then: addColumn,
      expected: numbers,
    },
    { what: "odd rows of a guide's table", fill: (path) => guideDatabase(path, odd), expected: oddRows(false) },
    {
      what: "a rating that is text",
      fill: (path) => guideDatabase(path, [...odd, "(6, 'y', '', 'five', '')"]),
      expected: [...oddRows(true), oddRow(6, "y", "", "five", "")],
    },
    { what: "no row, as the only review was erased", fill: eraseAll, expected: [] },
  ];
  for (const uploadMode of ["auto", "xet"] as const) {
    for (const { what, fill, then, expected } of cases) {
      console.log(`\nLoaders, mode ${uploadMode}: ${what}`);
      await using hub = await startHub({ uploadMode });
      const folder = await Deno.makeTempDir();
      try {
        fill(`${folder}/reviews.db`);
        await backUp(hub, folder);
        then?.(hub);
        await Deno.writeTextFile(`${folder}/expected.json`, JSON.stringify({ columns: COLUMNS, rows: expected }));
        if (!await runScript(python, SCRIPT, { hub, args: [REPO, `${folder}/expected.json`] })) return false;
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    }
  }
  return true;
}

/** A row that holds `text` in each column of text. */
function row(id: number, text: Cell, more: Partial<StoredRow> = {}): Partial<StoredRow> {
  const texts = Object.fromEntries(TEXT_FIELDS.map((field) => [field, text]));
  return { id, created_at: "2026-01-02 03:04:05", review: 5, uid: `row-${id}`, ...texts, ...more };
}

/** A row of a guide's table; its uid follows from the others. */
function oddRow(id: number, created_at: string, name: Cell, review: string | number | null, comments: Cell) {
  return { id, created_at, name, review, comments, source: null };
}

function fill(path: string, rows: Partial<StoredRow>[]): void {
  withDatabase(path, (db) => {
    const insert = db.prepare(`INSERT INTO reviews (${COLUMNS.join()}) VALUES (${COLUMNS.map(() => "?").join()})`);
    for (const row of rows) insert.run(...COLUMNS.map((column) => row[column] ?? null));
    db.exec("UPDATE backup SET revision = 1");
  });
}

function addColumn(hub: Hub): void {
  const [header = "", ...lines] = new TextDecoder().decode(hub.repo(REPO)!.file("reviews.csv")).trimEnd().split("\n");
  const csv = [`${header},later`, ...lines.map((line) => `${line},0123`)].join("\n") + "\n";
  hub.commitDirectly(REPO, { "reviews.csv": bytesOf(csv) });
}

function eraseAll(path: string): void {
  withDatabase(
    path,
    (db) => db.exec("INSERT INTO erasures VALUES ('gone', '2026-01-02 03:04:05'); UPDATE backup SET revision = 2"),
  );
}

async function backUp(hub: Hub, folder: string): Promise<void> {
  await runBackup({
    settings: { endpoint: hub.url, repo: REPO, token: "hf_local_write", private: true },
    database: `${folder}/reviews.db`,
    workDir: `${folder}/work`,
    readFirst: true,
    now: () => new Date(),
    signal: new AbortController().signal,
    onEvent: () => {},
  });
}
