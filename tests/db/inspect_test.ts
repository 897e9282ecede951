// Files from elsewhere: which are believed, and that a hostile one does no harm.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { inspectDatabase } from "../../db/file/inspect.ts";
import { mergeDatabase } from "../../db/sqlite/merge.ts";
import { APPLICATION_ID, SCHEMA_VERSION } from "../../db/file/migrations.ts";
import { openDatabase } from "../../db/file/open_database.ts";
import { takeSnapshot } from "../../db/sqlite/snapshot.ts";
import { GUIDE_FILE } from "./guide_database.ts";
import { isAppError } from "./store_contract.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const REVIEWS = "CREATE TABLE reviews (id INTEGER PRIMARY KEY, created_at, name, review, comments, uid TEXT, source)";

Deno.test("inspectDatabase() knows the guide's databases", () => {
  assert.deepEqual(inspectDatabase(GUIDE_FILE.pathname), {
    format: "guide",
    reviews: 7,
    erasures: 0,
    leftOver: [],
  });
});

Deno.test("inspectDatabase() refuses what is no whole database as damaged", async () => {
  await using folder = await temporaryFolder();
  openDatabase(folder.path("whole.db")).close();
  takeSnapshot({ source: folder.path("whole.db"), target: folder.path("snapshot.db") });
  const whole = await Deno.readFile(folder.path("snapshot.db"));
  const db = new DatabaseSync(folder.path("snapshot.db"));
  const root = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'reviews_review'").get()?.rootpage;
  db.close();
  const index = (Number(root) - 1) * 4096;
  const files: Record<string, Uint8Array> = {
    "F04 empty": new Uint8Array(),
    "cut within its first bytes": whole.subarray(0, 7),
    "zeros": new Uint8Array(9000),
    "F06 cut": whole.subarray(0, whole.length - 5000),
    "F07 overwritten": whole.map((byte, at) => at > 4096 && at < 8192 ? 0xaa : byte),
    "F07 index": whole.map((byte, at) => at >= index && at < index + 8 ? 0xaa : byte),
  };
  for (const [name, bytes] of Object.entries(files)) {
    await Deno.writeFile(folder.path(name), bytes);
    assert.throws(() => inspectDatabase(folder.path(name)), isAppError("damaged"), name);
  }
});

for (
  const [what, start, looks] of [
    ["gzip", Uint8Array.fromHex("1f8b080000000000"), /gzip/],
    ["a ZIP archive", Uint8Array.fromHex("504b030414000000"), /ZIP/],
    [
      "a pointer",
      `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 9\n`,
      /a Git LFS pointer/,
    ],
    ["a page", "\n<!DOCTYPE html><title>Log in</title>", /HTML/],
    ["an SQL dump", "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n", /an SQL dump/],
    ["an answer", '{"error":"Not found"}', /JSON/],
    ["a text", "Hello", /no SQLite database$/],
  ] as const
) {
  Deno.test(`F38 inspectDatabase() says of ${what} what it looks like, and not that it is damaged`, async () => {
    await using folder = await temporaryFolder();
    await Deno.writeFile(folder.path("x.db"), typeof start === "string" ? new TextEncoder().encode(start) : start);
    assert.throws(
      () => inspectDatabase(folder.path("x.db")),
      (error) => isAppError("foreign")(error) && looks.test((error as Error).message),
    );
  });
}

Deno.test("F10 inspectDatabase() refuses a newer Hearback's database", async () => {
  await using folder = await temporaryFolder();
  sqlite(
    folder.path("newer.db"),
    `${REVIEWS}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION + 1}`,
  );
  assert.throws(() => inspectDatabase(folder.path("newer.db")), isAppError("incompatible"));
});

for (
  const [what, sql] of [
    ["no table of reviews", "CREATE TABLE notes (text)"],
    ["a view in its place", `${REVIEWS}; ALTER TABLE reviews RENAME TO r; CREATE VIEW reviews AS SELECT * FROM r`],
    ["a virtual table in its place", "CREATE VIRTUAL TABLE reviews USING fts5(id, created_at, name, review, comments)"],
    [
      "a computed column",
      "CREATE TABLE reviews (id INTEGER PRIMARY KEY, created_at, name, review, comments AS (hex(name)))",
    ],
    ["too few columns", "CREATE TABLE reviews (id INTEGER PRIMARY KEY, created_at, name, review)"],
    ["a computed id", "CREATE TABLE reviews (nr INTEGER PRIMARY KEY, id AS (nr), name, review, comments)"],
    ["a renamed table", "CREATE TABLE feedback (id INTEGER PRIMARY KEY, created_at, name, review, comments)"],
    ["another program's mark", `${REVIEWS}; PRAGMA application_id = 99`],
    ["our mark but not our tables", `${REVIEWS}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`],
    [
      "our mark but a view of erasures",
      `${REVIEWS}; CREATE VIEW erasures AS SELECT uid, 'now' AS erased_at FROM reviews; PRAGMA application_id = ${APPLICATION_ID}`,
    ],
    ["an id beyond counting", `${REVIEWS}; INSERT INTO reviews (id) VALUES (9223372036854775807)`],
    ["an id below counting", `${REVIEWS}; INSERT INTO reviews (id) VALUES (1), (-9223372036854775807)`],
  ] as const
) {
  Deno.test(`F09 inspectDatabase() refuses a database with ${what}`, async () => {
    await using folder = await temporaryFolder();
    sqlite(folder.path("foreign.db"), sql);
    assert.throws(() => inspectDatabase(folder.path("foreign.db")), isAppError("foreign"));
    assert.throws(
      () =>
        mergeDatabase({
          local: folder.path("local.db"),
          remote: folder.path("foreign.db"),
          dataset: "a/b",
          commit: "c",
        }),
      isAppError("foreign"),
    );
  });
}

Deno.test("F09 what a hostile database carries beside its reviews is neither run nor taken", async () => {
  await using folder = await temporaryFolder();
  const remote = folder.path("hostile.db");
  openDatabase(remote).close();
  sqlite(
    remote,
    `DROP TRIGGER reviews_vanished;
     INSERT INTO reviews (id, name, uid) VALUES (1, 'kept', 'u1'), (2, 'kept too', 'u2');
     CREATE TRIGGER eat AFTER INSERT ON reviews BEGIN DELETE FROM reviews; END;
     CREATE VIEW spy AS SELECT * FROM reviews;
     CREATE TABLE extra (x); INSERT INTO extra VALUES ('extra');
     UPDATE backup SET merged = 'forged', revision = 99, dataset = 'evil/evil'`,
  );
  assert.deepEqual(inspectDatabase(remote), {
    format: "hearback",
    reviews: 2,
    erasures: 0,
    leftOver: ['trigger "eat"', 'view "spy"', 'table "extra" (1 row)'],
  });
  openDatabase(folder.path("local.db")).close();
  const schema = schemaOf(folder.path("local.db"));
  mergeDatabase({ local: folder.path("local.db"), remote, dataset: "a/b", commit: "c1" });
  assert.deepEqual(schemaOf(folder.path("local.db")), schema);
  using db = openDatabase(folder.path("local.db"));
  assert.deepEqual(db.prepare("SELECT name FROM reviews ORDER BY id").all().map(({ name }) => name), [
    "kept",
    "kept too",
  ]);
  assert.deepEqual({ ...db.prepare("SELECT dataset, merged, revision FROM backup").get() }, {
    dataset: "a/b",
    merged: "c1",
    revision: 0,
  });
});

function sqlite(path: string, sql: string): void {
  using db = new DatabaseSync(path);
  db.exec(sql);
}

function schemaOf(path: string) {
  using db = new DatabaseSync(path, { readOnly: true });
  return db.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").all();
}
