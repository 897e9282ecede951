// What stands in the place of the backup where no dataset is configured: nothing is uploaded, but what was erased still has to be gone.
import { initialStatus, noRuns } from "./backup_state.ts";
import { machineClock, SCHEDULE_PATIENCE, within } from "./clock.ts";
import type { BackupDeps, RunningBackup } from "./running_backup.ts";
import { scrubInWorker } from "./scrub_in_worker.ts";
import { toSyncError } from "./sync_error.ts";
import { Turns } from "./turns.ts";
import { waitAfter } from "./wait_after.ts";

// What earlier runs and versions may have left in DATA_DIR.
const LEFT_BEHIND = ["work", "csv"];

const TURN_LIMIT = 2 * 3_600_000; // milliseconds

/** Says that nothing is backed up, and scrubs the local database on the backup's schedule. */
export function keepLocalOnly(deps: BackupDeps): RunningBackup {
  const { store, settings, log, clock = machineClock } = deps;
  const { token, dataset = null } = settings;
  const missing = [...(token === undefined ? ["HF_TOKEN"] : []), ...(dataset === null ? ["DATASET_REPO"] : [])];
  log({
    event: "backup-off",
    message: `Nothing is backed up: set ${missing.join(" and ")}`,
  });
  const cron = new AbortController();
  // What a killed process left there may hold what was erased since.
  const emptied = Promise.allSettled(
    LEFT_BEHIND.map((name) => Deno.remove(`${deps.dataDir}/${name}`, { recursive: true })),
  );
  const turns = new Turns({
    clock,
    limitMs: TURN_LIMIT,
    jobs: {
      scrub: {
        work: (signal) => emptied.then(() => scrubInWorker(deps, signal)),
        onFailure: (error, failures) => waitAfter(toSyncError(error), failures),
      },
    },
    afterTurn: () => {},
    onError: (error) => log({ event: "unexpected", message: String(error) }),
  });
  const onTick = () => void (turns.isWished("scrub") || turns.wish("scrub"));
  const schedule = clock.repeat(settings.schedule, { signal: cron.signal, onTick });
  onTick();
  return {
    // Without a token the dataset stays named, for the page to say which of the two is lacking.
    status: () => ({ ...initialStatus(null, { pending: store.pending(), lastBackup: null, drill: null }), dataset }),
    settings: () => settings,
    runs: noRuns,
    settled: () => true,
    start: () => {},
    subscribe: () => () => {},
    stop: async () => {
      cron.abort();
      await turns.stop(AbortSignal.abort());
      await within(SCHEDULE_PATIENCE, schedule, clock);
      return { saved: true };
    },
  };
}
