// Makes sure that no text of an erased review stays in the local database's file, where SQLite may leave it in the gaps of its pages.
import { ledgerOf } from "../../db/sqlite/ledger.ts";
import { scrubByReplacement } from "../../db/sqlite/build_replacement.ts";
import type { JobOptions } from "./job.ts";
import { toSyncError } from "../sync_error.ts";
import { emptyFolder } from "./empty_folder.ts";

/** Replaces the database by a copy without such gaps where rows were deleted; false where there is none or it cannot be done now. */
export async function scrubLocal({ database, workDir, store }: JobOptions): Promise<{ scrubbed: boolean }> {
  try {
    await emptyFolder(workDir);
    const isDue = store !== undefined && ledgerOf(database).unscrubbed;
    return {
      scrubbed: isDue && await scrubByReplacement({ store, local: database, folder: `${workDir}/replacement` }),
    };
  } catch (error) {
    throw toSyncError(error);
  } finally {
    await emptyFolder(workDir).catch(() => {});
  }
}
