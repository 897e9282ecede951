// Databases that an earlier Hearback wrote: each schema version opens, is brought up to date and merges, without losing a row.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { readLedger } from "../../db/sqlite/ledger.ts";
import { mergeDatabase } from "../../db/sqlite/merge.ts";
import { APPLICATION_ID, SCHEMA_VERSION, versionOf } from "../../db/file/migrations.ts";
import { openDatabase } from "../../db/file/open_database.ts";
import { openSqliteStore } from "../../db/sqlite/sqlite_store.ts";
import { mergeByReplacement } from "../../db/sqlite/build_replacement.ts";
import { readRows } from "../../db/file/read_rows.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const MIGRATIONS = new URL("../../db/file/migrations/", import.meta.url);

Deno.test("a database of every earlier schema opens, keeps its rows, erasures and ledger, and has the newest schema then", async () => {
  for (let version = 1; version < SCHEMA_VERSION; version++) {
    await using folder = await temporaryFolder();
    using fresh = openDatabase(folder.path("fresh.db"));
    using db = openDatabase(writeVersion(folder.path("reviews.db"), version));
    assert.equal(versionOf(db), SCHEMA_VERSION);
    assert.deepEqual([...readRows(db)].map(({ id, uid, comments }) => [id, uid, comments]), [[7, "u7", "kept"]]);
    assert.deepEqual(db.prepare("SELECT uid FROM erasures").all().map(({ uid }) => uid), ["gone"]);
    assert.deepEqual([readLedger(db).merged, readLedger(db).revision], ["c1", 3]);
    assert.deepEqual(schemaOf(db), schemaOf(fresh));
  }
});

Deno.test("a migration that fails in its middle leaves the database as it was, and the next start does it whole", async () => {
  await using folder = await temporaryFolder();
  const path = writeVersion(folder.path("reviews.db"), 1);
  const execute = (sql: string) => {
    using db = new DatabaseSync(path);
    db.exec(sql);
    return { version: versionOf(db), schema: schemaOf(db) };
  };
  // Its last statement fails, with all before it done.
  const before = execute("CREATE TRIGGER csv_deleted AFTER DELETE ON erasures BEGIN SELECT 1; END");
  assert.throws(() => openDatabase(path).close(), /csv_deleted already exists/);
  assert.deepEqual(execute(""), before);
  execute("DROP TRIGGER csv_deleted");
  using db = openDatabase(path);
  assert.equal(versionOf(db), SCHEMA_VERSION);
  assert.deepEqual([...readRows(db)].map(({ id, comments }) => [id, comments]), [[7, "kept"]]);
});

Deno.test("a backup of every earlier schema merges, and is written anew", async () => {
  for (let version = 1; version < SCHEMA_VERSION; version++) {
    await using folder = await temporaryFolder();
    const local = folder.path("reviews.db");
    const remote = writeVersion(folder.path("remote.db"), version);
    mergeDatabase({ dataset: "ada/reviews", commit: "c2", local, remote });
    using db = openDatabase(local);
    assert.deepEqual([...readRows(db)].map(({ id, uid, comments }) => [id, uid, comments]), [[7, "u7", "kept"]]);
    assert.equal(readLedger(db).uploadDue, true);
    assert.equal(readLedger(db).merged, "c2");
  }
});

Deno.test("a backup of every earlier schema takes the place of a local database, up to date, and is written anew", async () => {
  for (let version = 1; version < SCHEMA_VERSION; version++) {
    await using folder = await temporaryFolder();
    const local = folder.path("reviews.db");
    const store = openSqliteStore({ path: local, now: () => new Date() });
    const { ino } = Deno.statSync(local);
    const options = {
      remote: writeVersion(folder.path("remote.db"), version),
      folder: folder.path("work"),
      atLeast: 1,
    };
    const facts = await mergeByReplacement({ ...options, dataset: "ada/reviews", commit: "c2", store, local });
    assert.deepEqual(facts, { added: 1, erased: 0, renumbered: 0, localOnly: 0 });
    assert.notEqual(Deno.statSync(local).ino, ino);
    assert.equal((await store.stats()).total, 1);
    await store.close();
    using db = openDatabase(local);
    using fresh = openDatabase(folder.path("fresh.db"));
    assert.deepEqual(schemaOf(db), schemaOf(fresh));
    const { uploadDue, merged, revision } = readLedger(db);
    assert.deepEqual({ uploadDue, merged, revision }, { uploadDue: true, merged: "c2", revision: 0 });
  }
});

function writeVersion(path: string, version: number): string {
  using db = new DatabaseSync(path);
  const files = [...Deno.readDirSync(MIGRATIONS)].map(({ name }) => name).sort().slice(0, version);
  for (const file of files) db.exec(Deno.readTextFileSync(new URL(file, MIGRATIONS)));
  db.exec(`PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${version};
    INSERT INTO reviews (id, created_at, review, comments, uid) VALUES (7, '2026-01-01 00:00:00', 5, 'kept', 'u7');
    INSERT INTO erasures VALUES ('gone', '2026-01-01 00:00:00');
    UPDATE backup SET merged = 'c1', revision = 3`);
  return path;
}

function schemaOf(db: DatabaseSync) {
  return db.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY name").all();
}
