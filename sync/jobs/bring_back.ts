// Brings back what an earlier backup holds while Hearback runs: the union of both, in which erasures win as ever.
import { mergeDatabase } from "../../db/sqlite/merge.ts";
import { openDataset } from "../hub/dataset.ts";
import { emptyFolder } from "./empty_folder.ts";
import { fetchDatabase } from "./fetch_database.ts";
import type { JobOptions } from "./job.ts";
import { toSyncError } from "../sync_error.ts";

/** What the merge needs beside what every job does. */
export interface MergeCommitOptions extends JobOptions {
  /** Full id of the commit. */
  commit: string;
}

/**
 * Merges the database of `commit` and returns how many reviews came back. The dataset counts as unread afterwards, so a run has to follow.
 * Throws a `SyncError`.
 */
export async function mergeCommit(options: MergeCommitOptions): Promise<{ added: number }> {
  const { commit, database, workDir, onEvent } = options;
  const dataset = openDataset(options.settings, options.signal);
  const tell = (step: string, share: number) => onEvent({ type: "progress", step, share });
  try {
    await emptyFolder(workDir);
    const remote = `${workDir}/chosen.db`;
    const onProgress = (share: number) => tell("downloading", share);
    await fetchDatabase(dataset, { revision: commit, target: remote, onProgress });
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
    throw toSyncError(error);
  } finally {
    await emptyFolder(workDir);
  }
}
