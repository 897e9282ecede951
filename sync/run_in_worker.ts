// Runs a job of the backup in a Worker of its own, away from the thread that answers people.
import type { JobRequest, JobResult, Jobs, LocalOptions, WorkerAnswer, WorkerMessage } from "./jobs/worker.ts";
import { SyncError } from "./sync_error.ts";

const PATIENCE = 1000; // milliseconds between asking the Worker to stop and ending it

/** Runs `job` in a Worker and resolves with its result; rejects with a `SyncError`. Aborting `signal` ends it within a second. */
export function runInWorker<Job extends keyof Jobs>(
  job: Job,
  options: Omit<Parameters<Jobs[Job]>[0], "now">,
): Promise<JobResult<Job>> {
  const { signal, onEvent, store, ...rest }: JobRequest["options"] & Omit<LocalOptions, "now"> = options;
  const { promise, resolve, reject } = Promise.withResolvers<JobResult<Job>>();
  const worker = new Worker(new URL("./jobs/worker.ts", import.meta.url), { type: "module", name: "backup" });
  const tell = (message: JobRequest | WorkerMessage) => worker.postMessage(message);
  let patience: ReturnType<typeof setTimeout> | undefined;
  let replacing: Promise<void> | undefined;
  const stop = () => {
    tell("stop");
    // A Worker that is deep in a computation does not hear; every step of a job may be cut off.
    patience = setTimeout(() => reject(new SyncError("unreachable", "The backup was stopped")), PATIENCE);
  };
  worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) => {
    if (data.type === "done") resolve(data.result as JobResult<Job>);
    else if (data.type === "failed") {
      reject(new SyncError(data.kind, data.message, { ...data.options, cause: data.detail }));
    } else if (data.type === "prepare" || data.type === "replace") {
      const asked = data.type === "prepare" ? store?.prepare(data) : store?.replace(data.replacement);
      replacing = Promise.resolve(asked).then((answer) => tell({ answer: answer ?? null }), reject);
    } else onEvent(data);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new SyncError("internal", "The backup's Worker stopped; see the log", { cause: event.message }));
  };
  signal.addEventListener("abort", stop);
  tell({ job, options: rest });
  if (signal.aborted) stop();
  return promise.finally(async () => {
    clearTimeout(patience);
    signal.removeEventListener("abort", stop);
    worker.terminate();
    await replacing; // or the next run would write to the files that it works with
  });
}
