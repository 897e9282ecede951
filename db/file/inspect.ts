// Looks at a database file from elsewhere before anything is taken from it: is it whole, whose is it, what does it hold.
import type { DatabaseSync } from "node:sqlite";
import { AppError } from "../app_error.ts";
import { leftOverOf } from "./left_over.ts";
import { headOf, looksLike, SQLITE_MAGIC } from "./looks_like.ts";
import { GUIDE_COLUMNS, MAX_ID } from "../row.ts";
import { APPLICATION_ID, SCHEMA_VERSION, versionOf } from "./migrations.ts";
import { openReadOnly } from "./open_database.ts";
import { hasTable, reviewsTable } from "./reviews_table.ts";
import { isSqliteError, withAppErrors } from "./sqlite_error.ts";

export { hasTable };

/** What a database file from elsewhere is and holds. */
export interface Inspection {
  /** `other`: a table of reviews that neither Hearback nor the guide's app made, and that can be read. */
  format: "hearback" | "guide" | "other";
  reviews: number;
  erasures: number;
  /** One short phrase for each thing in it that holds data and that nobody takes over; empty where all of it is understood. */
  leftOver: string[];
}

/**
 * Checks a downloaded file, which may be anything. Throws `damaged` where it is an SQLite database that is not whole, `incompatible` where
 * a newer Hearback wrote it, and `foreign` where it is something else, or holds no table of reviews that can be read.
 */
export function inspectDatabase(path: string): Inspection {
  checkHead(path);
  using db = openReadOnly(path);
  try {
    return withAppErrors(() => inspect(db));
  } catch (error) {
    if (!isSqliteError(error)) throw error;
    // Such as a collation or a module that only its maker has.
    throw new AppError("foreign", "The database needs something that SQLite alone does not have", { cause: error });
  }
}

function checkHead(path: string): void {
  const head = headOf(path, 512);
  // SQLite takes an empty file for a whole database without tables.
  if (head.length === 0) throw new AppError("damaged", "The database file is empty");
  const start = new TextDecoder().decode(head.subarray(0, SQLITE_MAGIC.length));
  if (start === SQLITE_MAGIC) return;
  if (SQLITE_MAGIC.startsWith(start)) throw new AppError("damaged", "The database file is cut off");
  if (head.every((byte) => byte === 0)) {
    throw new AppError("damaged", "The database file begins with nothing but zeros");
  }
  const what = looksLike(head);
  throw new AppError("foreign", `The file is no SQLite database${what === undefined ? "" : `; it looks like ${what}`}`);
}

function inspect(db: DatabaseSync): Inspection {
  const application = db.prepare("PRAGMA application_id").get()?.application_id;
  if (application === APPLICATION_ID && versionOf(db) > SCHEMA_VERSION) {
    throw new AppError(
      "incompatible",
      `The database has schema ${versionOf(db)}, written by a newer Hearback; this one knows ${SCHEMA_VERSION}`,
    );
  }
  db.exec("PRAGMA ignore_check_constraints = ON"); // a row that breaks its maker's rules is no damage
  const verdict = db.prepare("PRAGMA quick_check(1)").get()?.quick_check;
  if (verdict !== "ok") {
    throw new AppError("damaged", "The database file is damaged", { cause: new Error(String(verdict)) });
  }
  if (application !== APPLICATION_ID && application !== 0) {
    throw new AppError("foreign", "The database belongs to another program");
  }
  const table = reviewsTable(db);
  const isOurs = table !== undefined && hasTable(db, "reviews", [...GUIDE_COLUMNS, "uid", "source"]) &&
    hasTable(db, "erasures", ["uid", "erased_at"]);
  if (table === undefined || (application === APPLICATION_ID && !isOurs)) {
    throw new AppError("foreign", "The database holds no table of reviews that Hearback can read");
  }
  const isGuide = table.ids === "key" && GUIDE_COLUMNS.every((column) => table.columns.has(column));
  // The ends of the table are enough: the check above has found its ids in order.
  const far = table.ids === "key" && db.prepare(`SELECT (SELECT min(id) FROM reviews NOT INDEXED) < ?
    OR (SELECT max(id) FROM reviews NOT INDEXED) > ? AS far`).get(-MAX_ID, MAX_ID)?.far;
  if (far === 1) throw new AppError("foreign", "The database holds a review under an id that no review can have");
  return {
    format: isOurs ? "hearback" : isGuide ? "guide" : "other",
    reviews: countOf(db, "reviews"),
    erasures: isOurs ? countOf(db, "erasures") : 0,
    leftOver: leftOverOf(db, table, isOurs),
  };
}

function countOf(db: DatabaseSync, table: "reviews" | "erasures"): number {
  return Number(db.prepare(`SELECT count(*) AS n FROM ${table} NOT INDEXED`).get()?.n);
}
