// reviews.csv: what is written is what is stored, and it can be read back.
import assert from "node:assert/strict";
import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import type { StoredRow } from "../../db/row.ts";
import { csvLine } from "../../db/csv_line.ts";
import { readCsv, writeCsv } from "../../db/file/csv.ts";
import { guideUid } from "../../db/file/guide_uid.ts";
import { openDatabase } from "../../db/file/open_database.ts";
import { openSqliteStore } from "../../db/sqlite/sqlite_store.ts";
import { rowsOf } from "./database_contents.ts";
import { GUIDE_FILE, guideDatabase } from "./guide_database.ts";
import { isAppError, newReview } from "./store_contract.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const ODD = [
  newReview({ name: "", comments: "", source: null, rating: null }),
  newReview({ name: "007", comments: "NA", source: "" }),
  newReview({ name: 'a "quoted", name', comments: "two\nlines\tand a tab" }),
  newReview({ name: "=1+1", comments: "  spaces around  ", source: "null" }),
  newReview({ name: "李雷 🙏", comments: "5" }),
];

Deno.test("writeCsv() writes every row in the order of ids, and readCsv() gives back the very same", async () => {
  await using folder = await temporaryFolder();
  const store = openSqliteStore({ path: folder.path("reviews.db"), now: () => new Date("2026-11-22T12:00:00Z") });
  for (const review of ODD) await store.add(review);
  await Promise.all(Array.from({ length: 2500 }, (_, n) => store.add(newReview({ comments: `${n}` }))));
  await store.close();
  const heard: number[] = [];
  writeCsv({
    database: folder.path("reviews.db"),
    target: folder.path("reviews.csv"),
    onProgress: (rows) => heard.push(rows),
  });
  assert.deepEqual(heard, [1000, 2000, 2505]);
  assert.deepEqual(await read(folder.path("reviews.csv")), rowsOf(folder.path("reviews.db")));
});

Deno.test("reviews.csv is plain: one header, quotes where needed, no mark at its start, \\n at each end", async () => {
  await using folder = await temporaryFolder();
  const db = openDatabase(folder.path("reviews.db"));
  db.exec(
    "INSERT INTO reviews VALUES (3, '2026-01-02 03:04:05', 'A, \"B\"', 4, 'x' || char(10) || 'y', 'u-3', NULL), (9, 't', '', NULL, NULL, 'u-9', '')",
  );
  db.close();
  writeCsv({ database: folder.path("reviews.db"), target: folder.path("reviews.csv") });
  assert.equal(
    await Deno.readTextFile(folder.path("reviews.csv")),
    'id,created_at,name,review,comments,uid,source\n3,2026-01-02 03:04:05,"A, ""B""",4,"x\ny",u-3,\u001a\n9,t,,\u001a,\u001a,u-9,\n',
  );
});

Deno.test("writeCsv() gets along with a table without rows and with odd values of old rows", async () => {
  await using folder = await temporaryFolder();
  openDatabase(folder.path("empty.db")).close();
  writeCsv({ database: folder.path("empty.db"), target: folder.path("empty.csv") });
  assert.deepEqual(await read(folder.path("empty.csv")), []);
  guideDatabase(folder.path("odd.db"), [
    "(1, 1659355200, 'a' || char(0) || 'b', 4.5, x'4142')",
    "(2, 'x', 'cr' || char(13) || 'x', 'five', 9007199254740993)",
  ]);
  writeCsv({ database: folder.path("odd.db"), target: folder.path("odd.csv") });
  const rows = await read(folder.path("odd.csv"));
  assert.match(
    await Deno.readTextFile(folder.path("odd.csv")),
    /"cr\rx"/,
    "for readers that end a record at a carriage return",
  );
  assert.deepEqual(rows.map(({ name }) => name), ["a\0b", "cr\rx"]);
  assert.deepEqual(rows.map(({ review }) => review), [4.5, "five"]);
  assert.deepEqual(rows.map(({ comments }) => comments), ["AB", "9007199254740993"]);
});

Deno.test("readCsv() reads the CSV that the guide's app wrote, with the uids that its database gives", async () => {
  await using folder = await temporaryFolder();
  const lines = ["0,1,2,3,4", "1,2022-08-01 12:00:00,Freya,5.0,Great for demos", "6,2022-08-05 08:00:00,,,", ""];
  await Deno.writeTextFile(folder.path("guide.csv"), lines.join("\n"));
  const [first, second] = await read(folder.path("guide.csv"));
  assert.deepEqual(first, rowsOf(GUIDE_FILE.pathname)[0]);
  const empty = { id: 6, created_at: "2022-08-05 08:00:00", name: "", review: null, comments: "" };
  assert.deepEqual(second, { ...second, ...empty, uid: guideUid(empty), source: null });
});

for (
  const [what, text, code] of [
    ["nothing", "", "damaged"],
    ["another table", "a,b\n1,2\n", "foreign"],
    ["a page", "<html><body>Log in</body></html>", "foreign"],
    ["broken UTF-16", "\ufeffid,name,review,comments\n1,\ud800,5,x\n", "damaged"],
  ] as const
) {
  Deno.test(`readCsv() refuses a file with ${what} as ${code}`, async () => {
    await using folder = await temporaryFolder();
    const bytes = text.startsWith("\ufeff")
      ? new Uint8Array(Uint16Array.from(text, (c) => c.charCodeAt(0)).buffer)
      : text;
    await Deno.writeFile(folder.path("bad.csv"), typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
    await assert.rejects(read(folder.path("bad.csv")), isAppError(code));
  });
}

Deno.test("readCsv() closes the file when nobody reads on", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(folder.path("long.csv"), "0,1,2,3,4\n" + "1,2,3,4,5\n".repeat(200_000));
  for await (const { id } of readCsv(folder.path("long.csv"))) {
    assert.equal(id, 1);
    break;
  }
});

Deno.test("csvLine() writes what csv-stringify writes", () => {
  const text = fc.string({ unit: fc.constantFrom(",", '"', "\n", "\r", "\u001a", " ", "=", "a", "é", "🙏") });
  const cell = fc.oneof(fc.string(), text, fc.double(), fc.integer(), fc.constant(null));
  fc.assert(fc.property(fc.array(cell, { minLength: 1 }), (cells) => {
    assert.equal(csvLine(cells), stringify([cells]));
  }));
});

async function read(path: string): Promise<StoredRow[]> {
  return await Array.fromAsync(readCsv(path));
}
