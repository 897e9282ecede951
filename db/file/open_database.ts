// Opens database files: the local one, with everything that keeps it safe, and others that are only read and not trusted.
import { DatabaseSync, type DatabaseSyncOptions } from "node:sqlite";
import { AppError } from "../app_error.ts";
import { APPLICATION_ID, migrate, SCHEMA_VERSION, versionOf } from "./migrations.ts";
import { withAppErrors } from "./sqlite_error.ts";

/**
 * Opens the local database, creating or migrating it where needed. Throws `incompatible` for a newer or a foreign schema and
 * `damaged` for a file that is no whole database, both untouched; `busy` when it stays locked for 5 s.
 */
export function openDatabase(path: string): DatabaseSync {
  return opened(new DatabaseSync(path, SAFE), (db) => {
    db.exec("PRAGMA trusted_schema = OFF"); // the file may come from elsewhere: its schema must not call functions with effects
    checkSchema(db);
    db.exec("PRAGMA journal_mode = WAL"); // pages and backups are read while a review is written
    db.exec("PRAGMA synchronous = FULL"); // a submit is answered only once it would survive a power cut
    db.exec("PRAGMA secure_delete = ON"); // an erased text is overwritten, not merely forgotten
    db.exec("PRAGMA foreign_keys = ON"); // off by default in SQLite itself; a later schema must not depend on who compiled it
    migrate(db);
  });
}

/** Opens the local database for one piece of work and closes it again. Throws as {@linkcode openDatabase} and `use` do. */
export function withDatabase<T>(path: string, use: (db: DatabaseSync) => T): T {
  using db = openDatabase(path);
  return use(db);
}

/** Opens any database file for reading only, trusting nothing in it. Throws `damaged` where it is no database. */
export function openReadOnly(path: string): DatabaseSync {
  return opened(new DatabaseSync(path, { ...SAFE, readOnly: true }), (db) => {
    db.exec("PRAGMA trusted_schema = OFF"); // views, triggers and generated columns of a stranger must not call functions with effects
    db.exec("PRAGMA cell_size_check = ON"); // a crafted page is noticed when it is read and not after
  });
}

/** How any file is opened. */
export const SAFE: DatabaseSyncOptions & { defensive: boolean } = {
  defensive: true, // no statement, not even a mistaken one, may write to the schema or to the file's inner structures
  timeout: 5000, // milliseconds that opening and migrating wait for another process
};

// The guide's table, white space aside; a local file with anything else in it is not the guide's.
const GUIDE_TABLE = "CREATE TABLE reviews (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, " +
  "created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL, name TEXT, review INTEGER, comments TEXT)";

function checkSchema(db: DatabaseSync): void {
  const version = versionOf(db);
  const application = db.prepare("PRAGMA application_id").get()?.application_id;
  const objects = db.prepare("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'").all();
  if (application === APPLICATION_ID) {
    if (version > SCHEMA_VERSION) {
      throw new AppError(
        "incompatible",
        `The database has schema ${version}, written by a newer Hearback; this one knows ${SCHEMA_VERSION} and left it untouched`,
      );
    }
    const missing = ["reviews", "erasures", "backup"].filter((table) => !objects.some(({ name }) => name === table));
    if (version > 0 && missing.length === 0) return;
  } else if (application === 0 && version === 0) {
    if (objects.length === 0) return;
    if (objects.length === 1 && String(objects[0]?.sql).replaceAll(/\s+/g, " ") === GUIDE_TABLE) return;
  }
  throw new AppError(
    "incompatible",
    "The database is neither Hearback's nor one of Gradio's guide; it was left untouched",
  );
}

function opened(db: DatabaseSync, prepare: (db: DatabaseSync) => void): DatabaseSync {
  try {
    withAppErrors(() => prepare(db));
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
