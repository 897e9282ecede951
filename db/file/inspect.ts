// Looks at a database file from elsewhere before anything is taken from it: is it whole, is it ours or the guide's, what does it hold.
import type { DatabaseSync } from "node:sqlite";
import { AppError } from "../app_error.ts";
import { columnsOf } from "./read_rows.ts";
import { GUIDE_COLUMNS, MAX_ID } from "../row.ts";
import { APPLICATION_ID, SCHEMA_VERSION, versionOf } from "./migrations.ts";
import { openReadOnly } from "./open_database.ts";
import { withAppErrors } from "./sqlite_error.ts";

/** What a database file from elsewhere is and holds. */
export interface Inspection {
  format: "hearback" | "guide";
  reviews: number;
  erasures: number;
}

/**
 * Checks a downloaded file, which may be anything. Throws `damaged` when it is no whole database, `incompatible` when a newer
 * Hearback wrote it, and `foreign` when it is somebody else's. What else lies in it beside the known tables does not matter: it is never read.
 */
export function inspectDatabase(path: string): Inspection {
  // SQLite takes an empty file for a whole database without tables.
  if (Deno.statSync(path).size === 0) throw new AppError("damaged", "The database file is empty");
  using db = openReadOnly(path);
  return withAppErrors(() => inspect(db));
}

/** Whether `db`, which may be anything, holds an ordinary table `name` with these columns, none of them computed. */
export function hasTable(db: DatabaseSync, name: string, columns: readonly string[]): boolean {
  // A view or a virtual table runs somebody else's code when it is read; neither has a root page.
  const table = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ? AND rootpage > 0").get(name);
  const present = columnsOf(db, name);
  return table !== undefined && columns.every((column) => present.includes(column));
}

function inspect(db: DatabaseSync): Inspection {
  const application = db.prepare("PRAGMA application_id").get()?.application_id;
  if (application === APPLICATION_ID && versionOf(db) > SCHEMA_VERSION) {
    throw new AppError(
      "incompatible",
      `The database has schema ${versionOf(db)}, written by a newer Hearback; this one knows ${SCHEMA_VERSION}`,
    );
  }
  const verdict = db.prepare("PRAGMA quick_check(1)").get()?.quick_check;
  if (verdict !== "ok") {
    throw new AppError("damaged", "The database file is damaged", { cause: new Error(String(verdict)) });
  }
  if (application !== APPLICATION_ID && application !== 0) {
    throw new AppError("foreign", "The database belongs to another program");
  }
  const key = db.prepare("SELECT name FROM pragma_table_xinfo('reviews') WHERE pk > 0 AND upper(type) = 'INTEGER'")
    .all();
  const isGuide = hasTable(db, "reviews", GUIDE_COLUMNS) && key.length === 1 && key[0]?.name === "id";
  const isOurs = isGuide && hasTable(db, "reviews", ["uid", "source"]) &&
    hasTable(db, "erasures", ["uid", "erased_at"]);
  if (!isGuide || (application === APPLICATION_ID && !isOurs)) {
    throw new AppError("foreign", "The database holds no table of reviews that Hearback knows");
  }
  // The ends of the table are enough: the check above has found its ids in order.
  const ids = db.prepare(`SELECT (SELECT min(id) FROM reviews NOT INDEXED) < ?
    OR (SELECT max(id) FROM reviews NOT INDEXED) > ? AS far`).get(-MAX_ID, MAX_ID);
  if (ids?.far === 1) {
    throw new AppError("foreign", "The database holds a review under an id that no review can have");
  }
  return {
    format: isOurs ? "hearback" : "guide",
    reviews: Number(db.prepare("SELECT count(*) AS n FROM reviews NOT INDEXED").get()?.n),
    erasures: isOurs ? Number(db.prepare("SELECT count(*) AS n FROM erasures NOT INDEXED").get()?.n) : 0,
  };
}
