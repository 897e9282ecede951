// The backup as the app sees it: registers the schedule, decides when to run, keeps the status, and stops in good order.
import { type Ledger, readLedger } from "../db/ledger.ts";
import { withDatabase } from "../db/open_database.ts";
import type { ReviewStore } from "../db/store.ts";
import { type BackupEvent, initialStatus, nextStatus } from "./backup_state.ts";
import { runInWorker } from "./run_in_worker.ts";
import { CommitBudget } from "./commit_budget.ts";
import type { RunEvent } from "./backup_run.ts";
import type { Backup, BackupStatus, LastBackup } from "./status.ts";
import { toSyncError } from "./sync_error.ts";

/** The backup's slice of the settings. */
export interface BackupSettings {
  token: string | undefined;
  /** `owner/name`. */
  dataset: string | undefined;
  private: boolean;
  /** Base URL of the Hub. */
  endpoint: string;
  /** Cron expression. */
  schedule: string;
  /** Seconds until a lone review is backed up, or null to wait for the schedule. */
  soonSeconds: number | null;
  /** Commits after which the history is squashed; 0 for never. */
  squashAfter: number;
}

/** What the backup is handed. */
export interface BackupDeps {
  store: ReviewStore;
  /** Folder that holds `reviews.db`; working files go beside it. */
  dataDir: string;
  settings: BackupSettings;
  now: () => Date;
  log: (entry: Record<string, unknown>) => void;
}

/** How to stop. */
export interface StopOptions {
  /** How long the last run may take, in milliseconds. */
  deadlineMs: number;
  /** Aborting it ends the last run at once. */
  signal?: AbortSignal;
}

/** A backup that is under way. */
export interface RunningBackup extends Backup {
  /** Makes a last run within the deadline; `saved` says whether every review is in the dataset (or backup is off). */
  stop(options: StopOptions): Promise<{ saved: boolean }>;
}

const HOUR = 3_600_000;
const COMMITS_PER_HOUR = 99; // the Hub is promised 100; one is kept for the last run
const SOON_AFTER = 60_000; // a commit younger than this makes a new review wait for the schedule
const FIRST_WAIT = 5_000; // after a failure; doubled with every further one
const LONGEST_WAIT = 300_000;
const RUN_LIMIT = 2 * HOUR; // a run that hangs in spite of all other limits
const QUIET = 2_000; // progress is told only after this long

/** Starts the backup: reads the dataset, merges it, and from then on uploads what is new. */
export function startBackup(deps: BackupDeps): RunningBackup {
  const { store, settings, now, log } = deps;
  const database = `${deps.dataDir}/reviews.db`;
  const { token, dataset: repo, endpoint } = settings;
  const listeners = new Set<(status: BackupStatus) => void>();
  const budget = new CommitBudget({ limit: COMMITS_PER_HOUR, windowMs: HOUR, now: () => performance.now() });
  const url = `${endpoint}/datasets/${repo}`;

  if (token === undefined || repo === undefined) {
    let local = initialStatus(null, store.pending(), null);
    log({
      event: "backup-off",
      message: "Nothing is backed up: no dataset is configured (set HF_TOKEN and DATASET_REPO)",
    });
    return {
      status: () => local = nextStatus(local, { type: "changed", pending: store.pending() }),
      settled: () => true,
      start: () => {},
      subscribe: () => () => {},
      stop: () => Promise.resolve({ saved: true }),
    };
  }

  let status = initialStatus(repo, store.pending(), lastBackup(ledger()));
  let running: Promise<void> | undefined;
  let again = false; // a run was asked for while one was under way
  let readFirst = true; // the dataset has not been read since the start
  let settled = false;
  let failures = 0;
  let stopping = false;
  let timer: { handle: ReturnType<typeof setTimeout>; kind: "soon" | "retry" } | undefined;
  const abort = new AbortController();
  const cron = new AbortController();

  const unsubscribe = store.subscribe(() => {
    apply({ type: "changed", pending: store.pending() });
    planSoon();
  });
  const schedule = Deno.cron("backup", settings.schedule, { signal: cron.signal }, () => {
    // While a failure's waiting time lasts, the retry timer decides.
    if (timer?.kind !== "retry") void run();
  });
  void run();

  return { status: () => status, settled: () => settled, start: () => void run(), subscribe, stop };

  function subscribe(listener: (status: BackupStatus) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  // Runs never overlap; one that is asked for meanwhile follows. Never rejects.
  async function run(): Promise<void> {
    if (running !== undefined) {
      again = true;
      return await running;
    }
    unplan();
    running = oneRun();
    await running;
    running = undefined;
    settled = true;
    if (stopping) return;
    if (again && timer === undefined) void run();
    else planSoon();
    again = false;
  }

  function isDue(): boolean {
    if (readFirst) return true;
    const { merged, uploadDue, dataset } = ledger();
    return store.pending() > 0 || uploadDue || merged === null || dataset !== url;
  }

  async function oneRun(): Promise<void> {
    const began = performance.now();
    const tooLong = new AbortController();
    const limit = setTimeout(() => tooLong.abort(), RUN_LIMIT);
    try {
      if (!isDue()) return;
      const wait = budget.wait();
      if (wait > 0 && !stopping) return plan("retry", wait);
      apply({ type: "run-began" });
      const result = await runInWorker({
        settings: { endpoint, repo: repo!, token: token!, private: settings.private },
        database,
        workDir: `${deps.dataDir}/work`,
        readFirst,
        signal: AbortSignal.any([abort.signal, tooLong.signal]),
        onEvent: (event) => onRunEvent(event, began),
      });
      failures = 0;
      apply({
        type: "run-succeeded",
        pending: store.pending(),
        backup: lastBackup(ledger()),
        notice: result.notice,
        nextTryAt: null,
      });
      log({ event: "backup", ...result, pending: store.pending(), ms: Math.round(performance.now() - began) });
    } catch (thrown) {
      const error = toSyncError(thrown);
      const { kind, message, hint, retry, retryAfter } = error;
      const wait = Math.min(FIRST_WAIT * 2 ** failures++, LONGEST_WAIT);
      const ms = retryAfter === undefined ? (retry ? wait : LONGEST_WAIT) : Math.max(retryAfter * 1000, 1000);
      const failure = { kind, since: now().toISOString(), message, hint, retry };
      apply({ type: "run-failed", pending: store.pending(), failure, nextTryAt: null });
      log({ event: "backup-failed", kind, message, hint, retry, retryInMs: ms, detail: String(error.cause ?? "") });
      if (!stopping) plan("retry", ms);
    } finally {
      clearTimeout(limit);
    }
  }

  function onRunEvent(event: RunEvent, began: number): void {
    if (event.type === "read") {
      readFirst = false;
      settled = true;
      if (event.added + event.erased > 0) void store.refresh();
      apply({ type: "read", pending: store.pending() });
      log({ event: "dataset-read", added: event.added, erased: event.erased });
    } else if (event.type === "committed") budget.spend();
    else if (performance.now() - began > QUIET) {
      apply({ type: "progress", step: event.step, done: Math.round(event.share * 100), total: 100 });
    }
  }

  // A lone review need not wait for the schedule; a flood does, so that commits stay few.
  function planSoon(): void {
    if (settings.soonSeconds === null || timer !== undefined || running !== undefined || readFirst) return;
    if (status.pending > 0 && budget.sinceLast() > SOON_AFTER) plan("soon", settings.soonSeconds * 1000);
  }

  function plan(kind: "soon" | "retry", ms: number): void {
    unplan();
    const handle = setTimeout(() => {
      timer = undefined;
      void run();
    }, ms);
    timer = { handle, kind };
    apply({ type: "planned", nextTryAt: new Date(now().getTime() + ms).toISOString() });
  }

  function unplan(): void {
    clearTimeout(timer?.handle);
    timer = undefined;
  }

  async function stop({ deadlineMs, signal }: StopOptions): Promise<{ saved: boolean }> {
    stopping = true;
    cron.abort();
    unplan();
    const end = () => abort.abort();
    const deadline = setTimeout(end, deadlineMs);
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
    await running;
    await run();
    clearTimeout(deadline);
    signal?.removeEventListener("abort", end);
    await schedule;
    unsubscribe();
    return { saved: store.pending() === 0 && !readFirst };
  }

  function apply(event: BackupEvent): void {
    status = nextStatus(status, event);
    for (const listener of listeners) listener(status);
  }

  function ledger(): Ledger {
    return withDatabase(database, readLedger);
  }

  function lastBackup({ commitId, commitAt, dataset }: Ledger): LastBackup | null {
    if (commitId === null || commitAt === null || dataset !== url) return null;
    return { at: commitAt, commit: commitId, url: `${url}/commit/${commitId}` };
  }
}
