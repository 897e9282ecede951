// Runs a backup in a Worker of its own, away from the thread that answers people.
import type { RunOptions, RunResult } from "./backup_run.ts";
import type { WorkerAnswer, WorkerRequest } from "./backup_worker.ts";
import { SyncError } from "./sync_error.ts";

const PATIENCE = 1000; // milliseconds between asking the Worker to stop and ending it

/** Runs the backup once in a Worker of its own and resolves with its result; rejects with a `SyncError`. */
export function runInWorker(options: Omit<RunOptions, "now">): Promise<RunResult> {
  const { signal, onEvent, ...rest } = options;
  const { promise, resolve, reject } = Promise.withResolvers<RunResult>();
  const worker = new Worker(new URL("./backup_worker.ts", import.meta.url), { type: "module", name: "backup" });
  const tell = (request: WorkerRequest) => worker.postMessage(request);
  let patience: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    tell({ type: "stop" });
    // A Worker that is deep in a computation does not hear; every step of a run may be cut off.
    patience = setTimeout(() => reject(new SyncError("unreachable", "The backup was stopped")), PATIENCE);
  };
  worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) => {
    if (data.type === "done") resolve(data.result);
    else if (data.type === "failed") {
      reject(new SyncError(data.kind, data.message, { ...data.options, cause: data.detail }));
    } else onEvent(data);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new SyncError("internal", "The backup's Worker stopped; see the log", { cause: event.message }));
  };
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  tell({ type: "run", options: rest });
  return promise.finally(() => {
    clearTimeout(patience);
    signal.removeEventListener("abort", stop);
    worker.terminate();
  });
}
