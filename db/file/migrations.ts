// Brings a database up to the newest schema: a new one, an older one of ours, or one that the guide's app made.
import type { DatabaseSync } from "node:sqlite";
import reviews from "./migrations/0001_reviews.sql" with { type: "text" };
import csvMark from "./migrations/0002_csv_mark.sql" with { type: "text" };
import unread from "./migrations/0003_unread.sql" with { type: "text" };
import { defineGuideUid, GUIDE_UID } from "./guide_uid.ts";
import { transactionSync } from "./transaction.ts";

/** Marks a file as Hearback's (`PRAGMA application_id`): the letters "Hrbk". */
export const APPLICATION_ID = 0x4872626b;

// Numbered as their files; the position in the list is the schema version that a migration starts from.
const MIGRATIONS = [reviews, csvMark, unread];

/** The newest schema version (`PRAGMA user_version`). */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** The names of all tables, triggers and indexes that a schema version of ours ever had. */
export const OWN_OBJECTS: ReadonlySet<string> = new Set(
  MIGRATIONS.flatMap((sql) => [...sql.matchAll(/^CREATE (?:TABLE|TRIGGER|INDEX) (\w+)/gm)].map(([, name]) => name!)),
);

/** Applies the migrations that `db` lacks, each in one transaction; at version 0 it must be empty or the guide's. */
export function migrate(db: DatabaseSync): void {
  while (versionOf(db) < SCHEMA_VERSION) {
    transactionSync(db, 5000, () => {
      // Read again under the lock: another process may have been faster.
      const version = versionOf(db);
      if (version === 0) createFirst(db);
      else if (version < SCHEMA_VERSION) db.exec(MIGRATIONS[version]!);
      db.exec(`PRAGMA user_version = ${Math.max(version + 1, versionOf(db))}`);
    });
  }
}

/** The schema version that `db` says it has. */
export function versionOf(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA user_version").get()?.user_version);
}

// The guide's table is rebuilt and not altered, so that every database of a version has the same schema, letter by letter.
function createFirst(db: DatabaseSync): void {
  const fromGuide = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'reviews'").get() !== undefined;
  if (fromGuide) db.exec("ALTER TABLE reviews RENAME TO guide_reviews");
  db.exec(MIGRATIONS[0]!);
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  if (!fromGuide) return;
  defineGuideUid(db);
  // In SQL alone, so that values of odd types stay as they are. No backup of ours holds these rows yet: they all count as changes.
  db.exec(`
    INSERT INTO reviews SELECT id, created_at, name, review, comments, ${GUIDE_UID}, NULL FROM guide_reviews ORDER BY id;
    INSERT INTO sqlite_sequence SELECT 'reviews', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'reviews');
    UPDATE sqlite_sequence SET seq = max(seq, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'guide_reviews'), 0))
      WHERE name = 'reviews';
    DROP TABLE guide_reviews;
    UPDATE backup SET revision = (SELECT count(*) FROM reviews);
  `);
}
