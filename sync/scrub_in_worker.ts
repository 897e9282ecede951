// Starts the scrubbing of the local database where it is due, and hands the backup's Worker the store for it.
import { readLedger } from "../db/sqlite/ledger.ts";
import { withDatabase } from "../db/file/open_database.ts";
import type { Exchangeable } from "../db/sqlite/successor.ts";
import { dropStaleCsv } from "./jobs/kept_csv_files.ts";
import { runInWorker } from "./run_in_worker.ts";
import type { BackupDeps } from "./running_backup.ts";

type Deps = Pick<BackupDeps, "store" | "dataDir" | "log" | "runJob">;

/** Scrubs the local database in a Worker if rows were deleted since that was done, and removes the CSV that may hold them. Never rejects: the next call tries again. */
export async function scrubInWorker(deps: Deps, signal: AbortSignal): Promise<void> {
  const database = `${deps.dataDir}/reviews.db`;
  const workDir = `${deps.dataDir}/work`;
  const settings = { endpoint: "", repo: "", token: "", private: true }; // it asks nobody
  const exchange = loggedExchange(deps);
  const { runJob = runInWorker } = deps;
  try {
    await dropStaleCsv({ database, folder: `${deps.dataDir}/csv` });
    if (!withDatabase(database, readLedger).unscrubbed) return;
    const began = performance.now();
    const result = await runJob("scrub", { settings, database, workDir, signal, onEvent: () => {}, exchange });
    deps.log({ event: "scrubbed", ...result, ms: Math.round(performance.now() - began) });
  } catch (error) {
    deps.log({ event: "scrub-failed", message: messageOf(error) });
  }
}

/** The store as the Worker may use it; an exchange that fails is logged, and the Worker goes another way. */
export function loggedExchange({ store, log }: Deps): Exchangeable {
  return {
    changes: () => store.changes(),
    exchange: (successor) =>
      store.exchange(successor).catch((error) => {
        log({ event: "exchange-failed", message: messageOf(error) });
        return null;
      }),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
