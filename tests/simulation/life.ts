// One life of an instance, from its start to its stop or its kill: a store, the backup on it, and what both did.
import { openSqliteStore, type SqliteReviewStore } from "../../db/sqlite/sqlite_store.ts";
import { startBackup } from "../../sync/backup.ts";
import type { RunEvent } from "../../sync/jobs/job.ts";
import type { BackupSettings, RunningBackup } from "../../sync/running_backup.ts";
import { type Job, runInProcess } from "./run_in_process.ts";
import { ProcessClock, type VirtualTime } from "./virtual_time.ts";
import type { Wish } from "./wishes.ts";

/** What a life is started with. */
export interface LifeOptions {
  /** Its disk. */
  folder: string;
  database: string;
  /** The how manieth on this disk: what a killed job still has in hand must not meet the files of the next life. */
  number: number;
  settings: BackupSettings;
  time: VirtualTime;
  now: () => Date;
  /** Counts jobs and wishes, so that one can tell which came first. */
  count: () => number;
  observer: LifeObserver;
}

/** Whoever watches a life. */
export interface LifeObserver {
  onBegin(life: Life, job: Job): void;
  /** May throw to cut the job off there. */
  onEvent(life: Life, job: Job, event: RunEvent): void;
  onEnd(life: Life, job: Job): void;
  onProblem(problem: string): void;
}

const LONGEST_WAIT = 3_660_000; // milliseconds until a next try

/** A Hearback from its start on. Nothing refreshes its store but the backup. */
export class Life {
  readonly store: SqliteReviewStore;
  readonly backup: RunningBackup;
  readonly clock: ProcessClock;
  /** What was logged, with the number of the job or wish before it. */
  readonly log: { after: number; entry: Record<string, unknown> }[] = [];
  readonly jobs: Job[] = [];
  readonly wishes: Wish[] = [];
  /** Killed: its process is gone. */
  isDead = false;
  /** A request of it waits for what others do meanwhile; the depth around that. */
  parkedAt: number | undefined;
  /** When its last problem with a rate limit ends, in virtual time. */
  waitsUntil = 0;
  #last = 0;

  constructor({ folder, database, number, settings, time, now, count, observer }: LifeOptions) {
    this.clock = new ProcessClock(time);
    this.store = openSqliteStore({ path: database, now });
    this.backup = startBackup({
      store: this.store,
      dataDir: folder,
      settings,
      now,
      log: (entry) => void this.log.push({ after: this.#last, entry }),
      clock: this.clock,
      runJob: runInProcess({
        workDir: `${folder}/work${number}`,
        now,
        isDead: () => this.isDead,
        onBegin: (begun) => {
          const job: Job = {
            ...begun,
            at: time.now,
            number: this.#last = count(),
            hangs: false,
            hung: false,
            ended: false,
            dispose: () => Promise.resolve(),
          };
          this.jobs.push(job);
          observer.onBegin(this, job);
          return job;
        },
        onEvent: (job, event) => observer.onEvent(this, job, event),
        onEnd: (job) => {
          const { outcome } = job;
          if (outcome?.ok === false && outcome.error.kind === "internal") {
            observer.onProblem(`${job.name}: ${outcome.error.message}: ${outcome.error.cause}`);
          }
          if (outcome?.ok === false && outcome.error.retryAfter !== undefined) {
            this.waitsUntil = time.now + Math.min(outcome.error.retryAfter * 1000, 3_600_000);
          }
          observer.onEnd(this, job);
        },
      }),
    });
    this.backup.subscribe(({ nextTryAt }) => {
      if (nextTryAt === null || Date.parse(nextTryAt) - now().getTime() <= LONGEST_WAIT) return;
      observer.onProblem(`the next try is put off by more than an hour, to ${nextTryAt}`);
    });
  }

  /** The jobs that are under way; a life that is over has none. */
  get underWay(): Job[] {
    return this.isDead ? [] : this.jobs.filter(({ ended }) => !ended);
  }

  /** Notes a wish, with the number that tells it from the jobs that began before it. */
  wish(wish: Omit<Wish, "number">, count: () => number): void {
    this.wishes.push({ ...wish, number: this.#last = count() });
  }
}
