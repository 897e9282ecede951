// One Hearback of the simulation: a disk that outlives its processes, and the process that runs on it now.
import { readLedger } from "../../db/sqlite/ledger.ts";
import { openReadOnly } from "../../db/file/open_database.ts";
import type { SqliteReviewStore } from "../../db/sqlite/sqlite_store.ts";
import type { BackupSettings } from "../../sync/running_backup.ts";
import { Life, type LifeObserver, type LifeOptions } from "./life.ts";

/** What an instance needs. */
export interface InstanceOptions extends Pick<LifeOptions, "time" | "count"> {
  name: string;
  /** Its disk. */
  folder: string;
  settings: BackupSettings;
  /** The right time. */
  now: () => Date;
  onProblem: (problem: string) => void;
}

/** An instance; it does not run before {@linkcode Instance.start}. */
export class Instance {
  readonly name: string;
  readonly database: string;
  /** What it is started with; a new token is put here too. */
  readonly settings: BackupSettings;
  /** Milliseconds by which its clock is wrong. */
  skew = 0;
  /** Who hears of its jobs now. */
  observer: Partial<Omit<LifeObserver, "onProblem">> = {};
  readonly #options: InstanceOptions;
  #life: Life | undefined;
  readonly #lives: Life[] = [];

  constructor(options: InstanceOptions) {
    this.name = options.name;
    this.settings = { ...options.settings };
    this.#options = options;
    this.database = `${options.folder}/reviews.db`;
  }

  get isUp(): boolean {
    return this.#life !== undefined;
  }

  /** The life that it lives now; throws where it is down. */
  get life(): Life {
    if (this.#life === undefined) throw new TypeError(`${this.name} is down`);
    return this.#life;
  }

  get store(): SqliteReviewStore {
    return this.life.store;
  }

  /** One of its requests waits for what others do meanwhile. */
  get isParked(): boolean {
    return this.#life?.parkedAt !== undefined;
  }

  /** Everything that it ever lived. */
  get lives(): readonly Life[] {
    return this.#lives;
  }

  /** It has a job under way, or a stop. */
  get isBusy(): boolean {
    return this.#life !== undefined && this.#life.underWay.length > 0;
  }

  /** The dataset's commit that its disk is known to contain. */
  get merged(): string | null {
    try {
      using db = openReadOnly(this.database);
      return readLedger(db).merged;
    } catch {
      return null; // an empty disk
    }
  }

  start(): void {
    const { folder, time, count, onProblem } = this.#options;
    this.#life = new Life({
      folder,
      database: this.database,
      number: this.#lives.length,
      settings: { ...this.settings },
      time,
      now: () => new Date(this.#options.now().getTime() + this.skew),
      count,
      observer: {
        onBegin: (life, job) => this.observer.onBegin?.(life, job),
        onEvent: (life, job, event) => this.observer.onEvent?.(life, job, event),
        onEnd: (life, job) => this.observer.onEnd?.(life, job),
        onProblem: (problem) => onProblem(`${this.name}: ${problem}`),
      },
    });
    this.#lives.push(this.#life);
  }

  /** As after SIGKILL: nothing of the old process goes on, nothing is tidied up, and a new one starts on what lies there. */
  async kill(): Promise<void> {
    const { store } = this.#kill();
    this.start();
    await store.close(); // not before, or it would tidy up the log that the new process has to find
  }

  /** The same, and the new one starts on a disk that `replace` has put in the place of the old one. */
  async killAndLose(replace: (folder: string) => Promise<void>): Promise<void> {
    const { store } = this.#kill();
    const { folder } = this.#options;
    await Deno.remove(folder, { recursive: true });
    await Deno.mkdir(folder);
    await store.close().catch(() => {}); // before another file has its name, or it would tidy up that one's log
    await replace(folder);
    this.start();
  }

  /** The process has stopped in good order: nobody has the database open. */
  async end(): Promise<void> {
    const stopped = this.life;
    stopped.isDead = true;
    stopped.clock.end();
    this.#life = undefined;
    await stopped.store.close();
  }

  /** Does something to the disk of an instance that is down. */
  async touchDisk(touch: (folder: string) => Promise<void>): Promise<void> {
    await touch(this.#options.folder);
  }

  #kill(): Life {
    const killed = this.life;
    killed.isDead = true;
    killed.clock.end();
    this.#life = undefined;
    return killed;
  }

  /** Ends everything that was ever started. */
  async dispose(): Promise<void> {
    for (const life of this.#lives) {
      life.isDead = true;
      life.clock.end();
    }
    await Promise.all(
      this.#lives.flatMap(({ jobs }) => jobs.filter(({ ended }) => !ended).map((job) => job.dispose())),
    );
    await this.#life?.store.close();
  }
}
