// Runs the backup's jobs as the Worker does, but in the process of the simulation, so that it can freeze, kill and count them.
import { runBackup } from "../../sync/jobs/back_up.ts";
import { bringBack } from "../../sync/jobs/bring_back.ts";
import { runDrill } from "../../sync/jobs/drill.ts";
import type { JobOptions, RunEvent } from "../../sync/jobs/job.ts";
import { scrubLocal } from "../../sync/jobs/scrub_local.ts";
import { squashHistory } from "../../sync/jobs/squash.ts";
import type { Jobs } from "../../sync/jobs/worker.ts";
import type { runInWorker } from "../../sync/run_in_worker.ts";
import { detailOf, SyncError, toSyncError } from "../../sync/sync_error.ts";

/** The name of a job. */
export type JobName = keyof Jobs;

/** A job that is under way, or was. */
export interface Job {
  name: JobName;
  /** The token that it was handed. */
  token: string;
  /** Id of the commit to bring back, where it is that job. */
  commit: string | undefined;
  /** When it began, in virtual time, and which job of the simulation it was. */
  at: number;
  number: number;
  /** A request of it waits for ever, until it is aborted. */
  hangs: boolean;
  /** That was so at some time. */
  hung: boolean;
  /** What came of it; undefined while it is under way. */
  outcome?: { ok: true; result: unknown } | { ok: false; error: SyncError };
  /** Nobody hears it any more, as a Worker that was terminated. */
  ended: boolean;
  /** Aborts what it has in hand, and resolves once it is really over; for the end of a simulation. */
  dispose: () => Promise<unknown>;
}

/** What the process that runs jobs is to them. */
export interface JobHost {
  /** A folder for working files that no other life uses. */
  workDir: string;
  now: () => Date;
  /** Whether the process is gone; its jobs tell nothing any more and never come to an end. */
  isDead: () => boolean;
  onBegin: (job: Pick<Job, "name" | "token" | "commit">) => Job;
  /** May throw to cut the job off there. */
  onEvent: (job: Job, event: RunEvent) => void;
  onEnd: (job: Job) => void;
}

const PATIENCE = 300; // milliseconds that a job gets to end once it was told to; real ones, because it is real work that ends

const JOBS: Record<JobName, unknown> = {
  backup: runBackup,
  drill: runDrill,
  squash: squashHistory,
  bringBack,
  scrub: scrubLocal,
};

/** Makes the function that `startBackup()` takes for running jobs. */
export function runInProcess(host: JobHost): typeof runInWorker {
  return (name, options) => run(host, name, options) as never;
}

async function run(host: JobHost, name: JobName, options: unknown): Promise<unknown> {
  const { signal, onEvent, ...rest } = options as JobOptions & { commit?: string };
  const job = host.onBegin({ name, token: rest.settings.token, commit: rest.commit });
  const told = new AbortController();
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  let patience: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    job.hangs = false;
    told.abort();
    patience = setTimeout(() => reject(new SyncError("unreachable", "The backup was stopped")), PATIENCE);
  };
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const work = (JOBS[name] as (options: JobOptions) => Promise<unknown>)({
    ...rest,
    ...storeOf(rest, host),
    workDir: host.workDir,
    now: host.now,
    signal: told.signal,
    onEvent(event) {
      if (host.isDead() || job.ended) throw new Error("The process is gone");
      host.onEvent(job, event);
      onEvent(event);
    },
  });
  work.catch(() => {}); // where nobody waits for it any more
  job.dispose = () => (told.abort(), work.catch(() => {}));
  try {
    const result = await Promise.race([work, stopped]);
    job.outcome = { ok: true, result };
  } catch (thrown) {
    job.outcome = { ok: false, error: crossed(thrown) };
  } finally {
    clearTimeout(patience);
    signal.removeEventListener("abort", stop);
    job.ended = true;
  }
  if (host.isDead()) return await new Promise<never>(() => {});
  host.onEnd(job);
  if (job.outcome.ok) return job.outcome.result;
  throw job.outcome.error;
}

// The one place that knows how a job is given the store. Any number of reviews makes a replacement, or none would be seen here.
function storeOf({ store }: Pick<JobOptions, "store">, { isDead }: JobHost): Partial<JobOptions> {
  if (store === undefined) return {};
  return {
    store: {
      prepare: (options) => isDead() ? new Promise(() => {}) : store.prepare(options),
      replace: (successor) => isDead() ? Promise.resolve(null) : store.replace(successor),
    },
    ...{ replaceFrom: 1 },
  };
}

// Between Worker and app an error is plain data.
function crossed(thrown: unknown): SyncError {
  const failure = toSyncError(thrown);
  const { kind, message, hint, retry, retryAfter, status, uncertain } = failure;
  return new SyncError(kind, message, { hint, retry, retryAfter, status, uncertain, cause: detailOf(failure) });
}
