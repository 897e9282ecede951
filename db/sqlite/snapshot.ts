// Takes the copy of the database that is uploaded: whole as of one moment, checked, in one file, and without this machine's ledger.
import { checkCopy, copyDatabase } from "../file/copy_database.ts";
import { BLANK_LEDGER, readLedger, updateLedger } from "./ledger.ts";
import { openDatabase } from "../file/open_database.ts";
import { scrubPages } from "../file/scrub_pages.ts";
import { withAppErrors } from "../file/sqlite_error.ts";

/** What a snapshot holds. */
export interface SnapshotFacts {
  /** The ledger's revision at the moment of the copy. */
  revision: number;
  /** The dataset's commit that the copy contains. */
  merged: string | null;
  reviews: number;
  erasures: number;
  /** Whether any rating is text or bytes, which only odd old rows have. */
  textRatings: boolean;
  /** The number that makes its bytes others than those of a copy that was damaged. */
  copy: number;
}

/** Copies the live database `source` to the new file `target`. Blocks the thread, so it belongs in a Worker. Throws `damaged` when the copy is. */
export function takeSnapshot(options: { source: string; target: string }): SnapshotFacts {
  copyDatabase(options);
  const facts = withAppErrors(() => makePublic(options.target));
  if (facts.erasures > 0) scrubPages(options.target);
  checkCopy(options.target);
  return facts;
}

function makePublic(target: string): SnapshotFacts {
  using copy = openDatabase(target);
  const { revision, merged, copy: number } = readLedger(copy);
  updateLedger(copy, { ...BLANK_LEDGER, copy: number });
  const counted = copy.prepare(
    `SELECT (SELECT count(*) FROM reviews) AS reviews, (SELECT count(*) FROM erasures) AS erasures,
      EXISTS (SELECT 1 FROM reviews WHERE review >= '') AS textRatings`, // texts and bytes sort above all numbers
  ).get();
  copy.exec("PRAGMA journal_mode = DELETE"); // the file must be whole by itself, without -wal and -shm beside it
  return {
    revision,
    merged,
    copy: number,
    reviews: Number(counted?.reviews),
    erasures: Number(counted?.erasures),
    textRatings: counted?.textRatings === 1,
  };
}
