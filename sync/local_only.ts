// What stands in the place of the backup where no dataset is configured: nothing is uploaded, but what was erased still has to be gone.
import { initialStatus, noRuns } from "./backup_state.ts";
import { machineClock } from "./clock.ts";
import type { BackupDeps, RunningBackup } from "./running_backup.ts";
import { scrubInWorker } from "./scrub_in_worker.ts";

/** Says that nothing is backed up, and scrubs the local database on the backup's schedule. */
export function keepLocalOnly(deps: BackupDeps): RunningBackup {
  const { store, settings, log, clock = machineClock } = deps;
  const { token, dataset = null } = settings;
  const missing = [...(token === undefined ? ["HF_TOKEN"] : []), ...(dataset === null ? ["DATASET_REPO"] : [])];
  log({
    event: "backup-off",
    message: `Nothing is backed up: set ${missing.join(" and ")}`,
  });
  const abort = new AbortController();
  // What a killed process left there may be a file that was exchanged, or a CSV that nobody goes on with.
  let scrubbing = Promise.allSettled(
    ["work", "csv"].map((name) => Deno.remove(`${deps.dataDir}/${name}`, { recursive: true })),
  ).then(() => {});
  const scrub = () => scrubbing = scrubbing.then(() => scrubInWorker(deps, abort.signal));
  const schedule = clock.repeat(settings.schedule, { signal: abort.signal, onTick: () => void scrub() });
  void scrub();
  return {
    // Without a token the dataset stays named, for the page to say which of the two is lacking.
    status: () => ({ ...initialStatus(null, { pending: store.pending(), lastBackup: null, drill: null }), dataset }),
    settings: () => settings,
    runs: noRuns,
    settled: () => true,
    start: () => {},
    subscribe: () => () => {},
    stop: async () => {
      abort.abort();
      await Promise.all([schedule, scrubbing]);
      return { saved: true };
    },
  };
}
