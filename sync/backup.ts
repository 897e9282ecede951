// The backup as the app sees it: says when which job is wished for, keeps the status, and stops in good order.
import { type Ledger, ledgerOf } from "../db/sqlite/ledger.ts";
import { type BackupEvent, initialStatus, nextStatus, noRuns } from "./backup_state.ts";
import { machineClock, SCHEDULE_PATIENCE, within } from "./clock.ts";
import { type DatasetSettings, datasetSettings } from "./hub/dataset_settings.ts";
import type { JobOptions, RunEvent } from "./jobs/job.ts";
import { isDrillDue, ledgerReports } from "./ledger_reports.ts";
import { keepLocalOnly } from "./local_only.ts";
import { reviewsInWords } from "./jobs/reviews_in_words.ts";
import { noticeOf, openNotes } from "./jobs/unread_notes.ts";
import { runInWorker } from "./run_in_worker.ts";
import { type BackupDeps, DISTANCE_MS, type RunningBackup, type StopOptions } from "./running_backup.ts";
import { loggedStore, scrubInWorker } from "./scrub_in_worker.ts";
import type { Backup, BackupStatus } from "./status.ts";
import { SyncError, toSyncError } from "./sync_error.ts";
import { Turns } from "./turns.ts";
import { LONGEST_WAIT, waitAfter } from "./wait_after.ts";

const TURN_LIMIT = 2 * 3_600_000; // for a job that hangs in spite of all other limits
const QUIET = 2_000; // progress is told only after this long
const LINE_EVERY = 10_000; // between two lines of the log about it
const REPLACED = "Nothing has to be done: the next backup replaces it, and is read back";
const UNREAD = "Reviews that the dataset holds come back once it can be read; nothing is uploaded before that";

/** Starts the backup: reads the dataset, merges it, and from then on uploads what is new. Without token or dataset it stays off. */
export function startBackup(deps: BackupDeps): RunningBackup {
  const connection = datasetSettings(deps.settings);
  return connection === null ? keepLocalOnly(deps) : runningBackup(deps, connection);
}

function runningBackup(deps: BackupDeps, connection: DatasetSettings): RunningBackup {
  const { store, settings, now, clock = machineClock, runJob = runInWorker, distanceMs = DISTANCE_MS } = deps;
  const url = `${connection.endpoint}/datasets/${connection.repo}`;
  const database = `${deps.dataDir}/reviews.db`;
  const listeners = new Set<(status: BackupStatus) => void>();
  const cron = new AbortController();
  const runs = noRuns();
  const chosen = new Set<string>(); // commits that an owner wants to bring back
  let { token } = connection;
  let justRead: string | null = null; // the commit whose bytes a restore has just checked
  let runNotice: string | null = null; // what a run told of a restore
  let status = initialStatus(connection.repo, {
    pending: store.pending(),
    notice: unreadNotice(),
    ...ledgerReports(ledger(), url),
  });
  let readFirst = true; // the dataset has not been read since the start
  let settled = false;
  let isStopping = false;
  let isSquashAsked = false; // by an owner, who may discard what Hearback by itself may not
  let squashFrom = settings.squashAfter; // commits
  // In ticks: no run before that, because a commit was just made or the Hub asked to wait.
  const earliest = { commit: -Infinity, asked: -Infinity };

  const turns = new Turns({
    clock,
    limitMs: TURN_LIMIT,
    afterTurn,
    onError: guarded,
    jobs: {
      run: { required: true, work: backUp, earliest: () => Math.max(earliest.commit, earliest.asked), onFailure: fail },
      scrub: { work: scrub, onFailure: waitQuietly },
      bringBack: { work: bringBack, onFailure: waitQuietly },
      squash: { work: squash, isReady: () => !isRunDue(), onFailure: failUnlessConflict },
      drill: { work: drill, isReady: () => !readFirst, onFailure: fail },
    },
  });
  const unsubscribe = store.subscribe(() => {
    apply({ type: "changed", pending: pending() });
    if (!readFirst) wishSoon();
  });
  const schedule = clock.repeat(settings.schedule, { signal: cron.signal, onTick: () => look({ isTick: true }) });
  // An earlier version kept a CSV there, which may hold what was erased since.
  void Deno.remove(`${deps.dataDir}/csv`, { recursive: true }).catch(() => {});
  wishRun();

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
      earliest.asked = -Infinity; // that was about the old one
      log({ event: "token-replaced", message: "until the next start; set it as HF_TOKEN for that" });
    }
    if (merge !== undefined) chosen.add(merge);
    if (merge !== undefined) turns.wish("bringBack");
    isSquashAsked ||= squash;
    if (squash) turns.wish("squash");
    if (drill) turns.wish("drill");
    // Whoever asks does not wait for what was planned before.
    if (status.failure !== null || isRunDue()) wishRun();
    for (const name of ["bringBack", "squash", "drill"] as const) if (turns.dueIn(name) !== undefined) turns.wish(name);
    look();
  }

  function subscribe(listener: (status: BackupStatus) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  async function stop({ deadlineMs, signal }: StopOptions): Promise<{ saved: boolean }> {
    isStopping = true;
    cron.abort();
    const late = new AbortController();
    const cancel = clock.after(deadlineMs, () => late.abort());
    await turns.stop(signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]));
    cancel();
    unsubscribe();
    await within(SCHEDULE_PATIENCE, schedule, clock);
    try {
      const { dataset, merged } = ledger();
      const isContained = dataset === url && merged !== null;
      return { saved: store.pending() === 0 && (isContained || (await store.stats()).total === 0) };
    } catch (error) {
      guarded(error);
      return { saved: false };
    }
  }

  // The one place that finds out what there is to do. Whatever is wished for already keeps its time.
  function look({ isTick = false } = {}): void {
    try {
      const facts = ledger();
      if (mustRun(facts) || (isTick && isRunDue())) wishRun({ unlessWished: true });
      else wishSoon();
      if (facts.unscrubbed && !turns.isWished("scrub")) turns.wish("scrub");
      const isDue = facts.commitId !== justRead && isDrillDue(facts, now());
      if (isDue && !turns.isWished("drill")) turns.wish("drill");
    } catch (error) {
      guarded(error);
    }
  }

  function wishRun({ afterMs = 0, unlessWished = false } = {}): void {
    if (unlessWished && turns.isWished("run")) return;
    turns.wish("run", afterMs);
    if (turns.running !== "run") apply({ type: "planned", nextTryAt: nextTryAt() });
  }

  // A review need not wait for the schedule.
  function wishSoon(): void {
    if (settings.soonSeconds === null || status.pending === 0) return;
    wishRun({ afterMs: settings.soonSeconds * 1000, unlessWished: true });
  }

  function isRunDue(): boolean {
    return readFirst || store.pending() > 0 || mustRun(ledger());
  }

  // For another reason than new reviews.
  function mustRun({ merged, uploadDue, dataset }: Pick<Ledger, "merged" | "uploadDue" | "dataset">): boolean {
    return readFirst || uploadDue || merged === null || dataset !== url;
  }

  async function afterTurn(): Promise<void> {
    settled = true;
    await store.refresh(); // whatever came of it, it may have written to the store's file
    if (!isStopping) look();
  }

  async function backUp(signal: AbortSignal): Promise<void> {
    if (!isRunDue()) return;
    apply({ type: "run-began" });
    const began = clock.ticks();
    const { proved, ...result } = await runJob("backup", { ...job(signal), readFirst });
    justRead = proved ?? justRead;
    succeed(result.notice);
    if (result.notice !== null) runNotice = status.notice;
    const ms = Math.round(clock.ticks() - began);
    runs.succeeded++;
    runs.bytesSent += result.bytesSent;
    runs.seconds += ms / 1000;
    log({ event: "backup", ...result, pending: pending(), ms });
    if (settings.squashAfter > 0 && result.commits >= squashFrom) turns.wish("squash");
  }

  async function scrub(signal: AbortSignal): Promise<void> {
    await scrubInWorker(deps, signal);
  }

  // What an owner asked for and did not get is no failure of the backup: it is told, and tried again where that can help.
  async function bringBack(signal: AbortSignal): Promise<void> {
    for (const commit of chosen) {
      chosen.delete(commit);
      const name = commit.slice(0, 7);
      try {
        const { added } = await runJob("bringBack", { ...job(signal), commit });
        log({ event: "merged", commit, added });
        apply({ type: "noticed", notice: `${reviewsInWords(added)} came back from commit ${name}` });
      } catch (thrown) {
        const error = toSyncError(thrown);
        const { message, cause, retry } = error;
        if (retry || signal.aborted) chosen.add(commit);
        if (signal.aborted) throw error;
        log({ event: "merge-failed", commit, message, detail: String(cause ?? "") });
        apply({ type: "noticed", notice: `Nothing came back from commit ${name}: ${message}` });
        if (retry) throw error;
      }
    }
  }

  async function squash(signal: AbortSignal): Promise<void> {
    const isAsked = isSquashAsked;
    isSquashAsked = false;
    try {
      const { commit, commits, kept } = await runJob("squash", { ...job(signal), isAsked });
      if (kept === null) {
        squashFrom = settings.squashAfter;
        log({ event: "squashed", commit });
        succeed(null);
        forgetRunNotice();
      } else {
        squashFrom = commits + settings.squashAfter; // the same answer is not asked for with every run
        log({ event: "history-kept", commits, message: kept });
        succeed(null);
      }
    } catch (thrown) {
      isSquashAsked ||= isAsked;
      if (toSyncError(thrown).kind === "conflict") readFirst = true; // somebody else has just written: that is read first
      throw thrown;
    }
  }

  async function drill(signal: AbortSignal): Promise<void> {
    const report = await runJob("drill", job(signal));
    if (signal.aborted) throw new SyncError("unreachable", "The drill gave way");
    log({ event: "drill", ok: report.ok, message: report.message });
    apply({ type: "drilled", drill: report });
    // What was told of a restore is over, and so is an earlier failure, unless there is something to do about it.
    if (report.ok && !isRunDue()) succeed(null);
    if (report.ok) forgetRunNotice();
    else if (ledger().flawed) failed(new SyncError("damaged", report.message, { hint: REPLACED }), nextTryAt());
  }

  function job(signal: AbortSignal): Omit<JobOptions, "now"> {
    ledger(); // throws where the file is gone
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
      store: loggedStore(deps),
    };
  }

  function onRunEvent(event: RunEvent, isLong: boolean): void {
    if (event.type === "read") {
      readFirst = false;
      settled = true;
      if (event.added + event.erased > 0) void store.refresh();
      apply({ type: "read", pending: pending() });
      log({ event: "dataset-read", added: event.added, erased: event.erased });
    } else if (event.type === "committed") earliest.commit = clock.ticks() + distanceMs;
    else if (event.type === "unread") {
      log({ event: event.file.keptAs === null ? "unread" : "set-aside", ...event.file });
    } else if (isLong) apply({ type: "progress", step: event.step, done: Math.round(event.share * 100), total: 100 });
  }

  function succeed(notice: string | null): void {
    const backup = ledgerReports(ledger(), url).lastBackup;
    apply({
      type: "run-succeeded",
      pending: pending(),
      backup,
      notice: [notice, unreadNotice()].filter(Boolean).join(". ") || null,
    });
  }

  function fail(thrown: unknown, failures: number): number {
    const error = toSyncError(thrown);
    runs.failures[error.kind] = (runs.failures[error.kind] ?? 0) + 1;
    const wait = waitAfter(error, failures);
    if (error.kind === "rate_limited") earliest.asked = clock.ticks() + wait;
    failed(error, isStopping ? null : inWords(Math.min(wait, turns.dueIn("run") ?? Infinity)));
    return wait;
  }

  function failed({ kind, message, hint: advice, retry, cause }: SyncError, nextTryAt: string | null): void {
    const hint = readFirst && status.lastBackup === null ? [advice, UNREAD].filter(Boolean).join(". ") : advice;
    const failure = { kind, since: now().toISOString(), message, hint, retry };
    apply({ type: "run-failed", pending: pending(), failure, nextTryAt });
    log({ event: "backup-failed", kind, message, hint, retry, nextTryAt, detail: String(cause ?? "") });
  }

  // Somebody else has just written to the dataset: that is read first, and then it goes on.
  function failUnlessConflict(thrown: unknown, failures: number): number {
    const error = toSyncError(thrown);
    if (error.kind !== "conflict") return fail(error, failures);
    log({ event: "squash-postponed", message: error.message });
    return waitAfter(error, failures);
  }

  function waitQuietly(thrown: unknown, failures: number): number {
    return waitAfter(toSyncError(thrown), failures);
  }

  function forgetRunNotice(): void {
    if (status.notice === runNotice) apply({ type: "noticed", notice: unreadNotice() });
  }

  // The last known number where the file cannot be read.
  function pending(): number {
    try {
      return store.pending();
    } catch (error) {
      guarded(error);
      return status.pending;
    }
  }

  function unreadNotice(): string | null {
    return noticeOf(openNotes(database));
  }

  function nextTryAt(): string | null {
    const ms = turns.dueIn("run");
    return ms === undefined ? null : inWords(ms);
  }

  function inWords(ms: number): string {
    return new Date(now().getTime() + Math.min(ms, LONGEST_WAIT)).toISOString();
  }

  function apply(event: BackupEvent): void {
    status = nextStatus(status, event);
    // Told by the clock of now, which somebody may have set since.
    if (status.nextTryAt !== null) status = { ...status, nextTryAt: nextTryAt() ?? status.nextTryAt };
    for (const listener of listeners) {
      try {
        listener(status);
      } catch (error) {
        guarded(error); // a listener's mistake is no failure of the backup, and the others hear of the change
      }
    }
  }

  function guarded(error: unknown): void {
    log({ event: "unexpected", message: error instanceof Error ? error.message : String(error) });
  }

  function log(entry: Record<string, unknown>): void {
    try {
      deps.log(entry);
    } catch {
      // There is nobody left to be told.
    }
  }

  // A file that is gone must not be made again behind the store's back.
  function ledger(): Ledger {
    Deno.statSync(database);
    return ledgerOf(database);
  }
}
