// Opening: new files, the guide's, ours, and those that must not be touched.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { BLANK_LEDGER, readLedger } from "../../db/sqlite/ledger.ts";
import { APPLICATION_ID, SCHEMA_VERSION } from "../../db/file/migrations.ts";
import { openDatabase } from "../../db/file/open_database.ts";
import { openSqliteStore } from "../../db/sqlite/sqlite_store.ts";
import { readRows } from "../../db/file/read_rows.ts";
import { GUIDE_FILE, guideDatabase } from "./guide_database.ts";
import { isAppError } from "./store_contract.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const GUIDE_ROWS =
  "SELECT id, created_at, name, review, comments, typeof(name), typeof(review), typeof(comments), hex(name), hex(comments) " +
  "FROM reviews ORDER BY id";

Deno.test("openDatabase() makes a new file ours, safe and empty", async () => {
  await using folder = await temporaryFolder();
  using db = openDatabase(folder.path("reviews.db"));
  const pragma = (name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  assert.equal(pragma("application_id"), APPLICATION_ID);
  assert.equal(pragma("user_version"), SCHEMA_VERSION);
  assert.equal(pragma("journal_mode"), "wal");
  assert.equal(pragma("synchronous"), 2);
  assert.equal(pragma("secure_delete"), 1);
  assert.equal(pragma("foreign_keys"), 1);
  assert.equal(pragma("trusted_schema"), 0);
  db.exec("CREATE VIRTUAL TABLE words USING fts5(word)");
  assert.throws(() => db.exec("INSERT INTO words_content VALUES (1, 'x')"), /may not be modified/, "defensive mode");
  assert.deepEqual(readLedger(db), BLANK_LEDGER);
});

Deno.test("openDatabase() migrates the guide's database in place and keeps every row as it is", async () => {
  await using folder = await temporaryFolder();
  const path = folder.path("reviews.db");
  await Deno.copyFile(GUIDE_FILE, path);
  const before = query(path, GUIDE_ROWS);
  assert.equal(before.length, 7);
  using db = openDatabase(path);
  assert.deepEqual(query(path, GUIDE_ROWS), before);
  assert.deepEqual(query(path, "SELECT * FROM sqlite_sequence"), [{ name: "reviews", seq: 8 }]);
  assert.equal(readLedger(db).revision, 7);
  assert.equal(readLedger(db).backedUp, 0);
  assert.equal(db.prepare("INSERT INTO reviews (uid) VALUES ('x')").run().lastInsertRowid, 9);
});

Deno.test("openDatabase() gives no id again that the guide's app gave away", async () => {
  await using folder = await temporaryFolder();
  const path = folder.path("reviews.db");
  guideDatabase(path, ["(1, 'x', 'a', 5, '')", "(9, 'x', 'b', 5, '')"]);
  query(path, "DELETE FROM reviews WHERE id = 9");
  using db = openDatabase(path);
  assert.equal(db.prepare("INSERT INTO reviews (uid) VALUES ('x')").run().lastInsertRowid, 10);
});

Deno.test("openDatabase() keeps odd values of the guide's rows, types included", async () => {
  await using folder = await temporaryFolder();
  const path = folder.path("reviews.db");
  guideDatabase(path, [
    "(1, 1659355200, 'a' || char(0) || 'b', 4.5, x'00ff')",
    "(2, '2022-08-01', '', '', '')",
    "(3, '2022-08-01 12:00:00', NULL, 'five', CAST(x'ff41' AS TEXT))",
    "(-4, '2022-08-01 12:00:00', '=1+1', 9007199254740993, '\u001a')",
  ]);
  const before = query(path, GUIDE_ROWS);
  openDatabase(path).close();
  assert.deepEqual(query(path, GUIDE_ROWS), before);
  const store = openSqliteStore({ path, now: () => new Date() });
  const { reviews, total } = await store.list({ limit: 10 });
  assert.deepEqual([reviews.length, total], [4, 4]);
  assert.deepEqual(reviews.map(({ rating }) => rating), [null, null, 4.5, 9007199254740992]);
  assert.equal(reviews[2]?.name, "a\0b");
  await store.close();
});

Deno.test("a guide's row gets the same uid wherever it is derived", async () => {
  await using folder = await temporaryFolder();
  const odd = ["(1, 1659355200, 'a' || char(0) || 'b', 4.5, x'00ff')", "(2, 'x', NULL, NULL, 9)"];
  const uids = ["one.db", "two.db"].map((name) => {
    const path = folder.path(name);
    guideDatabase(path, odd);
    const before = new DatabaseSync(path);
    const derived = [...readRows(before)].map(({ uid }) => uid);
    before.close();
    openDatabase(path).close();
    const stored = query(path, "SELECT uid FROM reviews ORDER BY id").map(({ uid }) => uid);
    assert.deepEqual(stored, derived);
    return stored;
  });
  assert.deepEqual(uids[0], uids[1]);
  assert.match(String(uids[0]?.[0]), /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  // Published: it may never change.
  const path = folder.path("guide.db");
  await Deno.copyFile(GUIDE_FILE, path);
  openDatabase(path).close();
  assert.deepEqual(query(path, "SELECT uid FROM reviews WHERE id = 1"), [{
    uid: "0971d4ff-88ec-50d7-bb86-65f8b31bbb9b",
  }]);
});

Deno.test("a migrated database has the schema of a new one, letter by letter", async () => {
  await using folder = await temporaryFolder();
  await Deno.copyFile(GUIDE_FILE, folder.path("guide.db"));
  const schemas = ["guide.db", "new.db"].map((name) => {
    openDatabase(folder.path(name)).close();
    return query(folder.path(name), "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name");
  });
  assert.deepEqual(schemas[0], schemas[1]);
});

for (
  const [what, sql] of [
    [
      "a newer Hearback's",
      `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION + 1}; CREATE TABLE x (y)`,
    ],
    ["another program's", "PRAGMA application_id = 7; CREATE TABLE reviews (id INTEGER PRIMARY KEY)"],
    ["another program's empty", "PRAGMA application_id = 7"],
    [
      "a guide's with one more column",
      "CREATE TABLE reviews (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, email TEXT)",
    ],
    ["somebody's", "CREATE TABLE notes (text)"],
  ] as const
) {
  Deno.test(`openDatabase() leaves ${what} database untouched`, async () => {
    await using folder = await temporaryFolder();
    const path = folder.path("reviews.db");
    const other = new DatabaseSync(path);
    other.exec(sql);
    other.close();
    const before = await Deno.readFile(path);
    assert.throws(() => openDatabase(path), isAppError("incompatible"));
    assert.deepEqual(await Deno.readFile(path), before);
    assert.deepEqual([...Deno.readDirSync(folder.path(""))].map(({ name }) => name), ["reviews.db"]);
  });
}

Deno.test("openDatabase() tells a damaged file from all others", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(folder.path("page.db"), "<!doctype html>".repeat(1000));
  assert.throws(() => openDatabase(folder.path("page.db")), isAppError("damaged"));
  openDatabase(folder.path("cut.db")).close();
  await Deno.truncate(folder.path("cut.db"), 6000);
  assert.throws(() => openDatabase(folder.path("cut.db")), isAppError("damaged"));
});

Deno.test("F27 rows that vanish without an erasure make the dataset count as unread", async () => {
  await using folder = await temporaryFolder();
  using db = openDatabase(folder.path("reviews.db"));
  db.exec("INSERT INTO reviews (uid) VALUES ('a'), ('b'); UPDATE backup SET merged = 'c1'");
  db.exec("INSERT INTO erasures VALUES ('a', 'now'); DELETE FROM reviews WHERE uid = 'a'");
  assert.equal(readLedger(db).merged, "c1");
  db.exec("DELETE FROM reviews");
  assert.equal(readLedger(db).merged, null);
});

function query(path: string, sql: string) {
  using db = new DatabaseSync(path);
  const statement = db.prepare(sql);
  statement.setReadBigInts(sql === GUIDE_ROWS);
  return statement.all().map((row) => ({ ...row }));
}
