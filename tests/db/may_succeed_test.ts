// Which downloaded databases may take the place of the local one.
import assert from "node:assert/strict";
import { DatabaseSync, type DatabaseSyncOptions } from "node:sqlite";
import { maySucceed } from "../../db/sqlite/may_succeed.ts";
import { SCHEMA_VERSION } from "../../db/file/migrations.ts";
import { withDatabase } from "../../db/file/open_database.ts";
import { fill, manyReviews, publish } from "./database_contents.ts";
import { temporaryFolder } from "./temporary_folder.ts";

Deno.test("maySucceed() takes a large backup of our own of which much is new here, and nothing else", async () => {
  await using folder = await temporaryFolder();
  const local = folder.path("local.db");
  const accepts = (change: (db: DatabaseSync) => void, atLeast = 50) => {
    const remote = publish(folder.path(`${crypto.randomUUID()}.db`), { ...manyReviews(60), erasures: ["gone"] });
    const db = openTrusting(remote);
    change(db);
    db.close();
    return maySucceed({ local, remote, atLeast });
  };
  const refuses = (sql: string) => assert.equal(accepts((db) => db.exec(sql)), false, sql);
  fill(local, { reviews: [], erasures: [] });

  assert.equal(accepts(() => {}), true);
  assert.equal(accepts(() => {}, 61), false);
  refuses("CREATE TRIGGER eats AFTER INSERT ON reviews BEGIN DELETE FROM reviews; END");
  refuses("CREATE VIEW more AS SELECT 1");
  refuses("DROP INDEX reviews_review");
  refuses("ALTER TABLE reviews ADD COLUMN extra");
  refuses(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  refuses("PRAGMA application_id = 1");
  refuses("UPDATE reviews SET uid = '' WHERE id = 7");
  refuses("UPDATE reviews SET uid = x'00' WHERE id = 7");
  refuses("INSERT INTO erasures SELECT uid, 'now' FROM reviews LIMIT 1");
  refuses("UPDATE reviews SET id = 9e15 WHERE id = 7");
  refuses("UPDATE sqlite_sequence SET seq = 3");
  refuses("INSERT INTO sqlite_sequence SELECT * FROM sqlite_sequence");
  refuses("DELETE FROM backup");
  assert.equal(accepts(withFalseIndex), false, "an index that says something else than its table");
  fill(local, manyReviews(54));
  assert.equal(accepts(() => {}, 6), true);
  assert.equal(accepts(() => {}, 7), false);
  withDatabase(local, (db) => db.exec("INSERT INTO reviews (uid) VALUES ('published 54')"));
  assert.equal(accepts(() => {}, 1), false, "fewer than one in ten are new");
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
