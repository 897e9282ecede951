// What the backup's Worker runs: one backup, told to by its first message, with its events and its result as answers.
import { runBackup, type RunEvent, type RunOptions, type RunResult } from "./backup_run.ts";
import { type SyncErrorOptions, toSyncError } from "./sync_error.ts";
import type { FailureKind } from "./status.ts";

/** What the Worker is told. */
export type WorkerRequest = { type: "run"; options: Omit<RunOptions, "now" | "signal" | "onEvent"> } | { type: "stop" };

/** What the Worker tells. A failure travels as plain data, because errors lose their class on the way. */
export type WorkerAnswer =
  | RunEvent
  | { type: "done"; result: RunResult }
  | { type: "failed"; kind: FailureKind; message: string; options: SyncErrorOptions; detail: string };

const controller = new AbortController();
addEventListener("message", ({ data: request }: MessageEvent<WorkerRequest>) => {
  if (request.type === "stop") controller.abort();
  else void answerRun(request.options, controller.signal);
});

async function answerRun(options: Omit<RunOptions, "now" | "signal" | "onEvent">, signal: AbortSignal): Promise<void> {
  const tell = (answer: WorkerAnswer) => postMessage(answer);
  try {
    tell({ type: "done", result: await runBackup({ ...options, now: () => new Date(), signal, onEvent: tell }) });
  } catch (error) {
    const { kind, message, hint, retry, retryAfter, status, uncertain, cause } = toSyncError(error);
    const known = Object.fromEntries(
      Object.entries({ hint, retry, retryAfter, status, uncertain }).filter(([, value]) => value !== undefined),
    );
    tell({
      type: "failed",
      kind,
      message,
      options: known,
      detail: cause instanceof Error ? `${cause.stack}` : String(cause ?? ""),
    });
  }
}
