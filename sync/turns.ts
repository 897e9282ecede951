// Gives jobs their turns, one at a time. It knows who wants which, who comes first and who gives way, and nothing of what they do.
import type { Clock } from "./clock.ts";

/** A job that can be wished for. */
export interface Job {
  /** It comes before all that is not required, which gives way to it; at a stop it runs a last time. */
  required?: boolean;
  /** Does the work. Aborting `signal` means: give up at once, somebody else needs the turn. What it throws counts as not done. */
  work: (signal: AbortSignal) => Promise<void>;
  /** In ticks of the clock: no turn before that, the last one at a stop aside. */
  earliest?: () => number;
  /** Whether it makes sense now; until then its wish waits. */
  isReady?: () => boolean;
  /** Hears what the work threw, unless it gave way, and how often in a row it had failed before; returns the milliseconds until the next try. */
  onFailure: (error: unknown, failures: number) => number;
}

/** What turns are made of. */
export interface TurnsOptions<Name extends string> {
  /** In the order in which they come where several are wished for. */
  jobs: Record<Name, Job>;
  clock: Pick<Clock, "ticks" | "after">;
  /** Milliseconds that a turn may take. */
  limitMs: number;
  /** Called after each turn, whatever came of it, and waited for. */
  afterTurn: (name: Name) => Promise<void> | void;
  /** Hears what a hook threw; nothing ends because of it. */
  onError: (error: unknown) => void;
}

interface State extends Job {
  /** When a turn is wished for, in ticks of the clock; undefined where none is. */
  at: number | undefined;
  failures: number;
}

/** One job at a time, one more if asked, a timer, and an end. */
export class Turns<Name extends string> {
  readonly #options: TurnsOptions<Name>;
  readonly #jobs: Map<Name, State>;
  #running: { name: Name; giveUp: AbortController; ended: Promise<void> } | undefined;
  #cancelTimer = () => {};
  #isStopping = false;

  constructor(options: TurnsOptions<Name>) {
    this.#options = options;
    const jobs = Object.entries(options.jobs) as [Name, Job][];
    // Required jobs first; sorting keeps the given order otherwise.
    const inOrder = jobs.toSorted(([, one], [, other]) =>
      Number(other.required ?? false) - Number(one.required ?? false)
    );
    this.#jobs = new Map(inOrder.map(([name, job]) => [name, { ...job, at: undefined, failures: 0 }]));
  }

  /** Wishes for a turn of `name`, `afterMs` milliseconds from now; of several wishes the soonest counts. */
  wish(name: Name, afterMs = 0): void {
    if (this.#isStopping) return;
    this.#put(name, afterMs);
    this.#goOn();
  }

  /** Milliseconds until the turn that is wished for, or undefined without a wish; 0 where it only waits for others. */
  dueIn(name: Name): number | undefined {
    const at = dueAt(this.#jobs.get(name)!);
    return at === undefined ? undefined : Math.max(0, at - this.#options.clock.ticks());
  }

  /** Whether a turn of `name` is under way or wished for. */
  isWished(name: Name): boolean {
    return this.running === name || this.dueIn(name) !== undefined;
  }

  /** The job whose turn it is. */
  get running(): Name | undefined {
    return this.#running?.name;
  }

  /**
   * Gives up what is not required, waits for what is, then gives each required job a last turn, wished for or not. Resolves when that is
   * over; aborting `signal` gives up whatever runs and begins nothing more.
   */
  async stop(signal: AbortSignal): Promise<void> {
    this.#isStopping = true;
    this.#cancelTimer();
    if (this.#running && !this.#jobs.get(this.#running.name)!.required) this.#running.giveUp.abort();
    const giveUp = () => this.#running?.giveUp.abort();
    signal.addEventListener("abort", giveUp);
    if (signal.aborted) giveUp();
    await this.#running?.ended;
    for (const [name, { required }] of this.#jobs) {
      if (!required || signal.aborted) continue;
      this.#begin(name);
      await this.#running!.ended;
    }
    signal.removeEventListener("abort", giveUp);
  }

  #put(name: Name, afterMs: number): void {
    const job = this.#jobs.get(name)!;
    job.at = Math.min(job.at ?? Infinity, this.#options.clock.ticks() + afterMs);
  }

  // Begins what is due or, while something runs, has it give way to what is required; else sets the timer for what comes next.
  #goOn(): void {
    this.#cancelTimer();
    if (this.#isStopping) return;
    const now = this.#options.clock.ticks();
    const wished = [...this.#jobs].filter(([, job]) => job.at !== undefined && this.#isReady(job));
    const due = wished.find(([, job]) => dueAt(job)! <= now);
    if (due !== undefined && this.#running === undefined) this.#begin(due[0]);
    else if (due?.[1].required && !this.#jobs.get(this.#running!.name)!.required) this.#running!.giveUp.abort();
    const next = Math.min(...wished.map(([, job]) => dueAt(job)!).filter((at) => at > now));
    if (Number.isFinite(next)) this.#cancelTimer = this.#options.clock.after(next - now, () => this.#goOn());
  }

  #isReady(job: State): boolean {
    try {
      return job.isReady?.() ?? true;
    } catch (error) {
      this.#options.onError(error);
      return false;
    }
  }

  #begin(name: Name): void {
    const giveUp = new AbortController();
    const job = this.#jobs.get(name)!;
    job.at = undefined; // the wish is taken; one that comes from now on is another
    const running = { name, giveUp, ended: Promise.resolve() };
    this.#running = running;
    running.ended = this.#turn(name, giveUp);
  }

  // Never rejects.
  async #turn(name: Name, giveUp: AbortController): Promise<void> {
    const { clock, limitMs, afterTurn, onError } = this.#options;
    const job = this.#jobs.get(name)!;
    let isTooLong = false;
    const cancelLimit = clock.after(limitMs, () => {
      isTooLong = true;
      giveUp.abort();
    });
    try {
      await job.work(giveUp.signal);
      job.failures = 0;
    } catch (error) {
      const gaveWay = giveUp.signal.aborted && !isTooLong && !this.#isStopping;
      this.#put(name, gaveWay ? 0 : this.#waitAfter(job, error));
    }
    cancelLimit();
    try {
      await afterTurn(name);
    } catch (error) {
      onError(error);
    }
    this.#running = undefined;
    this.#goOn();
  }

  #waitAfter(job: State, error: unknown): number {
    try {
      return job.onFailure(error, job.failures++);
    } catch (thrown) {
      this.#options.onError(thrown);
      return 60_000;
    }
  }
}

function dueAt({ at, earliest }: State): number | undefined {
  return at === undefined ? undefined : Math.max(at, earliest?.() ?? -Infinity);
}
