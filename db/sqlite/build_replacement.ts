// Builds a file that is to take the place of the local database, beside it, while people go on writing to the local one.
import { DatabaseSync } from "node:sqlite";
import { checkCopy, copyDatabase } from "../file/copy_database.ts";
import { APPLICATION_ID, migrate, SCHEMA_VERSION, versionOf } from "../file/migrations.ts";
import { openReadOnly, withDatabase } from "../file/open_database.ts";
import { scrubPages } from "../file/scrub_pages.ts";
import { MAX_ID } from "../row.ts";
import { updateLedger } from "./ledger.ts";
import type { MergeFacts } from "./merge_target.ts";
import { MOST_LOCAL, type Replacement, syncPath, writesTo } from "./replacement.ts";

/** A store whose file can be replaced while it is in use, as it is seen from where its replacement is built. */
export interface Replaceable {
  /** Notes from now on whether others write to the file. With `hold`, writes wait until it is replaced, and reads go on. */
  prepare(options: { hold: boolean }): Promise<void>;
  /**
   * Puts the replacement in the place of the file and lets writes go on. Resolves with null where that cannot be done: the old file stays in
   * use.
   */
  replace(replacement: Replacement): Promise<MergeFacts | null>;
}

/** What a replacement is built from. */
export interface ReplacementOptions {
  store: Replaceable;
  /** Path of the local database. */
  local: string;
  /** Path of a folder for working files on the same disk; it is emptied, and gone afterwards. */
  folder: string;
}

/**
 * Merges the database file `remote` by putting it in the place of the local one, where next to nothing is local: far faster than row by
 * row. Null where it has to be merged row by row: it has fewer than `atLeast` reviews, more is local, it is in any way other than
 * Hearback itself would have made it, or it could not be put there.
 */
export async function mergeByReplacement(
  { remote, dataset, commit, atLeast, ...options }:
    & ReplacementOptions
    & { remote: string; dataset: string; commit: string; atLeast: number },
): Promise<MergeFacts | null> {
  const { store, local, folder } = options;
  const path = `${folder}/replacement.db`;
  try {
    if (!mayReplace({ remote, local, atLeast })) return null;
    emptied(folder);
    Deno.copyFileSync(remote, path); // it stays as it is, or what is written into it would later be taken for published
    if (!withDatabase(path, (db) => becomesOurs(db, remote))) return null;
    syncPath(path); // now and not while people wait
    return await store.replace({ path, origin: { dataset, commit } });
  } catch {
    return null; // such as for want of room; whatever it is, the merge row by row says it better
  } finally {
    remove(folder);
  }
}

/**
 * Puts a copy without the gaps in which deleted texts may stay in the place of the local database; false where that cannot be done now.
 * Where people write meanwhile, it is done again while they wait.
 */
export async function scrubByReplacement({ store, local, folder }: ReplacementOptions): Promise<boolean> {
  const path = `${folder}/scrubbed.db`;
  try {
    for (const hold of [false, true]) {
      emptied(folder);
      Deno.linkSync(local, `${folder}/probe`); // where no link can be made, the copy would be made in vain
      await store.prepare({ hold });
      const copyOf = scrubbedCopy({ source: local, target: path });
      if (await store.replace({ path, copyOf }) !== null) return true;
    }
    return false;
  } finally {
    remove(folder); // it holds the file as it was
  }
}

function scrubbedCopy({ source, target }: { source: string; target: string }) {
  copyDatabase({ source, target });
  scrubPages(target);
  checkCopy(target);
  const writes = withDatabase(target, (db) => {
    updateLedger(db, { unscrubbed: false });
    return writesTo(db);
  });
  syncPath(target);
  return writes;
}

// Whether next to nothing is local, and `remote` has at least so many reviews and is a whole file of ours, of whatever version.
function mayReplace({ remote, local, atLeast }: { remote: string; local: string; atLeast: number }): boolean {
  using here = openReadOnly(local);
  using there = openReadOnly(remote);
  return countUpTo(here, MOST_LOCAL + 1) <= MOST_LOCAL && countUpTo(there, atLeast) >= atLeast &&
    there.prepare("PRAGMA application_id").get()?.application_id === APPLICATION_ID &&
    // Not quick_check: it does not compare the indexes with the table, and here they are taken over.
    there.prepare("PRAGMA integrity_check(1)").get()?.integrity_check === "ok";
}

function countUpTo(db: DatabaseSync, most: number): number {
  return Number(db.prepare("SELECT count(*) AS n FROM (SELECT 1 FROM reviews LIMIT ?)").get(most)?.n);
}

// Whether `db`, a copy of `remote` that was brought up to date, is such as Hearback itself makes it.
function becomesOurs(db: DatabaseSync, remote: string): boolean {
  using there = openReadOnly(remote);
  updateLedger(db, { uploadDue: versionOf(there) !== SCHEMA_VERSION });
  return isSameSchema(db) && db.prepare(SOUND).get({ MAX_ID })?.sound === 1;
}

// What a merge would put right: odd uids (bytes sort above all texts, numbers below), reviews that are erased, ids that no review can have.
const SOUND = `SELECT NOT EXISTS (SELECT 1 FROM reviews WHERE uid <= '' OR uid >= x'')
  AND NOT EXISTS (SELECT 1 FROM erasures WHERE uid <= '' OR uid >= x'')
  AND NOT EXISTS (SELECT 1 FROM erasures CROSS JOIN reviews USING (uid))
  AND (SELECT min(id) FROM reviews) >= -:MAX_ID
  AND (SELECT count(*) = 1 AND min(name = 'reviews' AND typeof(seq) = 'integer' AND seq <= :MAX_ID
         AND seq >= (SELECT max(id) FROM reviews)) FROM sqlite_sequence)
  AND (SELECT count(*) FROM backup) = 1 AS sound`;

// Letter by letter, so that no trigger, view or computed column of a stranger comes in.
function isSameSchema(db: DatabaseSync): boolean {
  using fresh = new DatabaseSync(":memory:");
  migrate(fresh);
  return schemaOf(db) === schemaOf(fresh);
}

function schemaOf(db: DatabaseSync): string {
  return JSON.stringify([
    ...["application_id", "user_version", "encoding", "page_size"].map((name) => db.prepare(`PRAGMA ${name}`).get()),
    ...db.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name").all(),
  ]);
}

function emptied(folder: string): void {
  remove(folder);
  Deno.mkdirSync(folder, { recursive: true });
}

function remove(folder: string): void {
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
