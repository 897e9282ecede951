// One Hearback of the simulation: a disk, a store on it, and jobs of the backup that can be frozen, killed and started again.
import { readLedger } from "../../db/ledger.ts";
import { openReadOnly } from "../../db/open_database.ts";
import { openSqliteStore } from "../../db/sqlite_store.ts";
import type { ReviewStore } from "../../db/store.ts";
import type { JobOptions, RunEvent, RunOptions } from "../../sync/backup_run.ts";

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
  #store: ReviewStore;
  #readFirst = true;
  #abort = new AbortController();
  #jobs: Promise<unknown>[] = [];
  /** Stores of processes that were killed: nobody closed them, and nobody uses them. */
  #dead: ReviewStore[] = [];
  readonly #deadJobs: { abort: AbortController; jobs: Promise<unknown>[] }[] = [];

  constructor(options: InstanceOptions) {
    this.name = options.name;
    this.#options = options;
    this.database = `${options.folder}/reviews.db`;
    this.#store = this.#open();
  }

  get store(): ReviewStore {
    return this.#store;
  }

  /** The dataset's commit that this instance knows to be contained here. */
  get merged(): string | null {
    const db = openReadOnly(this.database);
    try {
      return readLedger(db).merged;
    } finally {
      db.close();
    }
  }

  /** Runs a job as the backup would; `onEvent` may throw to cut it off there. */
  async run(job: Job, onEvent: (event: RunEvent) => void): Promise<unknown> {
    const { folder, settings } = this.#options;
    let changed = false;
    const work = job({
      settings: { ...settings, sentChunks: `${folder}/sent_chunks` },
      database: this.database,
      workDir: `${folder}/work`,
      readFirst: this.#readFirst,
      now: this.#now,
      signal: this.#abort.signal,
      onEvent: (event) => {
        onEvent(event);
        if (event.type !== "read") return;
        this.#readFirst = false;
        changed = event.added + event.erased > 0;
      },
    });
    this.#jobs.push(work.catch(() => {}));
    const store = this.#store;
    try {
      return await work;
    } finally {
      if (changed && store === this.#store) await store.refresh();
    }
  }

  /** Stops in good order and starts again; between the two nobody has the database open, and `meanwhile` may touch the disk. */
  async restart(meanwhile: (folder: string) => Promise<void> | void = () => {}): Promise<void> {
    await Promise.all([this.#store, ...this.#dead].map((store) => store.close()));
    this.#dead = [];
    await meanwhile(this.#options.folder);
    this.#start();
  }

  /** As after SIGKILL: nothing of the old process goes on, nothing is tidied up, and a new one starts on what lies there. */
  kill(): void {
    this.#dead.push(this.#store);
    this.#deadJobs.push({ abort: this.#abort, jobs: this.#jobs });
    this.#start();
  }

  /** Ends everything that was ever started. */
  async close(): Promise<void> {
    this.kill();
    for (const { abort, jobs } of this.#deadJobs) {
      abort.abort();
      await Promise.all(jobs);
    }
    await Promise.all([this.#store, ...this.#dead].map((store) => store.close()));
  }

  readonly #now = () => new Date(this.#options.now().getTime() + this.skew);

  #start(): void {
    this.#store = this.#open();
    this.#readFirst = true;
    this.#abort = new AbortController();
    this.#jobs = [];
    this.busy = false;
  }

  #open(): ReviewStore {
    return openSqliteStore({ path: this.database, now: this.#now });
  }
}
