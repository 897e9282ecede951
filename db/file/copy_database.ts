// Copies a database that is in use, whole as of one moment, and proves of a copy that it is sound.
import { backup } from "node:sqlite";
import { AppError } from "../app_error.ts";
import { openReadOnly } from "./open_database.ts";
import { withAppErrors } from "./sqlite_error.ts";

/** Copies the live database `source` to the new file `target`. Blocks the thread, so it belongs in a Worker. */
export function copyDatabase({ source, target }: { source: string; target: string }): void {
  using db = openReadOnly(source);
  // All pages in one step: with any other rate the copy starts again whenever somebody writes. The target must be a new file, because
  // a locked one would be waited for without end. Deno copies before it returns; its promise only repeats how that went.
  backup(db, target, { rate: -1 }).catch(() => {});
  if (isCopied(target)) return;
  throw new AppError("disk_full", "The copy of the database could not be written; the disk may be full");
}

/** Throws `damaged` where a copy of the local database is, as it then is itself. */
export function checkCopy(path: string): void {
  using copy = openReadOnly(path);
  const verdict = withAppErrors(() => copy.prepare("PRAGMA quick_check(1)").get()?.quick_check);
  if (verdict === "ok") return;
  const cause = new Error(String(verdict));
  throw new AppError("damaged", "The local database is damaged; it was not backed up", { cause });
}

// A copy that failed is rolled back and leaves an empty file or none; opening that for writing would turn it into an empty database.
function isCopied(target: string): boolean {
  try {
    return Deno.statSync(target).size > 0;
  } catch {
    return false;
  }
}
