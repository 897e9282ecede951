// Merging what somebody else's table holds: columns that are not there, and values that ours does not take.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { readCsv } from "../../db/file/csv.ts";
import { guideUid } from "../../db/file/guide_uid.ts";
import { inspectDatabase } from "../../db/file/inspect.ts";
import { openReadOnly } from "../../db/file/open_database.ts";
import { readRows } from "../../db/file/read_rows.ts";
import type { StoredRow } from "../../db/row.ts";
import { mergeDatabase, mergeRows } from "../../db/sqlite/merge.ts";
import { change, rowsOf, setOf } from "./database_contents.ts";
import { isAppError } from "./store_contract.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const merging = { dataset: "ada/reviews", commit: "c1" };

Deno.test("a column that a file lacks, as those of earlier versions do, or that it computes counts as empty", async () => {
  await using folder = await temporaryFolder();
  for (const [name, source] of [["lacks", ""], ["computes", ", source AS (upper(name))"]] as const) {
    const [local, remote] = [folder.path(`${name}-local.db`), folder.path(`${name}.db`)];
    change(remote, `CREATE TABLE reviews (id INTEGER PRIMARY KEY, created_at, name, review, comments, uid${source})`);
    change(remote, "INSERT INTO reviews (id, created_at, name, uid) VALUES (1, 't', 'kept', 'u1')");
    mergeDatabase({ ...merging, local, remote });
    const [row] = rowsOf(local);
    assert.deepEqual([row?.name, row?.uid, row?.source], ["kept", "u1", null], name);
  }
});

Deno.test("a row without a time, which our own table does not take, merges as one whose time nobody knows", async () => {
  await using folder = await temporaryFolder();
  const [local, again, csv] = ["local.db", "again.db", "reviews.csv"].map(folder.path) as [string, string, string];
  const remote = folder.path("remote.db");
  change(remote, "CREATE TABLE reviews (id INTEGER PRIMARY KEY, created_at, name, review, comments)");
  change(remote, "INSERT INTO reviews VALUES (1, NULL, 'Ada', 5, 'x'), (2, 't', 'Bob', 5, 'y')");
  mergeDatabase({ ...merging, local, remote });
  assert.deepEqual(rowsOf(local).map(({ name, created_at }) => [name, created_at]), [["Ada", ""], ["Bob", "t"]]);
  assert.deepEqual(mergeDatabase({ ...merging, local, remote }), { added: 0, erased: 0, renumbered: 0, localOnly: 0 });

  await Deno.writeTextFile(csv, "id,created_at,name,review,comments,uid,source\n1,\u001a,Ada,5,x,u1,\u001a\n");
  await mergeRows({ ...merging, local: again, rows: readCsv(csv) });
  assert.equal(rowsOf(again)[0]?.created_at, "");
});

const ANN = { created_at: "2026-11-28 04:32:32", name: "Ann", review: 5, comments: "good", source: null };
const BOB = { ...ANN, name: "Bob", review: 3, comments: "so so" };
const CYD = { ...ANN, name: "Cyd", review: 1, comments: "bad" };
const THREE = [{ id: 1, ...ANN }, { id: 2, ...BOB }, { id: 3, ...CYD }];

for (
  const [name, format, leftOver, rows] of [
    ["table_in_other_case", "guide", [], THREE.slice(0, 1)],
    ["int_primary_key", "other", [], [{ id: 1, ...ANN, created_at: null }]],
    ["pandas_to_sql", "other", [], [
      { id: 1, ...ANN, created_at: "2026-03-01 10:00:00" },
      { id: 2, ...BOB, created_at: "2026-03-01 10:00:00", review: null, comments: "x" },
    ]],
    ["extra_index", "guide", [], THREE],
    ["extra_column", "guide", ['column "email" (1 value)'], THREE.slice(0, 1)],
    ["extra_table", "guide", ['table "replies" (1 row)'], THREE],
  ] as const
) {
  Deno.test(`F38 F40 ${name}.db is read whole, under the uids of the guide's table, and what else it holds is named`, async () => {
    await using folder = await temporaryFolder();
    const remote = new URL(`../fixtures/cases/${name}.db`, import.meta.url).pathname;
    assert.deepEqual(inspectDatabase(remote), { format, reviews: rows.length, erasures: 0, leftOver });
    const expected = rows.map((row) => ({ ...row, uid: guideUid(row), created_at: row.created_at ?? "" }));
    assert.deepEqual(rowsOf(remote), expected);
    const facts = mergeDatabase({ ...merging, local: folder.path("local.db"), remote });
    assert.deepEqual(facts, { added: rows.length, erased: 0, renumbered: 0, localOnly: 0 });
    assert.deepEqual(rowsOf(folder.path("local.db")), expected);
    const again = mergeDatabase({ ...merging, local: folder.path("local.db"), remote });
    assert.deepEqual(again, { added: 0, erased: 0, renumbered: 0, localOnly: 0 });
  });
}

for (
  const [what, sql, expected, leftOver = []] of [
    [
      "names in capitals and quotes",
      `CREATE TABLE "REVIEWS" ("ID" INTEGER PRIMARY KEY, "Created_At", "NAME", "Review", [COMMENTS]);
      INSERT INTO reviews VALUES (7, 't', 'a', 5, 'x')`,
      [[7, "t", "a", 5, "x"]],
    ],
    [
      "no ids and no times",
      `CREATE TABLE reviews (name, review, comments);
      INSERT INTO reviews VALUES ('a', 5, 'x'), ('b', 4, 'y'), ('c', 3, 'z'); DELETE FROM reviews WHERE name = 'b'`,
      [
        [1, "", "a", 5, "x"],
        [3, "", "c", 3, "z"],
      ],
    ],
    [
      "a key, but no times",
      `CREATE TABLE reviews (id INTEGER PRIMARY KEY, name, review, comments);
      INSERT INTO reviews VALUES (7, 'a', 5, 'x')`,
      [[7, "", "a", 5, "x"]],
    ],
    [
      "the same id twice",
      `CREATE TABLE reviews (id, created_at, name, review, comments);
      INSERT INTO reviews VALUES (4, 't', 'a', 5, 'x'), (4, 't', 'b', 4, 'y')`,
      [[1, "t", "a", 5, "x"], [2, "t", "b", 4, "y"]],
      [
        'column "id" (2 values)',
      ],
    ],
    [
      "an id that is none",
      `CREATE TABLE reviews (id, created_at, name, review, comments);
      INSERT INTO reviews VALUES ('r-1', 't', 'a', 5, 'x')`,
      [[1, "t", "a", 5, "x"]],
      ['column "id" (1 value)'],
    ],
    [
      "an id beyond counting",
      `CREATE TABLE reviews (id INT PRIMARY KEY, created_at, name, review, comments);
      INSERT INTO reviews VALUES (9223372036854775807, 't', 'a', 5, 'x')`,
      [[1, "t", "a", 5, "x"]],
      ['column "id" (1 value)'],
    ],
    [
      "texts for everything, not in order",
      `CREATE TABLE reviews (id TEXT, created_at TEXT, name TEXT, review TEXT, comments TEXT);
      INSERT INTO reviews VALUES ('12', 't', 'a', '5', 'x'), ('9', 't', 'b', 'five', '7')`,
      [
        [9, "t", "b", "five", "7"],
        [12, "t", "a", 5, "x"],
      ],
    ],
    [
      "real numbers for everything",
      `CREATE TABLE reviews (id REAL, created_at, name REAL, review REAL, comments REAL);
      INSERT INTO reviews VALUES (2, 't', NULL, 9e999 - 9e999, NULL), (1, 't', NULL, 4, 7)`,
      [
        [1, "t", null, 4, "7"],
        [2, "t", null, null, null],
      ],
    ],
    [
      "no rowids",
      `CREATE TABLE reviews (uid TEXT PRIMARY KEY, name, review, comments) WITHOUT ROWID;
      INSERT INTO reviews VALUES ('u2', 'b', 4, 'y'), ('u1', 'a', 5, 'x')`,
      [[1, "", "a", 5, "x"], [2, "", "b", 4, "y"]],
    ],
    [
      "no rowids but ids",
      `CREATE TABLE reviews (id INTEGER PRIMARY KEY DESC, created_at, name, review, comments) WITHOUT ROWID;
      INSERT INTO reviews VALUES (3, 't', 'a', 5, 'x'), (5, 't', 'b', 4, 'y')`,
      [[3, "t", "a", 5, "x"], [5, "t", "b", 4, "y"]],
    ],
    [
      "a column called rowid",
      `CREATE TABLE reviews (rowid, name, review, comments);
      INSERT INTO reviews VALUES ('r', 'a', 5, 'x')`,
      [[1, "", "a", 5, "x"]],
      ['column "rowid" (1 value)'],
    ],
    [
      "every name of the rowid taken",
      `CREATE TABLE reviews (rowid, oid, _rowid_, name, review, comments);
      INSERT INTO reviews VALUES (NULL, NULL, NULL, 'a', 5, 'x'), (NULL, NULL, NULL, 'b', 4, 'y')`,
      [
        [1, "", "a", 5, "x"],
        [2, "", "b", 4, "y"],
      ],
    ],
    [
      "a key of another name",
      `CREATE TABLE reviews (nr INTEGER PRIMARY KEY, name, review, comments);
      INSERT INTO reviews VALUES (7, 'a', 5, 'x')`,
      [[7, "", "a", 5, "x"]],
    ],
    [
      "texts with NUL",
      `CREATE TABLE reviews (id INT, name TEXT, review, comments TEXT);
      INSERT INTO reviews VALUES (1, 'a' || char(0) || 'b', 5, char(0))`,
      [[1, "", "a\0b", 5, "\0"]],
    ],
    [
      "texts with NUL in UTF-16",
      `PRAGMA encoding = 'UTF-16le'; CREATE TABLE reviews (id INT, name TEXT, review, comments TEXT);
      INSERT INTO reviews VALUES (1, 'é' || char(0) || 'b', 5, char(0))`,
      [[1, "", "é\0b", 5, "\0"]],
    ],
    [
      "rules that its rows break",
      `CREATE TABLE reviews (id INT, name, review CHECK (review < 9), comments);
      PRAGMA ignore_check_constraints = ON; INSERT INTO reviews VALUES (1, 'a', 10, 'x')`,
      [[1, "", "a", 10, "x"]],
    ],
    [
      "no rows, and another with all of them",
      `CREATE TABLE reviews (id INTEGER PRIMARY KEY, created_at, name, review, comments, mail);
      CREATE TABLE Reviews_old AS SELECT 1 AS id UNION SELECT 2; CREATE TABLE empty (x)`,
      [],
      ['table "Reviews_old" (2 rows)'],
    ],
    [
      "numbers of rows beside it",
      `CREATE TABLE reviews ("index", level_0, id INT, name, review, comments);
      INSERT INTO reviews VALUES (0, 5, 5, 'a', 5, 'x'), (1, 9, 9, 'b', 4, 'y')`,
      [[5, "", "a", 5, "x"], [9, "", "b", 4, "y"]],
    ],
    [
      "an index that is none",
      `CREATE TABLE reviews ("index", id INT, name, review, comments);
      INSERT INTO reviews VALUES (0, 5, 'a', 5, 'x'), (7, 9, 'b', 4, 'y')`,
      [[5, "", "a", 5, "x"], [9, "", "b", 4, "y"]],
      [
        'column "index" (2 values)',
      ],
    ],
    [
      "a search and a note beside it",
      `CREATE TABLE reviews (id INT, name, review, comments, "my ""own"" note");
      INSERT INTO reviews VALUES (1, 'a', 5, 'x', ''); CREATE VIRTUAL TABLE words USING fts5(comments);
      INSERT INTO words VALUES ('x'); CREATE VIEW best AS SELECT * FROM reviews`,
      [[1, "", "a", 5, "x"]],
      [
        'column "my ?own? note" (1 value)',
        'virtual table "words"',
        'view "best"',
      ],
    ],
  ] as [string, string, unknown[][], string[]?][]
) {
  Deno.test(`F38 a table with ${what} is read`, async () => {
    await using folder = await temporaryFolder();
    const [local, remote] = [folder.path("local.db"), folder.path("remote.db")];
    using db = new DatabaseSync(remote);
    db.exec(sql);
    const inspection = inspectDatabase(remote);
    assert.deepEqual([inspection.reviews, inspection.leftOver], [expected.length, leftOver]);
    const rows = rowsOf(remote);
    const cells = ({ id, created_at, name, review, comments }: StoredRow) => [id, created_at, name, review, comments];
    assert.deepEqual(rows.map(cells), expected);
    mergeDatabase({ ...merging, local, remote });
    assert.deepEqual(rowsOf(local), rows, "our own table does not change them");
    const again = mergeDatabase({ ...merging, local, remote });
    assert.deepEqual(again, { added: 0, erased: 0, renumbered: 0, localOnly: 0 });
  });
}

Deno.test("F38 Hearback's own tables that pandas wrote anew keep uids, sources and erasures", async () => {
  await using folder = await temporaryFolder();
  const remote = folder.path("remote.db");
  using db = new DatabaseSync(remote);
  db.exec(`CREATE TABLE reviews ("index" INTEGER, id INTEGER, created_at, name, review REAL, comments, uid, source);
    INSERT INTO reviews VALUES (0, 3, 't', 'Ann', 5.0, 'x', 'u3', 'docs'), (1, 4, 't', 'Bob', NULL, 'y', 'u4', NULL);
    CREATE TABLE erasures (uid, erased_at); INSERT INTO erasures VALUES ('u1', 't')`);
  assert.deepEqual(inspectDatabase(remote), { format: "hearback", reviews: 2, erasures: 1, leftOver: [] });
  mergeDatabase({ ...merging, local: folder.path("local.db"), remote });
  const { reviews, erasures } = setOf(folder.path("local.db"));
  assert.deepEqual([reviews.map(({ uid, source }) => [uid, source]), erasures], [[["u3", "docs"], ["u4", null]], [
    "u1",
  ]]);
});

Deno.test("readRows() gives a range of a table without an integer key as well", () => {
  using db = openReadOnly(new URL("../fixtures/cases/pandas_to_sql.db", import.meta.url).pathname);
  assert.deepEqual([...readRows(db, { after: 1 })].map(({ id }) => id), [2]);
  assert.deepEqual([...readRows(db, { upTo: 1 })].map(({ id }) => id), [1]);
});

Deno.test("F40 a text that is no UTF-8, of which only replacement characters can be taken over, is left over", async () => {
  await using folder = await temporaryFolder();
  const path = folder.path("latin1.db");
  change(path, "CREATE TABLE reviews (id INTEGER PRIMARY KEY, created_at, name TEXT, review, comments TEXT)");
  change(path, "INSERT INTO reviews (name, comments) VALUES (CAST(x'4af67267' AS TEXT), 'Zoë'), ('Ann', x'ff')");
  assert.deepEqual(inspectDatabase(path).leftOver, ["bytes that are no UTF-8 (1 text)"]);
});

Deno.test("F38 a collation that only its maker has makes a database foreign, not damaged", async () => {
  await using folder = await temporaryFolder();
  const path = folder.path("own.db");
  // SQLite knows no way to make one without it; the name is as long as that of one that it has.
  change(
    path,
    "CREATE TABLE reviews (id INTEGER PRIMARY KEY, created_at, name COLLATE nocase UNIQUE, review, comments)",
  );
  const bytes = await Deno.readFile(path);
  const at = new TextDecoder("latin1").decode(bytes).indexOf("nocase");
  bytes.set(new TextEncoder().encode("theirs"), at);
  await Deno.writeFile(path, bytes);
  assert.throws(() => inspectDatabase(path), isAppError("foreign"));
});
