// Brings back what an earlier commit holds while Hearback runs: the union of both, in which erasures win as ever.
import { AppError } from "../../db/app_error.ts";
import { mergeDatabase } from "../../db/sqlite/merge.ts";
import { openDataset } from "../hub/dataset.ts";
import { SyncError, toSyncError } from "../sync_error.ts";
import { DATABASE_FILE, READ_FILES } from "./backup_files.ts";
import { emptyFolder } from "./empty_folder.ts";
import { fetchDatabase } from "./fetch_database.ts";
import type { JobOptions } from "./job.ts";
import { settle } from "./unread_notes.ts";

/** What it needs beside what every job does. */
export interface BringBackOptions extends JobOptions {
  /** Full id of the commit. */
  commit: string;
}

/**
 * Merges the database of `commit` and returns how many reviews came back. The dataset counts as unread afterwards, so a run has to follow.
 * Throws a `SyncError`, of kind `damaged` where the commit holds no database that can be used.
 */
export async function bringBack(options: BringBackOptions): Promise<{ added: number }> {
  const { commit, database, workDir, onEvent } = options;
  const dataset = openDataset(options.settings, options.signal);
  const tell = (step: string, share: number) => onEvent({ type: "progress", step, share });
  try {
    await emptyFolder(workDir);
    const target = `${workDir}/chosen.db`;
    const held = await dataset.files(commit, READ_FILES);
    if (!held.has(DATABASE_FILE)) {
      throw new SyncError("damaged", `The commit holds no ${DATABASE_FILE}`, { retry: false });
    }
    const onProgress = (share: number) => tell("downloading", share);
    const { leftOver } = await fetchDatabase(dataset, { revision: commit, held, target, onProgress }).catch(unusable);
    // With no commit to note, the ledger says that the head has to be read again before anything is put on top of it.
    const { added } = mergeDatabase({
      local: database,
      remote: target,
      dataset: dataset.url,
      commit: null,
      onProgress: (done, all) => tell("merging", done / Math.max(all, 1)),
    });
    if (leftOver.length === 0) settle(commit, READ_FILES, options);
    return { added };
  } catch (error) {
    throw toSyncError(error);
  } finally {
    await emptyFolder(workDir).catch(() => {});
  }
}

function unusable(error: unknown): never {
  if (!(error instanceof AppError) || error.code === "busy" || error.code === "disk_full") throw error;
  throw new SyncError("damaged", `${DATABASE_FILE} cannot be used: ${error.message}`, { cause: error, retry: false });
}
