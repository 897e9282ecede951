// Which downloaded databases may take the place of the local one.
import assert from "node:assert/strict";
import { DatabaseSync, type DatabaseSyncOptions } from "node:sqlite";
import { MOST_LOCAL } from "../../db/sqlite/replacement.ts";
import { mergeByReplacement } from "../../db/sqlite/build_replacement.ts";
import { SCHEMA_VERSION } from "../../db/file/migrations.ts";
import { withDatabase } from "../../db/file/open_database.ts";
import { fill, manyReviews, publish } from "./database_contents.ts";
import { temporaryFolder } from "./temporary_folder.ts";

Deno.test("a large backup of our own takes the place of a local database that holds next to nothing, and no other does", async () => {
  await using folder = await temporaryFolder();
  const local = folder.path("local.db");
  const facts = { added: 0, erased: 0, renumbered: 0, localOnly: 0 };
  const store = { prepare: () => Promise.resolve(), replace: () => Promise.resolve(facts) };
  const accepts = async (change: (db: DatabaseSync) => void, atLeast = 50) => {
    const remote = publish(folder.path(`${crypto.randomUUID()}.db`), { ...manyReviews(60), erasures: ["gone"] });
    const db = openTrusting(remote);
    change(db);
    db.close();
    const options = { dataset: "d", commit: "c", folder: folder.path("work") };
    return await mergeByReplacement({ ...options, store, local, remote, atLeast }) === facts;
  };
  const refuses = async (sql: string) => assert.equal(await accepts((db) => db.exec(sql)), false, sql);
  fill(local, { reviews: [], erasures: [] });

  assert.equal(await accepts(() => {}), true);
  assert.equal(await accepts(() => {}, 61), false);
  await refuses("CREATE TRIGGER eats AFTER INSERT ON reviews BEGIN DELETE FROM reviews; END");
  await refuses("CREATE VIEW more AS SELECT 1");
  await refuses("DROP INDEX reviews_review");
  await refuses("ALTER TABLE reviews ADD COLUMN extra");
  await refuses(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  await refuses("PRAGMA application_id = 1");
  await refuses("UPDATE reviews SET uid = '' WHERE id = 7");
  await refuses("UPDATE reviews SET uid = x'00' WHERE id = 7");
  await refuses("INSERT INTO erasures SELECT uid, 'now' FROM reviews LIMIT 1");
  await refuses("UPDATE reviews SET id = 9e15 WHERE id = 7");
  await refuses("UPDATE sqlite_sequence SET seq = 3");
  await refuses("INSERT INTO sqlite_sequence SELECT * FROM sqlite_sequence");
  await refuses("DELETE FROM backup");
  assert.equal(await accepts(withFalseIndex), false, "an index that says something else than its table");
  fill(local, manyReviews(MOST_LOCAL));
  assert.equal(await accepts(() => {}), true);
  withDatabase(local, (db) => db.exec("INSERT INTO reviews (uid) VALUES ('one more')"));
  assert.equal(await accepts(() => {}), false);
});

// Without the protection that is on by default.
function openTrusting(path: string): DatabaseSync {
  const options: DatabaseSyncOptions & { defensive: boolean } = { defensive: false };
  return new DatabaseSync(path, options);
}

// Rows change while the schema does not know the index.
function withFalseIndex(db: DatabaseSync): void {
  db.exec(`PRAGMA writable_schema = ON;
    CREATE TEMP TABLE hidden AS SELECT * FROM sqlite_schema WHERE name = 'reviews_review';
    DELETE FROM sqlite_schema WHERE name = 'reviews_review';
    PRAGMA writable_schema = RESET;
    UPDATE reviews SET review = 1 WHERE id = 7;
    PRAGMA writable_schema = ON;
    INSERT INTO sqlite_schema SELECT * FROM hidden;
    PRAGMA writable_schema = RESET`);
  assert.equal(db.prepare("PRAGMA quick_check").get()?.quick_check, "ok");
}
