// Brings back what an earlier backup holds while Hearback runs: the union of both, in which erasures win as ever.
import { mergeDatabase } from "../db/merge.ts";
import type { JobOptions } from "./job.ts";
import { openDataset, short } from "./dataset.ts";
import { DATABASE_FILE } from "./backup_files.ts";
import { SyncError, toSyncError } from "./sync_error.ts";
import { emptyFolder } from "./empty_folder.ts";
import { AppError } from "../db/app_error.ts";

/** What the merge needs beside what every job does. */
export interface MergeCommitOptions extends JobOptions {
  /** Full id of the commit. */
  commit: string;
}

/** Merges the database of `commit` and returns how many reviews came back. The dataset counts as unread afterwards, so a run has to follow. */
export async function mergeCommit({ commit, settings, database, workDir, signal, onEvent }: MergeCommitOptions) {
  const dataset = openDataset(settings, signal);
  const tell = (step: string, share: number) => onEvent({ type: "progress", step, share });
  try {
    await emptyFolder(workDir);
    const file = (await dataset.files(commit, [DATABASE_FILE])).get(DATABASE_FILE);
    if (file === undefined) throw new SyncError("damaged", `The commit ${short(commit)} holds no ${DATABASE_FILE}`);
    const remote = `${workDir}/chosen.db`;
    await dataset.download(file, commit, remote, (share) => tell("downloading", share));
    // With no commit to note, the ledger says that the head has to be read again before anything is put on top of it.
    const { added } = mergeDatabase({
      local: database,
      remote,
      dataset: dataset.url,
      commit: null,
      onProgress: (done, all) => tell("merging", done / Math.max(all, 1)),
    });
    return { added };
  } catch (error) {
    if (!(error instanceof AppError) || !["damaged", "foreign", "incompatible"].includes(error.code)) {
      throw toSyncError(error);
    }
    throw new SyncError("damaged", `The backup of commit ${short(commit)} cannot be used: ${error.message}`, {
      cause: error,
    });
  } finally {
    await emptyFolder(workDir);
  }
}
