// Brings what a folder sync left in the log beside a downloaded database into the database itself, so that one file holds everything.
import { DatabaseSync } from "node:sqlite";
import { AppError } from "../app_error.ts";
import { headOf } from "./looks_like.ts";
import { openReadOnly, SAFE } from "./open_database.ts";
import { readRows } from "./read_rows.ts";
import { countFrames, journalRefusal, sizeOf, walRefusal } from "./log_file.ts";
import { isSqliteError, toAppError } from "./sqlite_error.ts";

/**
 * Folds `-wal` and `-journal` beside the database file `path`, all of them downloaded and in use by nobody, into it; neither is there
 * afterwards. Returns one short phrase for each thing in them that was not folded in: then they are to be kept. Where they do not fit the
 * file, it stays as it was. Throws `disk_full` where there is no room for a second copy.
 */
export function foldLog(path: string): string[] {
  const [wal, journal, aside] = [`${path}-wal`, `${path}-journal`, `${path}-unfolded`];
  try {
    remove(`${path}-shm`); // an index of the log that SQLite makes again; a stranger's would be believed
    const database = { head: headOf(path, 100), size: sizeOf(path) };
    const leftOver = [refused(wal, walRefusal(wal, database)), refused(journal, journalRefusal(journal, database))]
      .filter((phrase) => phrase !== undefined);
    if (sizeOf(wal) === 0 && sizeOf(journal) === 0) return leftOver;
    Deno.mkdirSync(aside, { recursive: true });
    Deno.copyFileSync(path, `${aside}/reviews.db`);
    const frames = countFrames(wal);
    try {
      return [...leftOver, ...folded(path, frames), ...missing({ before: `${aside}/reviews.db`, after: path })];
    } catch (thrown) {
      Deno.copyFileSync(`${aside}/reviews.db`, path);
      const error = toAppError(thrown);
      const isDamage = error instanceof AppError ? error.code === "damaged" : isSqliteError(error);
      if (!isDamage) throw error;
      return [...leftOver, `the -${frames > 0 ? "wal" : "journal"}, which does not fit the file`];
    }
  } finally {
    for (const file of [wal, journal, `${path}-shm`, aside]) remove(file);
  }
}

function refused(log: string, reason: string | undefined): string | undefined {
  if (reason === undefined) return undefined;
  remove(log);
  return reason === "" ? undefined : `the -${log.split("-").at(-1)}, which ${reason}`;
}

function folded(path: string, frames: number): string[] {
  using db = new DatabaseSync(path, SAFE);
  db.exec("PRAGMA locking_mode = EXCLUSIVE"); // nobody else has the file, and the disk need not share memory
  db.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA ignore_check_constraints = ON");
  db.prepare("SELECT count(*) FROM sqlite_schema").get(); // rolls back what the journal says, and reads the log
  const taken = Math.max(0, Number(db.prepare("PRAGMA wal_checkpoint(PASSIVE)").get()?.log));
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  const mode = db.prepare("PRAGMA journal_mode = DELETE").get()?.journal_mode;
  if (mode !== "delete" || db.prepare("PRAGMA quick_check(1)").get()?.quick_check !== "ok") {
    throw new AppError("damaged", "The log does not fit the database file");
  }
  // The other frames are there, but what they say was never committed, or cannot be trusted.
  return frames > taken ? [`${frames - taken} of ${frames} frames of the -wal`] : [];
}

// An old log beside a newer file can make a sound database of it, in which newer reviews are missing. Whose word counts is for the owner.
function missing({ before, after }: { before: string; after: string }): string[] {
  let count = 0;
  try {
    using db = openReadOnly(before);
    using now = openReadOnly(after);
    const rows = readRows(now);
    let next = rows.next();
    for (const { id, uid } of readRows(db)) {
      while (!next.done && next.value.id < id) next = rows.next();
      if (next.done || next.value.id !== id || next.value.uid !== uid) count++;
    }
  } catch (error) {
    if (!(error instanceof AppError) && !isSqliteError(error)) throw error; // a file that only its log makes whole, or that holds no reviews
  }
  return count === 0 ? [] : [`${count} review${count === 1 ? "" : "s"} that the file holds without its log`];
}

function remove(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
