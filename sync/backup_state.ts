// The state of the backup as a small explicit machine: pure, so that every transition can be tested.
import type { BackupFailure, BackupPhase, BackupRuns, BackupStatus, DrillReport, LastBackup } from "./status.ts";

/** Everything that can happen to the backup. Times are ISO 8601 in UTC. */
export type BackupEvent =
  | { type: "changed"; pending: number }
  | { type: "run-began" }
  | { type: "progress"; step: string; done: number; total: number }
  | { type: "read"; pending: number }
  | { type: "run-succeeded"; pending: number; backup: LastBackup | null; notice: string | null }
  | { type: "run-failed"; pending: number; failure: BackupFailure; nextTryAt: string | null }
  | { type: "drilled"; drill: DrillReport }
  | { type: "noticed"; notice: string | null }
  | { type: "planned"; nextTryAt: string | null };

/** The state before anything happened: `off` without a dataset, else `restoring` until the dataset has been read. */
export function initialStatus(
  dataset: string | null,
  { pending, lastBackup, drill, notice = null }:
    & Pick<BackupStatus, "pending" | "lastBackup" | "drill">
    & Partial<Pick<BackupStatus, "notice">>,
): BackupStatus {
  return {
    state: dataset === null ? "off" : "restoring",
    dataset,
    pending,
    lastBackup,
    nextTryAt: null,
    failure: null,
    progress: null,
    notice,
    drill,
  };
}

/** What the runs came to before the first. */
export function noRuns(): BackupRuns {
  return { succeeded: 0, failures: {}, bytesSent: 0, seconds: 0 };
}

/**
 * The status after `event`. `off` stays off. `restoring` lasts until the dataset has been read once. `failing` lasts until a run
 * succeeds, also while the next one is under way, so that nobody takes a try for a success.
 */
export function nextStatus(status: BackupStatus, event: BackupEvent): BackupStatus {
  if (status.state === "off") return event.type === "changed" ? { ...status, pending: event.pending } : status;
  switch (event.type) {
    case "changed":
      return { ...status, pending: event.pending, state: settledPhase(status.state, event.pending) };
    case "run-began":
      return {
        ...status,
        nextTryAt: null,
        state: status.state === "pending" || status.state === "idle" ? "uploading" : status.state,
      };
    case "progress":
      return { ...status, progress: { step: event.step, done: event.done, total: event.total } };
    case "read":
      return { ...status, pending: event.pending, state: status.state === "restoring" ? "uploading" : status.state };
    case "run-succeeded":
      return {
        ...status,
        state: event.pending > 0 ? "pending" : "idle",
        pending: event.pending,
        lastBackup: event.backup ?? status.lastBackup,
        notice: event.notice,
        nextTryAt: null,
        failure: null,
        progress: null,
      };
    case "run-failed": {
      // "Since" is when it began to fail, not when it failed last.
      const since = status.failure?.since ?? event.failure.since;
      return {
        ...status,
        state: "failing",
        pending: event.pending,
        failure: { ...event.failure, since },
        nextTryAt: event.nextTryAt,
        progress: null,
      };
    }
    case "drilled":
      return { ...status, drill: event.drill };
    case "noticed":
      return { ...status, notice: event.notice, progress: null };
    case "planned":
      return { ...status, nextTryAt: event.nextTryAt };
  }
}

function settledPhase(state: BackupPhase, pending: number): BackupPhase {
  if (state !== "idle" && state !== "pending") return state;
  return pending > 0 ? "pending" : "idle";
}
