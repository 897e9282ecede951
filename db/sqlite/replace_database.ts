// Puts another database file in the place of the local one, so that a crash at any moment leaves one of the two whole.
import { AppError } from "../app_error.ts";
import { withDatabase } from "../file/open_database.ts";
import { isLocked } from "../file/sqlite_error.ts";

/**
 * Replaces the database at `path` by `successor`, a whole file on the same disk that nobody has open, and keeps the old one as `kept`.
 * Returns false where there was none. Throws `busy` while another program uses the old one; then nothing has changed.
 */
export function replaceDatabase({ path, successor, kept }: { path: string; successor: string; kept: string }): boolean {
  const existed = exists(path);
  if (existed) {
    settle(path);
    Deno.linkSync(path, kept);
  }
  // A log of the old file beside the new one would destroy it; after settle() only a damaged file can have one.
  for (const ending of ["-wal", "-shm", "-journal"]) {
    if (exists(path + ending)) Deno.renameSync(path + ending, kept + ending);
  }
  Deno.renameSync(successor, path);
  return existed;
}

// Brings everything from the log into the file; SQLite lets nobody leave WAL mode while another connection is open.
function settle(path: string): void {
  try {
    withDatabase(path, (db) => {
      db.exec("PRAGMA busy_timeout = 0");
      db.exec("PRAGMA journal_mode = DELETE");
    });
  } catch (error) {
    if (error instanceof AppError && (error.code === "damaged" || error.code === "incompatible")) return;
    if (isLocked(error)) {
      throw new AppError("busy", "The database is in use: stop Hearback first", { cause: error });
    }
    throw error;
  }
}

function exists(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
