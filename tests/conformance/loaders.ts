// Shows that loaders nobody here wrote get back exactly what is stored: `datasets` and pandas, on what a backup uploaded.
import { withDatabase } from "../../db/open_database.ts";
import { runBackup } from "../../sync/backup_run.ts";
import { guideDatabase } from "../db/guide_database.ts";
import { type Hub, startHub } from "../hub/hub.ts";
import { runScript } from "./python.ts";

const SCRIPT = new URL("load_dataset.py", import.meta.url);
const REPO = "ada/reviews";

type Cell = string | number | null;
/** id, created_at, name, review, comments, uid, source. */
type Row = [id: number, createdAt: string, name: Cell, review: Cell, comments: Cell, uid: string, source: Cell];

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
  const stored: Row[] = TRAPS.map((text, index) => [
    index + 1,
    "2026-01-02 03:04:05",
    text,
    index % 7 === 0 ? null : index % 7,
    text,
    `trap-${index}`,
    TRAPS.at(-1 - index)!,
  ]);
  // A loader that guesses types has made up its mind long before the last name.
  for (let number = 0; number < 12_000; number++) {
    stored.push([100 + number, "2026-01-02 03:04:06", `${number}`, 5, `${number}`, `number-${number}`, null]);
  }
  stored.push([20_000, "2026-01-02 03:04:07", "x1", 5, "x1", "last", ""]);
  const odd = [
    "(1, '2022-08-01 12:00:00', 'Freya', 5, 'Great')",
    "(4, 1659355200, 12, NULL, NULL)",
    "(5, 'x', 'a' || char(0) || 'b', 4.5, x'4142')",
  ];
  const oddRows = (texts: boolean): Cell[][] => [
    [1, "2022-08-01 12:00:00", "Freya", texts ? "5" : 5, "Great", null],
    [4, "1659355200", "12", null, null, null],
    [5, "x", "a\0b", texts ? "4.5" : 4.5, "AB", null],
  ];
  const cases: [what: string, fill: (path: string) => void, expected: Cell[][]][] = [
    ["names and comments that look like something else", (path) => fill(path, stored), stored],
    ["odd rows of a guide's table", (path) => guideDatabase(path, odd), oddRows(false)],
    [
      "a rating that is text",
      (path) => guideDatabase(path, [...odd, "(6, 'y', '', 'five', '')"]),
      [...oddRows(true), [6, "y", "", "five", "", null]],
    ],
    ["no row, as the only review was erased", eraseAll, []],
  ];
  for (const uploadMode of ["auto", "xet"] as const) {
    for (const [what, fill, expected] of cases) {
      console.log(`\nLoaders, mode ${uploadMode}: ${what}`);
      await using hub = await startHub({ uploadMode });
      const folder = await Deno.makeTempDir();
      try {
        fill(`${folder}/reviews.db`);
        await backUp(hub, folder);
        await Deno.writeTextFile(`${folder}/expected.json`, JSON.stringify(expected));
        if (!await runScript(python, SCRIPT, { hub, args: [REPO, `${folder}/expected.json`] })) return false;
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    }
  }
  return true;
}

function fill(path: string, rows: Row[]): void {
  withDatabase(path, (db) => {
    const insert = db.prepare("INSERT INTO reviews VALUES (?, ?, ?, ?, ?, ?, ?)");
    for (const row of rows) insert.run(...row);
    db.exec("UPDATE backup SET revision = 1");
  });
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
    csvDir: `${folder}/csv`,
    readFirst: true,
    now: () => new Date(),
    signal: new AbortController().signal,
    onEvent: () => {},
  });
}
