// A database and its log, as a folder sync brings them: folded into one file, and never followed further than that.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { foldLog } from "../../db/file/fold_log.ts";
import { inspectDatabase } from "../../db/file/inspect.ts";
import { openDatabase } from "../../db/file/open_database.ts";
import { takeSnapshot } from "../../db/sqlite/snapshot.ts";
import { rowsOf } from "./database_contents.ts";
import { GUIDE_FILE, guideDatabase } from "./guide_database.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const CASE = new URL("../fixtures/cases/wal_dataset/", import.meta.url);
const SUPER_JOURNAL_MAGIC = Uint8Array.fromHex("d9d505f920a163d7");

Deno.test("F41 a write-ahead log is folded into its database, which is whole by itself then", async () => {
  await using folder = await temporaryFolder();
  const path = await walDataset(folder);
  await Deno.writeTextFile(`${path}-shm`, "whatever");
  await using other = await temporaryFolder();
  await Deno.copyFile(path, other.path("without.db"));
  assert.deepEqual(rowsOf(other.path("without.db")).map(({ name }) => name), ["Old"]);
  assert.deepEqual(foldLog(path), []);
  assert.deepEqual(await namesIn(folder), ["reviews.db"]);
  assert.deepEqual(rowsOf(path).map(({ name }) => name), ["Old", "New"]);
  assert.deepEqual(inspectDatabase(path).leftOver, []);
  const header = await Deno.readFile(path);
  assert.deepEqual([...header.subarray(18, 20)], [1, 1], "it needs no log any more");
});

Deno.test("F41 without a log, or with one that holds nothing, the file stays as it is", async () => {
  await using folder = await temporaryFolder();
  const path = folder.path("reviews.db");
  await Deno.copyFile(GUIDE_FILE, path);
  const before = await Deno.readFile(path);
  assert.deepEqual(foldLog(path), []);
  await Deno.writeFile(`${path}-wal`, new Uint8Array());
  await Deno.writeFile(`${path}-journal`, new Uint8Array(512)); // as a journal that is done with begins
  assert.deepEqual(foldLog(path), []);
  assert.deepEqual(await Deno.readFile(path), before);
  assert.deepEqual(await namesIn(folder), ["reviews.db"]);
});

Deno.test("F41 what of a write-ahead log cannot be trusted is left over, what comes before it is folded in", async () => {
  await using folder = await temporaryFolder();
  const path = await walDataset(folder);
  const wal = await Deno.readFile(`${path}-wal`);
  const frame = 24 + 4096;
  assert.equal(wal.length, 32 + 2 * frame);
  await Deno.writeFile(`${path}-wal`, Uint8Array.from([...wal, ...new Uint8Array(frame)]));
  assert.deepEqual(foldLog(path), [], "what an earlier generation left behind its end was folded in then");
  await walDataset(folder);
  await Deno.writeFile(`${path}-wal`, wal.with(wal.length - 1, 1 ^ wal.at(-1)!));
  assert.match(foldLog(path).join(), /^[12] of 2 frames of the -wal$/);
  assert.ok(rowsOf(path).length >= 1);
  for (
    const [name, bytes] of [["cut", wal.subarray(0, 32 + frame + 100)], [
      "no header sum",
      wal.with(30, 1 ^ wal[30]!),
    ]] as const
  ) {
    const path = await walDataset(folder);
    await Deno.writeFile(`${path}-wal`, bytes);
    assert.match(foldLog(path).join(), /frames of the -wal$/, name);
  }
});

for (
  const [what, change, phrase] of [
    ["a log of another kind", { "-wal": "x".repeat(9999) }, "the -wal, which is no write-ahead log"],
    ["a journal of another kind", { "-journal": "x".repeat(9999) }, "the -journal, which is no rollback journal"],
  ] as const
) {
  Deno.test(`F41 ${what} is left over, and the file stays as it is`, async () => {
    await using folder = await temporaryFolder();
    const path = folder.path("reviews.db");
    await Deno.copyFile(GUIDE_FILE, path);
    for (const [end, text] of Object.entries(change)) await Deno.writeTextFile(path + end, text);
    assert.deepEqual(foldLog(path), [phrase]);
    assert.deepEqual(await Deno.readFile(path), await Deno.readFile(GUIDE_FILE));
    assert.deepEqual(await namesIn(folder), ["reviews.db"]);
  });
}

Deno.test("F41 an old log beside a newer database that needs none is not followed", async () => {
  await using folder = await temporaryFolder();
  openDatabase(folder.path("live.db")).close();
  takeSnapshot({ source: folder.path("live.db"), target: folder.path("snapshot.db") });
  const snapshot = await Deno.readFile(folder.path("snapshot.db"));
  const path = await walDataset(folder);
  await Deno.writeFile(path, snapshot);
  assert.deepEqual(foldLog(path), ["the -wal, which is not of this file"]);
  assert.deepEqual(await Deno.readFile(path), snapshot);

  const { journal } = await inTransaction(folder);
  await Deno.writeFile(path, snapshot);
  await Deno.writeFile(`${path}-journal`, journal);
  assert.deepEqual(foldLog(path), ["the -journal, which is not of this file"]);
  assert.deepEqual(await Deno.readFile(path), snapshot);
});

Deno.test("F41 reviews that a log takes out of its database are told of: it may be an old log", async () => {
  await using folder = await temporaryFolder();
  const live = folder.path("live.db");
  using db = new DatabaseSync(live);
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;
    CREATE TABLE reviews (id INTEGER PRIMARY KEY, created_at, name, review, comments);
    INSERT INTO reviews (name) VALUES ('a'), ('b'), ('c'); PRAGMA wal_checkpoint(TRUNCATE); DELETE FROM reviews WHERE id = 2;
    UPDATE reviews SET name = 'z' WHERE id = 3; INSERT INTO reviews (name) VALUES ('d'), ('e')`);
  const path = folder.path("reviews.db");
  for (const end of ["", "-wal"]) await Deno.copyFile(live + end, path + end);
  assert.deepEqual(foldLog(path), ["2 reviews that the file holds without its log"]);
  assert.deepEqual(rowsOf(path).map(({ name }) => name), ["a", "z", "d", "e"]);
});

Deno.test("F41 a log that does not fit leaves the database as it was", async () => {
  await using folder = await temporaryFolder();
  // Two files of the same kind and page size, one with the log of the other.
  const [one, other] = ["one.db", "other.db"].map(folder.path) as [string, string];
  const make = (path: string, sql: string) => {
    const db = new DatabaseSync(path);
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${sql}`);
    return db;
  };
  const table = "CREATE TABLE reviews (id INTEGER PRIMARY KEY, created_at, name, review, comments)";
  using _one = make(
    one,
    `CREATE TABLE a (x); CREATE TABLE b (x); ${table}; INSERT INTO reviews (name) VALUES ('kept');
    INSERT INTO a VALUES (zeroblob(90000)); PRAGMA wal_checkpoint(TRUNCATE)`,
  );
  using second = make(other, `${table}; PRAGMA wal_checkpoint(TRUNCATE)`);
  second.exec("INSERT INTO reviews (name) VALUES ('a'), ('b')");
  const path = folder.path("reviews.db");
  await Deno.copyFile(one, path);
  await Deno.copyFile(`${other}-wal`, `${path}-wal`);
  assert.deepEqual(foldLog(path), ["the -wal, which does not fit the file"]);
  assert.deepEqual(await Deno.readFile(path), await Deno.readFile(one));
});

Deno.test("F41 a rollback journal takes back what was never committed", async () => {
  await using folder = await temporaryFolder();
  const { path, journal } = await inTransaction(folder);
  await Deno.writeFile(`${path}-journal`, journal);
  const phrases = foldLog(path).join();
  assert.match(phrases, /^$|^\d+ reviews that the file holds without its log$/);
  assert.deepEqual(rowsOf(path).map(({ comments }) => comments), ["good", "fine"]);
  assert.equal((await namesIn(folder)).some((name) => name.startsWith("reviews.db-")), false);
});

Deno.test("F41 a journal that names another file is not shown to SQLite, which would remove that file", async () => {
  await using folder = await temporaryFolder();
  const { path, journal } = await inTransaction(folder);
  const victim = folder.path("victim");
  await Deno.writeTextFile(victim, "precious");
  await Deno.writeFile(`${path}-journal`, Uint8Array.from([...journal, ...superJournal(victim)]));
  for (const end of ["", "-journal"]) await Deno.copyFile(path + end, folder.path(`control.db${end}`));
  const before = await Deno.readFile(path);
  assert.deepEqual(foldLog(path), ["the -journal, which names another file that SQLite would remove"]);
  assert.equal(await Deno.readTextFile(victim), "precious");
  assert.deepEqual(await Deno.readFile(path), before);

  using control = new DatabaseSync(folder.path("control.db"));
  control.prepare("SELECT count(*) FROM reviews").get();
  assert.equal((await namesIn(folder)).includes("victim"), false, "this is what would have happened");
});

Deno.test("F41 a journal that would blow the file up is refused", async () => {
  await using folder = await temporaryFolder();
  const { path, journal } = await inTransaction(folder);
  new DataView(journal.buffer).setUint32(16, 0x3fffffff);
  await Deno.writeFile(`${path}-journal`, journal);
  assert.deepEqual(foldLog(path), ["the -journal, which is not of this file"]);
});

Deno.test("foldLog() beside what is no database does nothing but clean up", async () => {
  await using folder = await temporaryFolder();
  const path = await walDataset(folder);
  await Deno.writeTextFile(path, "version https://git-lfs.github.com/spec/v1\n");
  assert.deepEqual(foldLog(path), ["the -wal, which is not of this file"]);
  assert.deepEqual(await namesIn(folder), ["reviews.db"]);
});

type Folder = Awaited<ReturnType<typeof temporaryFolder>>;

async function walDataset(folder: Folder): Promise<string> {
  for (const name of ["reviews.db", "reviews.db-wal"]) await Deno.copyFile(new URL(name, CASE), folder.path(name));
  return folder.path("reviews.db");
}

/** A guide's database in the middle of a large transaction, and the journal that was beside it. */
async function inTransaction(folder: Folder): Promise<{ path: string; journal: Uint8Array<ArrayBuffer> }> {
  const live = folder.path("live-guide.db");
  guideDatabase(live, ["(1, 't', 'Ann', 5, 'good')", "(2, 't', 'Bob', 4, 'fine')"]);
  using db = new DatabaseSync(live);
  db.exec("PRAGMA cache_size = 2; BEGIN; UPDATE reviews SET comments = 'never committed' WHERE id = 1");
  const insert = db.prepare("INSERT INTO reviews (comments) VALUES (?)");
  for (let n = 0; n < 300; n++) insert.run("x".repeat(2000));
  const path = folder.path("reviews.db");
  await Deno.copyFile(live, path);
  const journal = await Deno.readFile(`${live}-journal`);
  db.exec("ROLLBACK");
  return { path, journal };
}

function superJournal(victim: string): Uint8Array {
  const name = new TextEncoder().encode(victim);
  const bytes = new DataView(new ArrayBuffer(4 + name.length + 8));
  bytes.setUint32(0, 0x40000000 / 4096 + 1);
  new Uint8Array(bytes.buffer).set(name, 4);
  bytes.setUint32(4 + name.length, name.length);
  bytes.setUint32(8 + name.length, name.reduce((sum, byte) => sum + byte, 0));
  return Uint8Array.from([...new Uint8Array(bytes.buffer), ...SUPER_JOURNAL_MAGIC]);
}

async function namesIn(folder: Folder): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder.path("")))).map(({ name }) => name).sort();
}
