// The backup as the app sees it: registers the schedule, decides when to run, keeps the status, and stops in good order.
import { type Ledger, readLedger } from "../db/sqlite/ledger.ts";
import { withDatabase } from "../db/file/open_database.ts";
import { type BackupEvent, initialStatus, nextStatus, noRuns } from "./backup_state.ts";
import { CommitBudget } from "./commit_budget.ts";
import { type DatasetSettings, datasetSettings } from "./hub/dataset_settings.ts";
import type { JobOptions, RunEvent } from "./jobs/job.ts";
import { machineClock } from "./clock.ts";
import { isDrillDue, ledgerReports } from "./ledger_reports.ts";
import { keepLocalOnly } from "./local_only.ts";
import { reviewsInWords } from "./jobs/reviews_in_words.ts";
import { runInWorker } from "./run_in_worker.ts";
import { type BackupDeps, COMMITS_PER_HOUR, type RunningBackup, type StopOptions } from "./running_backup.ts";
import { loggedExchange, scrubInWorker } from "./scrub_in_worker.ts";
import type { Backup, BackupStatus } from "./status.ts";
import { type SyncError, toSyncError } from "./sync_error.ts";
import { waitAfter } from "./wait_after.ts";

const HOUR = 3_600_000;
const SOON_AFTER = 60_000; // a commit younger than this makes a new review wait for the schedule
const RUN_LIMIT = 2 * HOUR; // a run that hangs in spite of all other limits
const QUIET = 2_000; // progress is told only after this long
const LINE_EVERY = 10_000; // between two lines of the log about it
const UNREAD = "Reviews that the dataset holds come back once it can be read; nothing is uploaded before that";

/** Starts the backup: reads the dataset, merges it, and from then on uploads what is new. Without token or dataset it stays off. */
export function startBackup(deps: BackupDeps): RunningBackup {
  const connection = datasetSettings(deps.settings);
  return connection === null ? keepLocalOnly(deps) : runningBackup(deps, connection);
}

function runningBackup(deps: BackupDeps, connection: DatasetSettings): RunningBackup {
  const { store, settings, now, log, clock = machineClock, runJob = runInWorker } = deps;
  const url = `${connection.endpoint}/datasets/${connection.repo}`;
  let { token } = connection;
  const database = `${deps.dataDir}/reviews.db`;
  const listeners = new Set<(status: BackupStatus) => void>();
  const budget = new CommitBudget({
    limit: deps.commitsPerHour ?? COMMITS_PER_HOUR,
    windowMs: HOUR,
    now: clock.ticks,
  });
  const abort = new AbortController();
  const cron = new AbortController();
  const runs = noRuns();
  const wanted = { drill: false, squash: false, merge: undefined as string | undefined }; // by an admin, beside what is due
  let status = initialStatus(connection.repo, { pending: store.pending(), ...ledgerReports(ledger(), url) });
  let running: Promise<void> | undefined;
  let again = false; // a run was asked for while one was under way
  let readFirst = true; // the dataset has not been read since the start
  let settled = false;
  let failures = 0;
  let stopping = false;
  let timer: { cancel: () => void; kind: "soon" | "retry" } | undefined;

  const unsubscribe = store.subscribe(() => {
    apply({ type: "changed", pending: store.pending() });
    planSoon();
  });
  const schedule = clock.repeat(settings.schedule, {
    signal: cron.signal,
    // While a failure's waiting time lasts, the retry timer decides when to run; what was erased does not wait for that.
    onTick: () => void (timer?.kind === "retry" ? scrub() : run()),
  });
  void run();

  return {
    status: () => status,
    runs: () => runs,
    settled: () => settled,
    settings: () => ({ ...settings, token }),
    start,
    subscribe,
    stop,
  };

  function start({ drill = false, squash = false, merge, token: newToken }: Parameters<Backup["start"]>[0] = {}): void {
    if (newToken !== undefined) {
      token = newToken;
      log({ event: "token-replaced", message: "until the next start; set it as HF_TOKEN for that" });
    }
    wanted.drill ||= drill;
    wanted.squash ||= squash;
    wanted.merge = merge ?? wanted.merge;
    void run();
  }

  function subscribe(listener: (status: BackupStatus) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  async function stop({ deadlineMs, signal }: StopOptions): Promise<{ saved: boolean }> {
    stopping = true;
    cron.abort();
    unplan();
    const end = () => abort.abort();
    const cancelDeadline = clock.after(deadlineMs, end);
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
    await running;
    if (!abort.signal.aborted) await run();
    cancelDeadline();
    signal?.removeEventListener("abort", end);
    await schedule;
    unsubscribe();
    const { dataset, merged } = ledger();
    const isContained = dataset === url && merged !== null;
    return { saved: store.pending() === 0 && (isContained || (await store.stats()).total === 0) };
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

  async function scrub(): Promise<void> {
    if (running !== undefined) return;
    running = scrubInWorker(deps, abort.signal);
    await running;
    running = undefined;
    if (again && !stopping) void run(); // its time came meanwhile
    again = false;
  }

  async function oneRun(): Promise<void> {
    const tooLong = new AbortController();
    const cancelLimit = clock.after(RUN_LIMIT, () => tooLong.abort());
    const signal = AbortSignal.any([abort.signal, tooLong.signal]);
    const asked = { ...wanted }; // what is asked for from now on may be about a change that this run does not bring out
    try {
      if (!stopping) await scrubInWorker(deps, signal);
      if (!stopping && asked.merge !== undefined) await mergeChosen(asked.merge, signal);
      if (isDue()) {
        const wait = budget.wait();
        if (wait > 0 && !stopping) return apply({ type: "planned", nextTryAt: plan("retry", wait) });
        apply({ type: "run-began" });
        const hasGrown = await backUp(signal);
        asked.squash ||= hasGrown;
      }
      if (!stopping && asked.squash) await squash(signal);
      if (!stopping && (asked.drill || isDrillDue(ledger(), now()))) await drill(signal);
    } catch (thrown) {
      fail(toSyncError(thrown));
    } finally {
      cancelLimit();
    }
  }

  function isDue(): boolean {
    if (readFirst) return true;
    const { merged, uploadDue, dataset } = ledger();
    return store.pending() > 0 || uploadDue || merged === null || dataset !== url;
  }

  /** Runs a backup; true when the history has grown so long that it is to be squashed. */
  async function backUp(signal: AbortSignal): Promise<boolean> {
    const began = clock.ticks();
    const result = await runJob("backup", { ...job(signal), readFirst, csvDir: `${deps.dataDir}/csv` });
    failures = 0;
    succeed(result.notice);
    const ms = Math.round(clock.ticks() - began);
    runs.succeeded++;
    runs.bytesSent += result.bytesSent;
    runs.seconds += ms / 1000;
    log({ event: "backup", ...result, pending: store.pending(), ms });
    return settings.squashAfter > 0 && result.commits >= settings.squashAfter && !ledger().flawed;
  }

  // What an owner asked for and did not get is no failure of the backup: it is told and the run goes on.
  async function mergeChosen(commit: string, signal: AbortSignal): Promise<void> {
    wanted.merge = undefined;
    const name = commit.slice(0, 7);
    try {
      const { added } = await runJob("merge", { ...job(signal), commit });
      if (added > 0) void store.refresh();
      log({ event: "merged", commit, added });
      apply({ type: "noticed", notice: `${reviewsInWords(added)} came back from commit ${name}` });
    } catch (thrown) {
      const { message, cause } = toSyncError(thrown);
      log({ event: "merge-failed", commit, message, detail: String(cause ?? "") });
      apply({ type: "noticed", notice: `Nothing came back from commit ${name}: ${message}` });
    }
  }

  async function squash(signal: AbortSignal): Promise<void> {
    try {
      const { commit } = await runJob("squash", job(signal));
      wanted.squash = false;
      log({ event: "squashed", commit });
      succeed(null);
    } catch (thrown) {
      const error = toSyncError(thrown);
      if (error.kind !== "conflict") throw error;
      // Somebody else has just written: the next run reads that and squashes then.
      log({ event: "squash-postponed", message: error.message });
      wanted.squash = readFirst = true;
    }
  }

  async function drill(signal: AbortSignal): Promise<void> {
    wanted.drill = false;
    const report = await runJob("drill", job(signal));
    apply({ type: "drilled", drill: report });
    log({ event: "drill", ok: report.ok, message: report.message });
    if (!report.ok) again = true;
  }

  function job(signal: AbortSignal): Omit<JobOptions, "now"> {
    const began = clock.ticks();
    let lineDue = began + QUIET;
    const onEvent = (event: RunEvent) => {
      const at = clock.ticks();
      onRunEvent(event, at - began > QUIET);
      if (event.type !== "progress" || at < lineDue) return;
      log({ event: "progress", step: event.step, percent: Math.round(event.share * 100) });
      lineDue = at + LINE_EVERY;
    };
    return {
      settings: { ...connection, token, sentChunks: `${deps.dataDir}/sent_chunks` },
      database,
      workDir: `${deps.dataDir}/work`,
      signal,
      onEvent,
      exchange: loggedExchange(deps),
    };
  }

  function onRunEvent(event: RunEvent, isLong: boolean): void {
    if (event.type === "read") {
      readFirst = false;
      settled = true;
      if (event.added + event.erased > 0) void store.refresh();
      apply({ type: "read", pending: store.pending() });
      log({ event: "dataset-read", added: event.added, erased: event.erased });
    } else if (event.type === "committed") budget.spend();
    else if (isLong) apply({ type: "progress", step: event.step, done: Math.round(event.share * 100), total: 100 });
  }

  function succeed(notice: string | null): void {
    apply({ type: "run-succeeded", pending: store.pending(), backup: ledgerReports(ledger(), url).lastBackup, notice });
  }

  function fail(error: SyncError): void {
    const { kind, message, retry } = error;
    const hint = readFirst && status.lastBackup === null ? [error.hint, UNREAD].filter(Boolean).join(". ") : error.hint;
    runs.failures[kind] = (runs.failures[kind] ?? 0) + 1;
    const failure = { kind, since: now().toISOString(), message, hint, retry };
    const nextTryAt = stopping ? null : plan("retry", waitAfter(error, failures++));
    apply({ type: "run-failed", pending: store.pending(), failure, nextTryAt });
    log({ event: "backup-failed", kind, message, hint, retry, nextTryAt, detail: String(error.cause ?? "") });
  }

  // A lone review need not wait for the schedule; a flood does, so that commits stay few.
  function planSoon(): void {
    if (settings.soonSeconds === null || timer !== undefined || running !== undefined || readFirst) return;
    if (status.pending === 0 || budget.sinceLast() <= SOON_AFTER) return;
    apply({ type: "planned", nextTryAt: plan("soon", settings.soonSeconds * 1000) });
  }

  /** Sets the timer of the next run and returns when that is. */
  function plan(kind: "soon" | "retry", ms: number): string {
    unplan();
    const cancel = clock.after(ms, () => {
      timer = undefined;
      void run();
    });
    timer = { cancel, kind };
    return new Date(now().getTime() + ms).toISOString();
  }

  function unplan(): void {
    timer?.cancel();
    timer = undefined;
  }

  function apply(event: BackupEvent): void {
    status = nextStatus(status, event);
    for (const listener of listeners) listener(status);
  }

  function ledger(): Ledger {
    return withDatabase(database, readLedger);
  }
}
