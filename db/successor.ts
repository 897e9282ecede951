// Decides whether a downloaded database may take the place of the local one as it is, which is far faster than merging it row by row.
import { DatabaseSync } from "node:sqlite";
import { hasRoom } from "./carry_over.ts";
import { migrate } from "./migrations.ts";
import { openReadOnly } from "./open_database.ts";
import { MAX_ID } from "./stored_row.ts";

/** A checked database file that may take the place of the local one, on the same disk; nobody has it open. */
export interface Successor {
  path: string;
  /** `owner/name` of the dataset that it comes from. */
  dataset: string;
  /** Id of the dataset's commit that is contained in it. */
  commit: string;
  /** How many reviews and erasures of the local database may be carried over, which is done while people wait. */
  room: number;
}

const MOST_CARRIED = 2000;

/**
 * The downloaded file as a successor of the local database, or undefined where it has to be merged row by row: it holds fewer than
 * `atLeast` reviews, the local database is not small against it, or it is in any way other than one that Hearback itself would have made.
 */
export function findSuccessor(
  { remote, local, atLeast, ...origin }: Pick<Successor, "dataset" | "commit"> & {
    remote: string;
    local: string;
    atLeast: number;
  },
): Successor | undefined {
  try {
    const reviews = withReadOnly(remote, (db) => Number(db.prepare("SELECT count(*) AS n FROM reviews").get()?.n));
    const room = Math.min(MOST_CARRIED, Math.floor(reviews / 10));
    if (reviews < atLeast || !withReadOnly(local, (db) => hasRoom(db, room))) return undefined;
    return withReadOnly(remote, isOurs) ? { ...origin, path: remote, room } : undefined;
  } catch {
    return undefined; // whatever is wrong with it, the merge says it better
  }
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
  const fresh = new DatabaseSync(":memory:");
  try {
    migrate(fresh);
    return schemaOf(db) === schemaOf(fresh);
  } finally {
    fresh.close();
  }
}

function schemaOf(db: DatabaseSync): string {
  return JSON.stringify([
    ...["application_id", "user_version", "encoding", "page_size"].map((name) => db.prepare(`PRAGMA ${name}`).get()),
    ...db.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name").all(),
  ]);
}

function withReadOnly<T>(path: string, use: (db: DatabaseSync) => T): T {
  const db = openReadOnly(path);
  try {
    return use(db);
  } finally {
    db.close();
  }
}
