// Starts the scrubbing of the local database where it is due, and hands the backup's Worker the store for it.
import { ledgerOf } from "../db/sqlite/ledger.ts";
import type { Replaceable } from "../db/sqlite/build_replacement.ts";
import { runInWorker } from "./run_in_worker.ts";
import type { BackupDeps } from "./running_backup.ts";

type Deps = Pick<BackupDeps, "store" | "dataDir" | "log" | "runJob">;

/** Scrubs the local database in a Worker if rows were deleted since that was done. Throws where it could not be done. */
export async function scrubInWorker(deps: Deps, signal: AbortSignal): Promise<void> {
  const { store, dataDir, log, runJob = runInWorker } = deps;
  const database = `${dataDir}/reviews.db`;
  if (!ledgerOf(database).unscrubbed) return;
  const settings = { endpoint: "", repo: "", token: "", private: true }; // it asks nobody
  const began = performance.now();
  try {
    const options = {
      settings,
      database,
      workDir: `${dataDir}/work`,
      signal,
      onEvent: () => {},
      store: loggedStore(deps),
    };
    const result = await runJob("scrub", options);
    log({ event: "scrubbed", ...result, ms: Math.round(performance.now() - began) });
    if (!result.scrubbed) throw new Error("The database could not be replaced by its scrubbed copy");
  } catch (error) {
    if (!signal.aborted) log({ event: "scrub-failed", message: messageOf(error) });
    throw error;
  } finally {
    store.release(); // whatever became of the Worker, nobody waits for it any more
  }
}

/** The store as the Worker may use it; a replacement that fails is logged, and the Worker goes another way. */
export function loggedStore({ store, log }: Deps): Replaceable {
  return {
    prepare: (options) => store.prepare(options),
    replace: (replacement) =>
      store.replace(replacement).catch((error) => {
        log({ event: "replacement-failed", message: messageOf(error) });
        return null;
      }),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
