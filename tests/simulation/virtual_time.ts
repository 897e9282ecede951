// The time of a simulation: it stands still until it is moved on, and then whatever falls due on the way happens, one thing after the other.
import type { Clock } from "../../sync/clock.ts";

const MINUTE = 60_000;
const LONGEST_TIMER = 2 ** 31 - 1; // beyond it, a timer of the machine fires at once

/** The schedules that a simulation knows, with the minutes between two ticks. */
export const SCHEDULES: Readonly<Record<string, number>> = { "* * * * *": 1, "0 * * * *": 60, "0 3 * * *": 1440 };

interface Timer {
  at: number;
  order: number;
  work: () => void;
}

/** One time for everybody, in milliseconds since the simulation began. */
export class VirtualTime {
  /** What was asked of a clock that the machine's own would not have done. */
  readonly problems: string[] = [];
  #now = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();

  get now(): number {
    return this.#now;
  }

  /** When the next thing falls due, or undefined where nothing is planned. */
  get nextAt(): number | undefined {
    return this.#next()?.at;
  }

  /** Moves on to what falls due next and lets it happen. */
  fireNext(): void {
    const timer = this.#next();
    if (timer === undefined) return;
    this.#now = Math.max(this.#now, timer.at);
    this.#timers.delete(timer);
    timer.work();
  }

  /** Moves on, and nothing that falls due meanwhile happens before that, as on a machine that sleeps. */
  sleepUntil(at: number): void {
    this.#now = Math.max(this.#now, at);
  }

  plan(ms: number, work: () => void): () => void {
    const timer = { at: this.#now + Math.max(ms, 0), order: this.#order++, work };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (next === undefined || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) next = timer;
    }
    return next;
  }
}

/** The clock of one process; it ends with it. */
export class ProcessClock implements Clock {
  readonly #time: VirtualTime;
  readonly #planned = new Set<() => void>();

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  readonly ticks = () => this.#time.now; // is handed on without the clock

  after(ms: number, work: () => void): () => void {
    if (!(ms <= LONGEST_TIMER)) {
      this.#time.problems.push(`a timer of ${ms} ms was set, which a machine's clock lets fire at once`);
    }
    const cancel = this.#time.plan(ms, () => {
      this.#planned.delete(cancel);
      work();
    });
    this.#planned.add(cancel);
    return () => {
      this.#planned.delete(cancel);
      cancel();
    };
  }

  async repeat(schedule: string, { onTick, signal }: { onTick: () => void; signal: AbortSignal }): Promise<void> {
    const period = SCHEDULES[schedule]! * MINUTE;
    const { promise, resolve } = Promise.withResolvers<void>();
    const plan = () => {
      const cancel = this.after(period - this.#time.now % period, () => {
        signal.removeEventListener("abort", end);
        plan();
        onTick();
      });
      const end = () => {
        cancel();
        resolve();
      };
      signal.addEventListener("abort", end, { once: true });
      if (signal.aborted) end();
    };
    plan();
    await promise;
  }

  /** Nothing that was planned happens any more. */
  end(): void {
    for (const cancel of this.#planned) cancel();
    this.#planned.clear();
  }
}
