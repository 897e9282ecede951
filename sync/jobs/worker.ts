// What the backup's Worker runs: one job, told to by its first message, with its events and its result as answers.
import type { MergeFacts } from "../../db/sqlite/merge_target.ts";
import type { Replacement } from "../../db/sqlite/replacement.ts";
import type { Replaceable } from "../../db/sqlite/build_replacement.ts";
import type { RunOptions } from "./back_up.ts";
import { hideWorker } from "../hub/hide_worker.ts";
import type { JobOptions, RunEvent } from "./job.ts";
import type { BringBackOptions } from "./bring_back.ts";
import type { SquashOptions } from "./squash.ts";
import type { FailureKind } from "../status.ts";
import { detailOf, type SyncErrorOptions, toSyncError } from "../sync_error.ts";

// Loaded when one is run, so that the Hub's client finds the Worker hidden, and is left out where nobody asks the Hub.
const JOBS = {
  backup: async (options: RunOptions) => (await import("./back_up.ts")).runBackup(options),
  drill: async (options: JobOptions) => (await import("./drill.ts")).runDrill(options),
  squash: async (options: SquashOptions) => (await import("./squash.ts")).squashHistory(options),
  bringBack: async (options: BringBackOptions) => (await import("./bring_back.ts")).bringBack(options),
  scrub: async (options: JobOptions) => (await import("./scrub_local.ts")).scrubLocal(options),
};

/** The jobs by name. */
export type Jobs = typeof JOBS;

/** What a job resolves with. */
export type JobResult<Job extends keyof Jobs = keyof Jobs> = Awaited<ReturnType<Jobs[Job]>>;

/** A job with that part of its options that can be sent to a Worker, and what else it alone asks for. */
export interface JobRequest {
  job: keyof Jobs;
  options: Omit<JobOptions, keyof LocalOptions>;
}

/** What the Worker is told while it works: to stop, or what the store answers. */
export type WorkerMessage = "stop" | { answer: MergeFacts | null };

/** Options that cannot be sent: the Worker has its own. */
export type LocalOptions = Pick<JobOptions, "now" | "signal" | "onEvent" | "store">;

/** What the Worker tells. A failure travels as plain data, because errors lose their class on the way. */
export type WorkerAnswer =
  | RunEvent
  | { type: "prepare"; hold: boolean }
  | { type: "replace"; replacement: Replacement }
  | { type: "done"; result: JobResult }
  | { type: "failed"; kind: FailureKind; message: string; options: SyncErrorOptions; detail: string };

hideWorker();
const controller = new AbortController();
let onAnswer: (answer: never) => void = () => {};
addEventListener("message", ({ data }: MessageEvent<JobRequest | WorkerMessage>) => {
  if (data === "stop") controller.abort();
  else if ("answer" in data) onAnswer(data.answer as never);
  else void answer(data, controller.signal);
});

async function answer({ job, options }: JobRequest, signal: AbortSignal): Promise<void> {
  const tell = (answer: WorkerAnswer) => postMessage(answer);
  const ask = <Answer>(question: WorkerAnswer) => {
    tell(question);
    return new Promise<Answer>((resolve) => onAnswer = resolve);
  };
  const store: Replaceable = {
    prepare: ({ hold }) => ask({ type: "prepare", hold }),
    replace: (replacement) => ask({ type: "replace", replacement }),
  };
  const run = JOBS[job] as (options: JobOptions) => Promise<JobResult>; // whoever asked has sent what else it needs
  try {
    const result = await run({ ...options, now: () => new Date(), signal, onEvent: tell, store });
    tell({ type: "done", result });
  } catch (error) {
    const failure = toSyncError(error);
    const { kind, message, hint, retry, retryAfter, status, uncertain } = failure;
    const options = { hint, retry, retryAfter, status, uncertain };
    tell({ type: "failed", kind, message, options, detail: detailOf(failure) });
  }
}
