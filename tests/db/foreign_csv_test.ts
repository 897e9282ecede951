// CSV files as spreadsheets, editors and other programs leave them: what is read, and what is said of the rest.
import assert from "node:assert/strict";
import fc from "fast-check";
import { csvLine } from "../../db/csv_line.ts";
import { NULL_CELL, readCsv } from "../../db/file/csv.ts";
import { guideUid } from "../../db/file/guide_uid.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const uid = (n: number) => `0190a0a0-0000-7000-8000-00000000000${n}`;
const GOOD = [
  [1, "2026-03-01 10:00:00", "Ann", 5, "good, really", uid(1), null],
  [2, "2026-03-01 10:05:00", "Jörg", 4, "fine", uid(2), "docs"],
  [3, "2026-03-01 10:10:00", "Cyd", 3, "so so", uid(3), null],
];
const NONE = { unread: 0, first: null, cut: false, leftOver: [] };
const HEADER = "id,created_at,name,review,comments,uid,source\n";

for (
  const name of ["good", "blank_last_row", "empty_last_line", "sep_line", "float_ids", "header_in_capitals", "latin1"]
) {
  Deno.test(`F39 readCsv() reads ${name}.csv whole`, async () => {
    assert.deepEqual(await readCase(name), { rows: GOOD, problems: NONE });
  });
}

Deno.test("F39 readCsv() reads a short row as one whose last cells are NULL", async () => {
  const [first, second, third] = GOOD;
  const rows = [first, [...second!.slice(0, 6), null], third];
  assert.deepEqual(await readCase("short_row"), { rows, problems: NONE });
});

Deno.test("F39 a file that ends in the middle of a row is cut", async () => {
  const cut = { ...NONE, cut: true, first: "Row 1 is cut off" };
  assert.deepEqual(await readCase("cut_at_sub"), { rows: [GOOD[0]], problems: cut });
  for (const rest of ["1,2026-03-01,An", `1,t,Ann,5,"goo`, "1,"]) {
    const { rows, problems } = await readText(HEADER + rest);
    assert.deepEqual({ rows, problems }, { rows: [], problems: { ...cut, unread: 1 } }, rest);
  }
  const { rows, problems } = await readText(`${HEADER}1,t,Ann,5,good,u1,docs\n2,t,Bob,5,"fine, re`);
  assert.deepEqual(rows.map(([id]) => id), [1]);
  assert.deepEqual(problems, { ...cut, unread: 1, first: "Row 2 is cut off" });
  assert.equal((await readText(`${HEADER}1,t,Ann,5,good,u1,`.replaceAll(",", ";"))).problems.cut, true);
});

Deno.test("a last line without its end is whole where a spreadsheet wrote it so", async () => {
  const { rows, problems } = await readText("id,created_at,name,review,comments\r\n1,t,Ann,5,good\r\n2,t,Bob,4,");
  assert.deepEqual([rows.length, problems], [2, NONE]);
  assert.deepEqual((await readText("0,1,2,3,4\n1,t,Ann,5,good")).problems, NONE);
  const guide = await readText("0,1,2,3,4\n1,t,Ann,5,");
  assert.deepEqual([guide.rows.length, guide.problems.cut], [0, true], "half a comment would be another review");
});

for (
  const [what, change] of [
    ["semicolons behind a mark", (text: string) => "\ufeff" + text.replaceAll(",", ";")],
    [
      "semicolons and a line that says so",
      (text: string) => "sep=;\r\n" + text.replaceAll(",", ";").replaceAll("\n", "\r\n"),
    ],
    ["tabs", (text: string) => text.replaceAll(",", "\t")],
    ["\\r\\n", (text: string) => text.replaceAll("\n", "\r\n")],
    ["\\r", (text: string) => text.replaceAll("\n", "\r")],
    ["rows of commas between", (text: string) => text.replaceAll("\n", "\n,,,,,,\n , ,\n\n")],
    [
      "spaces and capitals in its header",
      (text: string) => text.replace(/^.*/, (line) => line.toUpperCase().replaceAll(",", " , ")),
    ],
    ["quotes around all cells", (text: string) => text.replaceAll(/[^,\n]+/g, (cell) => `"${cell}"`)],
    ["rows ended in two ways", (text: string) => text.replace("Bob,4,ok,u2,docs\n", "Bob,4,ok,u2,docs\r\n")],
  ] as const
) {
  Deno.test(`F39 readCsv() reads a file with ${what}`, async () => {
    const { rows, problems } = await readText(
      change(`${HEADER}1,t,Ann,5,good,u1,docs\n2,t,Bob,4,ok,u2,docs\n3,t,Zoë,3,x,u3,docs\n`),
    );
    assert.deepEqual(rows, [
      [1, "t", "Ann", 5, "good", "u1", "docs"],
      [2, "t", "Bob", 4, "ok", "u2", "docs"],
      [3, "t", "Zoë", 3, "x", "u3", "docs"],
    ]);
    assert.deepEqual(problems, NONE);
  });
}

for (const [encoding, littleEndian] of [["UTF-16LE", true], ["UTF-16BE", false]] as const) {
  Deno.test(`F39 readCsv() reads ${encoding} with tabs, as spreadsheets write Unicode`, async () => {
    const text = `\ufeff${HEADER.replaceAll(",", "\t")}${"7\tt\tZoë 李雷 🙏\t5\tx\tu7\tdocs\n".repeat(5000)}`;
    const bytes = new DataView(new ArrayBuffer(2 * text.length));
    for (let at = 0; at < text.length; at++) bytes.setUint16(2 * at, text.charCodeAt(at), littleEndian);
    const { rows, problems } = await readBytes(new Uint8Array(bytes.buffer));
    assert.deepEqual([rows.length, problems], [5000, NONE]);
    assert.ok(rows.every(([, , name]) => name === "Zoë 李雷 🙏"));
  });
}

Deno.test("F39 a line that is no UTF-8 is read as windows-1252, and the others as what they are", async () => {
  const bytes = [HEADER, "1,t,Zoë,5,x,u1,s\n2,t,J", 0xf6, "rg,5,", 0x80, " 5 ", 0x81, ",u2,s\n"].flatMap((part) =>
    typeof part === "number" ? [part] : [...new TextEncoder().encode(part)]
  );
  const { rows } = await readBytes(Uint8Array.from(bytes));
  assert.deepEqual(rows.map(([, , name, , comments]) => [name, comments]), [["Zoë", "x"], ["Jörg", "€ 5 \x81"]]);
});

Deno.test("readCsv() finds columns in any order, and names those that nobody takes over where they hold something", async () => {
  const { rows, problems } = await readText(
    "Comments,email,Review,notes,Name,ID\nx,a@b.example,5,,Ann,7\ny,,4.0,,Bob,9\n",
  );
  assert.deepEqual(rows.map((row) => row.slice(0, 5)), [[7, "", "Ann", 5, "x"], [9, "", "Bob", 4, "y"]]);
  assert.deepEqual(problems, { ...NONE, leftOver: ['column "email" (1 value)'] });
});

Deno.test("readCsv() gives the uids that the guide's database gives, also where pandas added numbers", async () => {
  for (
    const text of ["0,1,2,3,4\n1,t,Ann,5.0,good\n", ",0,1,2,3,4\n0,1,t,Ann,5.0,good\n", "0;1;2;3;4\n1;t;Ann;5,0;good\n"]
  ) {
    const { rows, problems } = await readText(text);
    const row = { id: 1, created_at: "t", name: "Ann", review: 5, comments: "good" };
    assert.deepEqual([rows, problems], [[[...Object.values(row), guideUid(row), null]], NONE], text);
  }
  const numbered = await readText("Unnamed: 0,id,name,review,comments\n0,4,a,5,x\n1,7,b,5,y\n");
  assert.deepEqual(numbered.problems, NONE);
});

Deno.test("a text that looks like another delimiter, a last line or a note to spreadsheets is a text", async () => {
  const { rows } = await readText('0,1,2,3,4\n1,t,a;b;c;d;e,5,x\r\n2,t,sep=;,4,"a\nb;\tc"\n');
  assert.deepEqual(rows.map(([, , name, , comments]) => [name, comments]), [["a;b;c;d;e", "x\r"], [
    "sep=;",
    "a\nb;\tc",
  ]]);
  assert.deepEqual((await readText(HEADER)).rows, []);
  assert.deepEqual((await readText(HEADER)).problems, NONE, "a header alone is a whole table without rows");
  assert.equal((await readText(HEADER.trimEnd())).problems.cut, true, "but Hearback ends its lines");
});

Deno.test("F39 a row that cannot be read is counted, and hides no other", async () => {
  const { rows, problems } = await readText(
    `${HEADER}1,t,Ann,5,good,u1,s\nx,t,Bob,5,lost,,s\n,t,Cyd,5,lost,,s\n4503599627370497,t,D,5,lost,,s\n5,t,Eve,5,one, cell,too,many\n6,t,Fay,5,"a "b" c",u6,s\n`,
  );
  assert.deepEqual(rows.map(([id, , name]) => [id, name]), [[1, "Ann"], [6, "Fay"]]);
  assert.deepEqual(problems, { ...NONE, unread: 4, first: 'Row 2 has the id "x", which is none' });
});

Deno.test("rows without an id come under ids above all others where a uid or the whole table says what they are", async () => {
  const some = await readText(`${HEADER},t,Ann,5,x,u1,s\n7,t,Bob,5,y,u7,s\n`);
  assert.deepEqual([some.rows.map(([id, , name]) => [id, name]), some.problems], [[[7, "Bob"], [8, "Ann"]], NONE]);
  const none = await readText("name,review,comments\nAnn,5,x\nBob,4,y\n");
  assert.deepEqual(none.rows.map(([id, , name]) => [id, name]), [[1, "Ann"], [2, "Bob"]]);
  assert.equal(none.rows[1]![5], guideUid({ id: 2, created_at: null, name: "Bob", review: 4, comments: "y" }));
});

Deno.test("what Hearback writes reads back as it was, whatever the texts look like", async () => {
  const odd = fc.string({
    unit: fc.constantFrom(",", ";", "\t", '"', "\n", "\r", " ", "=", "a", "é", "🙏", "\u0085", "\ufeff"),
  });
  const text = fc.option(
    fc.oneof(odd, fc.string({ unit: "binary" }).filter((text) => text.isWellFormed() && text !== NULL_CELL)),
  );
  const row = fc.tuple(fc.integer({ min: 1 }), fc.string(), text, fc.option(fc.integer()), text, fc.uuid(), text);
  await fc.assert(
    fc.asyncProperty(fc.array(row), async (rows) => {
      const written = HEADER + rows.map((cells) => csvLine(cells.map((cell) => cell ?? NULL_CELL))).join("");
      assert.deepEqual(await readText(written), { rows, problems: NONE });
    }),
    { numRuns: 200 },
  );
});

Deno.test("no byte is lost where a block of the file ends within a character or a line end", async () => {
  const line = (n: number) => `${n},t,${"é".repeat(n % 7)},5,🙏,u${n},docs\r\n`;
  const { rows } = await readText(
    HEADER.replace("\n", "\r\n") + Array.from({ length: 20_000 }, (_, n) => line(n + 1)).join(""),
  );
  assert.equal(rows.length, 20_000);
  for (const [id, , name, , comments, , source] of rows) {
    assert.deepEqual([name, comments, source], ["é".repeat(Number(id) % 7), "🙏", "docs"]);
  }
});

async function readCase(name: string) {
  return await readFile(new URL(`../fixtures/cases/${name}.csv`, import.meta.url).pathname);
}

async function readText(text: string) {
  return await readBytes(new TextEncoder().encode(text));
}

async function readBytes(bytes: Uint8Array) {
  await using folder = await temporaryFolder();
  await Deno.writeFile(folder.path("x.csv"), bytes);
  return await readFile(folder.path("x.csv"));
}

async function readFile(path: string) {
  const reading = readCsv(path);
  const rows = [];
  for await (const { id, created_at, name, review, comments, uid, source } of reading) {
    rows.push([id, created_at, name, review, comments, uid, source]);
  }
  return { rows, problems: reading.problems };
}
