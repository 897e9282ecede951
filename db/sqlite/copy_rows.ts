// Writes what the local database holds into the one that takes its place; the ids that are in use there stay as they are.
import type { DatabaseSync } from "node:sqlite";
import { prepareRows, readRows } from "../file/read_rows.ts";
import { prepareWrites } from "../file/write_rows.ts";
import { compareRows } from "../row.ts";
import { mergeUnread } from "./unread.ts";

/** What was copied, and what became of it. */
export interface CopiedRows {
  /** Reviews that are erased there. */
  erased: number;
  /** Reviews that got another id, because theirs is in use there or they are known under another one. */
  renumbered: number;
  /** Reviews and erasures that the other one lacked. */
  new: number;
}

/** Merges what `from` holds into `into`, joining its open transaction. */
export function copyRows({ from, into }: { from: DatabaseSync; into: DatabaseSync }): CopiedRows {
  const writes = prepareWrites(into);
  const byUid = prepareRows(into, "uid = ?");
  const copied = { erased: 0, renumbered: 0, new: 0 };
  const erasures = from.prepare("SELECT uid, erased_at FROM erasures").all() as { uid: string; erased_at: string }[];
  for (const { uid, erased_at } of erasures) copied.new += writes.erase(uid, erased_at).noted;
  const last = from.prepare("SELECT max(seq) AS seq FROM sqlite_sequence WHERE name = 'reviews'").get();
  writes.raiseIds(Number(last?.seq));
  for (const row of readRows(from)) {
    const id = writes.insert(row);
    const there = id === undefined ? byUid.get(row.uid) : undefined;
    if (id === undefined && there === undefined) {
      copied.erased++;
      continue;
    }
    copied.renumbered += Number((id ?? there?.id) !== row.id);
    // The same uid with other contents: whichever comes first in a fixed order wins, as in every merge.
    if (there !== undefined && compareRows(row, there) >= 0) continue;
    if (there !== undefined) writes.replace(row);
    copied.new++;
  }
  mergeUnread({ from, into });
  return copied;
}
