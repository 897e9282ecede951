// One Hearback of the simulation: a disk, a store on it, and jobs of the backup that can be frozen, killed and started again.
import { readLedger } from "../../db/sqlite/ledger.ts";
import { openReadOnly } from "../../db/file/open_database.ts";
import { openSqliteStore, type SqliteReviewStore } from "../../db/sqlite/sqlite_store.ts";
import type { RunOptions } from "../../sync/jobs/back_up.ts";
import type { JobOptions, RunEvent } from "../../sync/jobs/job.ts";

/** What an instance needs. */
export interface InstanceOptions {
  name: string;
  /** Its disk. */
  folder: string;
  settings: JobOptions["settings"];
  now: () => Date;
}

/** A job of the backup. */
export type Job = (options: RunOptions) => Promise<unknown>;

/** An instance; it runs from the start. */
export class Instance {
  readonly name: string;
  readonly database: string;
  /** Milliseconds by which its clock is wrong. */
  skew = 0;
  /** A job is under way. */
  busy = false;
  readonly #options: InstanceOptions;
  #store: SqliteReviewStore;
  #readFirst = true;
  #life = 0;
  #abort = new AbortController();
  #jobs: Promise<unknown>[] = [];
  readonly #deadJobs: { abort: AbortController; jobs: Promise<unknown>[] }[] = [];

  constructor(options: InstanceOptions) {
    this.name = options.name;
    this.#options = options;
    this.database = `${options.folder}/reviews.db`;
    this.#store = this.#open();
  }

  get store(): SqliteReviewStore {
    return this.#store;
  }

  /** The dataset's commit that this instance knows to be contained here. */
  get merged(): string | null {
    using db = openReadOnly(this.database);
    return readLedger(db).merged;
  }

  /** Runs a job as the backup would; `onEvent` may throw to cut it off there. */
  async run(job: Job, onEvent: (event: RunEvent) => void): Promise<unknown> {
    const { folder, settings } = this.#options;
    let changed = false;
    const store = this.#store;
    const work = job({
      settings: { ...settings, sentChunks: `${folder}/sent_chunks` },
      database: this.database,
      // What a killed job still has in hand must not meet the files of the next life.
      workDir: `${folder}/work${this.#life}`,
      csvDir: `${folder}/csv${this.#life}`,
      readFirst: this.#readFirst,
      now: this.#now,
      signal: this.#abort.signal,
      onEvent: (event) => {
        onEvent(event);
        if (event.type !== "read") return;
        this.#readFirst = false;
        changed = event.added + event.erased > 0;
      },
      exchange: {
        changes: () => store.changes(),
        exchange: (successor) => store.exchange(successor).catch(() => null),
      },
      exchangeFrom: 1,
    });
    this.#jobs.push(work.catch(() => {}));
    try {
      return await work;
    } finally {
      if (changed && store === this.#store) await store.refresh();
    }
  }

  /** Stops in good order and starts again; between the two nobody has the database open, and `meanwhile` may touch the disk. */
  async restart(meanwhile: (folder: string) => Promise<void> | void = () => {}): Promise<void> {
    await this.#store.close();
    await meanwhile(this.#options.folder);
    this.#start();
  }

  /** As after SIGKILL: nothing of the old process goes on, nothing is tidied up, and a new one starts on what lies there. */
  async kill(): Promise<void> {
    const killed = this.#store;
    this.#deadJobs.push({ abort: this.#abort, jobs: this.#jobs });
    this.#start();
    await killed.close(); // not before, or it would tidy up the log that the new process has to find
  }

  /** Ends everything that was ever started. */
  async close(): Promise<void> {
    await this.kill();
    for (const { abort, jobs } of this.#deadJobs) {
      abort.abort();
      await Promise.all(jobs);
    }
    await this.#store.close();
  }

  readonly #now = () => new Date(this.#options.now().getTime() + this.skew);

  #start(): void {
    this.#store = this.#open();
    this.#readFirst = true;
    this.#life++;
    this.#abort = new AbortController();
    this.#jobs = [];
    this.busy = false;
  }

  #open(): SqliteReviewStore {
    return openSqliteStore({ path: this.database, now: this.#now });
  }
}
