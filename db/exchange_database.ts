// Puts a successor in the place of the database that is in use; a crash at any moment leaves one of the two, each with every answered review.
import type { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";
import { carryOver } from "./carry_over.ts";
import type { MergeFacts } from "./merge_target.ts";
import { openDatabase } from "./open_database.ts";
import type { Successor } from "./successor.ts";

/**
 * Carries everything from `live`, the open database at `path`, over to its successor, exchanges the files, closes `live` and returns the
 * new one. Runs in one turn, so that nothing is written meanwhile. When it throws, `live` is in use as before; so it is while another
 * process has it open.
 */
export function exchangeDatabase(
  live: DatabaseSync,
  { path, successor }: { path: string; successor: Successor },
): { db: DatabaseSync; facts: MergeFacts } {
  const kept = `${successor.path}.before`;
  let isExchanged = false;
  try {
    // Brings everything into the file and removes its log, which beside the new file would destroy that one; fails while others use it.
    live.exec("PRAGMA journal_mode = DELETE");
    live.exec("BEGIN EXCLUSIVE"); // whoever opens the old file now cannot write to it any more
    const facts = carryOver(live, successor);
    Deno.linkSync(path, kept);
    Deno.renameSync(successor.path, path);
    isExchanged = true;
    syncFolder(dirname(path));
    const db = openDatabase(path);
    live.close();
    return { db, facts };
  } catch (error) {
    if (isExchanged) Deno.renameSync(kept, path);
    if (live.isTransaction) live.exec("ROLLBACK");
    live.exec("PRAGMA journal_mode = WAL");
    throw error;
  }
}

// Or a power cut could bring the old name back, after reviews were answered that only the new file holds.
function syncFolder(path: string): void {
  using folder = Deno.openSync(path);
  folder.syncSync();
}
