// The backup as the app runs it, with Worker, timers and schedule, in the process of the test.
import { startBackup } from "../../sync/backup.ts";
import type { BackupDeps, BackupSettings, RunningBackup } from "../../sync/running_backup.ts";
import type { BackupStatus } from "../../sync/status.ts";
import type { Hub } from "../hub/hub.ts";
import { type Instance, REPO, TOKEN } from "./instance.ts";

/** A running backup and what it told. */
export interface Running extends AsyncDisposable {
  backup: RunningBackup;
  log: Record<string, unknown>[];
  /** Resolves with the first status, now or later, for which `holds` is true. */
  until(holds: (status: BackupStatus) => boolean): Promise<BackupStatus>;
}

/** What a test may do beside the settings. */
export interface RunningOptions {
  /** Hears each entry of the log once it is kept; what it throws, the log throws. */
  onLog: (entry: Record<string, unknown>) => void;
}

/** Starts the backup of an instance's store; the schedule is one that never comes during a test, and commits keep no distance. */
export function startRunning(
  hub: Hub,
  { store, dir }: Pick<Instance, "store" | "dir">,
  { now = () => new Date(), clock, runJob, distanceMs = 0, onLog = () => {}, ...settings }: Partial<
    BackupSettings & Pick<BackupDeps, "now" | "clock" | "runJob" | "distanceMs"> & RunningOptions
  > = {},
): Running {
  const log: Record<string, unknown>[] = [];
  const connection = { token: TOKEN, dataset: REPO, private: true, endpoint: hub.url };
  const backup = startBackup({
    store,
    dataDir: dir,
    settings: { ...connection, schedule: "0 0 1 1 *", soonSeconds: null, squashAfter: 0, ...settings },
    now,
    clock,
    runJob,
    distanceMs,
    log(entry) {
      log.push(entry);
      onLog(entry);
    },
  });
  return {
    backup,
    log,
    async until(holds) {
      if (holds(backup.status())) return backup.status();
      const { promise, resolve } = Promise.withResolvers<BackupStatus>();
      const unsubscribe = backup.subscribe((status) => holds(status) && resolve(status));
      return await promise.finally(unsubscribe);
    },
    [Symbol.asyncDispose]: async () => void await backup.stop({ deadlineMs: 5000, signal: AbortSignal.abort() }),
  };
}
