// Decides whether a downloaded database may become the local one, with everything from here carried over, instead of being merged row by row.
import { DatabaseSync } from "node:sqlite";
import { migrate } from "../file/migrations.ts";
import { openReadOnly } from "../file/open_database.ts";
import { MAX_ID } from "../row.ts";

const SAMPLE = 1000; // uids that are looked up
const SHARE = 10; // one in so many reviews has to be new

/** Whether at least `atLeast` of the reviews in `remote` are new here, and no few of them, and it is such as Hearback itself makes it. */
export function maySucceed(
  { remote, local, atLeast }: { remote: string; local: string; atLeast: number },
): boolean {
  try {
    using there = openReadOnly(remote);
    const reviews = Number(there.prepare("SELECT count(*) AS n FROM reviews").get()?.n);
    if (reviews < atLeast) return false;
    using here = openReadOnly(local);
    const fresh = reviews * shareOfNew({ there, here, reviews });
    return fresh >= atLeast && fresh * SHARE >= reviews && isOurs(there);
  } catch {
    return false; // whatever is wrong with it, the merge says it better
  }
}

function shareOfNew({ there, here, reviews }: { there: DatabaseSync; here: DatabaseSync; reviews: number }): number {
  const sample = there.prepare("SELECT uid FROM reviews WHERE id % ? = 0").all(Math.ceil(reviews / SAMPLE));
  const isHere = here.prepare("SELECT 1 FROM reviews WHERE uid = ?");
  return sample.filter(({ uid }) => isHere.get(uid!) === undefined).length / Math.max(sample.length, 1);
}

function isOurs(db: DatabaseSync): boolean {
  return isSameSchema(db) &&
    // Not quick_check: it does not compare the indexes with the table, and here they are taken over.
    db.prepare("PRAGMA integrity_check(1)").get()?.integrity_check === "ok" &&
    db.prepare(SOUND).get({ MAX_ID })?.sound === 1;
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
