// A clock that a test moves on by hand: timers fire in their order, and between two of them everything that was set off is given its turn.
import type { Clock } from "../sync/clock.ts";

/** A {@linkcode Clock} whose time stands still until it is moved on. */
export class VirtualClock implements Clock {
  #now = 0;
  #timers = new Set<{ at: number; work: () => void }>();

  ticks(): number {
    return this.#now;
  }

  after(ms: number, work: () => void): () => void {
    const timer = { at: this.#now + ms, work };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Ticks each minute, whatever the schedule says. */
  async repeat(_schedule: string, { onTick, signal }: { onTick: () => void; signal: AbortSignal }): Promise<void> {
    const ended = Promise.withResolvers<void>();
    let cancel = () => {};
    const next = () => {
      cancel = this.after(60_000 - this.#now % 60_000, () => {
        onTick();
        next();
      });
    };
    next();
    signal.addEventListener("abort", () => {
      cancel();
      ended.resolve();
    });
    await ended.promise;
  }

  /** Lets `ms` milliseconds pass; `settle` is waited for after each timer, by default one turn of the event loop. */
  async pass(ms: number, settle: () => Promise<unknown> = turn): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.work();
      await settle();
    }
    this.#now = until;
  }

  #next(until: number) {
    return [...this.#timers].filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0];
  }
}

/** A turn of the event loop, in which promises that are ready go on. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
