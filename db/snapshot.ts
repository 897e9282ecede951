// Takes the copy of the database that is uploaded: whole as of one moment, checked, in one file, and without this machine's ledger.
import { backup } from "node:sqlite";
import { AppError } from "./app_error.ts";
import { BLANK_LEDGER, readLedger, updateLedger } from "./ledger.ts";
import { openDatabase, openReadOnly } from "./open_database.ts";
import { scrubPages } from "./scrub_pages.ts";
import { withAppErrors } from "./sqlite_error.ts";

/** What a snapshot holds. */
export interface SnapshotFacts {
  /** The ledger's revision at the moment of the copy. */
  revision: number;
  /** The dataset's commit that the copy contains. */
  merged: string | null;
  reviews: number;
  erasures: number;
}

/** Copies the live database `source` to the new file `target`. Blocks the thread, so it belongs in a Worker. Throws `damaged` when the copy is. */
export function takeSnapshot(options: { source: string; target: string }): SnapshotFacts {
  const source = openReadOnly(options.source);
  try {
    // All pages in one step: with any other rate the copy starts again whenever somebody writes. The target must be a new file, because
    // a locked one would be waited for without end. Deno copies before it returns; its promise only repeats how that went.
    backup(source, options.target, { rate: -1 }).catch(() => {});
  } finally {
    source.close();
  }
  if (!isCopied(options.target)) {
    throw new AppError("disk_full", "The copy of the database could not be written; the disk may be full");
  }
  const facts = withAppErrors(() => makePublic(options.target));
  if (facts.erasures > 0) scrubPages(options.target);
  withAppErrors(() => check(options.target));
  return facts;
}

function makePublic(target: string): SnapshotFacts {
  const copy = openDatabase(target);
  try {
    const { revision, merged } = readLedger(copy);
    updateLedger(copy, BLANK_LEDGER);
    copy.exec("UPDATE backup SET vanished = 0");
    const counted = copy.prepare(
      "SELECT (SELECT count(*) FROM reviews) AS reviews, (SELECT count(*) FROM erasures) AS erasures",
    ).get();
    copy.exec("PRAGMA journal_mode = DELETE"); // the file must be whole by itself, without -wal and -shm beside it
    return { revision, merged, reviews: Number(counted?.reviews), erasures: Number(counted?.erasures) };
  } finally {
    copy.close();
  }
}

function check(target: string): void {
  const copy = openReadOnly(target);
  try {
    const verdict = copy.prepare("PRAGMA quick_check(1)").get()?.quick_check;
    if (verdict === "ok") return;
    const cause = new Error(String(verdict));
    throw new AppError("damaged", "The local database is damaged; it was not backed up", { cause });
  } finally {
    copy.close();
  }
}

// A copy that failed is rolled back and leaves an empty file or none; opening that for writing would turn it into an empty database.
function isCopied(target: string): boolean {
  try {
    return Deno.statSync(target).size > 0;
  } catch {
    return false;
  }
}
