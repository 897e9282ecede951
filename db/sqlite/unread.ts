// What of the dataset was not taken over whole. It is written into the reviews' own file, because a disk may be lost.
import type { DatabaseSync } from "node:sqlite";
import { hasTable } from "../file/inspect.ts";
import { updateLedger } from "./ledger.ts";

/** Why a file was not taken over whole. */
export type UnreadKind =
  | "foreign" // it is no database or table of reviews that Hearback can read
  | "partly" // its reviews were taken over, and it holds more
  | "damaged" // it is not whole, in itself or in the storage
  | "unreachable" // the dataset declares it, and its storage does not give it
  | "deleted"; // a later commit deleted it

/** A file of a commit that was not taken over whole. */
export interface Unread {
  /** Id of the commit that holds it. */
  commit: string;
  path: string;
  kind: UnreadKind;
  /** For people, without a full stop. */
  reason: string;
  /** Its name in the head, where it is kept beside the new files; null where only the history holds it. */
  keptAs: string | null;
  /** ISO 8601 in UTC. */
  noticedAt: string;
  /** When it was read after all, or its owner gave it up; null until then. */
  settledAt: string | null;
}

const COLUMNS =
  "commit_id AS 'commit', path, kind, reason, kept_as AS keptAs, noticed_at AS noticedAt, settled_at AS settledAt";

/** All that is not settled, oldest first. */
export function readUnread(db: DatabaseSync): Unread[] {
  const sql = `SELECT ${COLUMNS} FROM unread WHERE settled_at IS NULL ORDER BY noticed_at, commit_id, path`;
  return db.prepare(sql).all() as unknown as Unread[];
}

/** Notes a file, or more about one that is known; the next backup carries it. Joins the open transaction, if there is one. */
export function noteUnread(db: DatabaseSync, entry: Omit<Unread, "settledAt">): void {
  const { changes } = merge(db).run({ ...entry, settledAt: null });
  if (changes > 0) updateLedger(db, { uploadDue: true });
}

/** Settles a file of a commit, if it is known and open. */
export function settleUnread(db: DatabaseSync, { commit, path }: Pick<Unread, "commit" | "path">, at: string): void {
  const { changes } = db.prepare(
    "UPDATE unread SET settled_at = ? WHERE commit_id = ? AND path = ? AND settled_at IS NULL",
  ).run(at, commit, path);
  if (changes > 0) updateLedger(db, { uploadDue: true });
}

/** Takes over what another database notes. */
export function mergeUnread({ from, into }: { from: DatabaseSync; into: DatabaseSync }): void {
  if (!hasTable(from, "unread", ["commit_id", "path", "kind", "reason", "kept_as", "noticed_at", "settled_at"])) return;
  const entries = from.prepare(`SELECT ${COLUMNS} FROM unread NOT INDEXED`).all() as unknown as Unread[];
  for (const entry of entries) merge(into).run({ ...entry });
}

// Of two notes about one file the one that comes first by kind and reason gives the words, and of the rest the smaller value that is not
// NULL counts, so that all instances end with the same.
function merge(db: DatabaseSync) {
  const smaller = (column: string) => {
    const [ours, theirs] = [`unread.${column}`, `excluded.${column}`];
    return `${column} = min(coalesce(${ours}, ${theirs}), coalesce(${theirs}, ${ours}))`;
  };
  return db.prepare(
    `INSERT INTO unread (commit_id, path, kind, reason, kept_as, noticed_at, settled_at)
     VALUES (:commit, :path, :kind, :reason, :keptAs, :noticedAt, :settledAt)
     ON CONFLICT (commit_id, path) DO UPDATE SET
       (kind, reason) = (SELECT kind, reason FROM (SELECT unread.kind, unread.reason
         UNION ALL SELECT excluded.kind, excluded.reason) ORDER BY kind, reason LIMIT 1),
       ${["kept_as", "noticed_at", "settled_at"].map(smaller).join(", ")}
     WHERE (unread.kind, unread.reason) > (excluded.kind, excluded.reason) OR kept_as IS NOT excluded.kept_as
       OR noticed_at > excluded.noticed_at OR settled_at IS NOT excluded.settled_at`,
  );
}
