// Makes sure that no text of an erased review stays in the local database's file, where SQLite may leave it in the gaps of its pages.
import { readLedger } from "../../db/sqlite/ledger.ts";
import { withDatabase } from "../../db/file/open_database.ts";
import { scrubByExchange } from "../../db/sqlite/successor.ts";
import type { JobOptions } from "./job.ts";
import { toSyncError } from "../sync_error.ts";
import { emptyFolder } from "./empty_folder.ts";

/** Exchanges the database for a copy without such gaps where rows were deleted; false where there is none or it cannot be done now. */
export async function scrubLocal({ database, workDir, exchange: store }: JobOptions): Promise<{ scrubbed: boolean }> {
  try {
    await emptyFolder(workDir);
    const isDue = store !== undefined && withDatabase(database, readLedger).unscrubbed;
    return { scrubbed: isDue && await scrubByExchange({ store, local: database, folder: `${workDir}/exchange` }) };
  } catch (error) {
    throw toSyncError(error);
  } finally {
    await emptyFolder(workDir).catch(() => {});
  }
}
