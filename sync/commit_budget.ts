// Keeps all runs together under the Hub's limit of commits per hour.

/** Counts commits in a sliding window. `now` counts milliseconds and must not follow the wall clock, which people set. */
export class CommitBudget {
  readonly #limit: number;
  readonly #window: number;
  readonly #now: () => number;
  #times: number[] = [];

  constructor(options: { limit: number; windowMs: number; now: () => number }) {
    this.#limit = options.limit;
    this.#window = options.windowMs;
    this.#now = options.now;
  }

  /** Notes a commit. */
  spend(): void {
    this.#times.push(this.#now());
  }

  /** Milliseconds until the next commit is allowed; 0 if it is now. */
  wait(): number {
    const now = this.#now();
    this.#times = this.#times.filter((time) => time > now - this.#window);
    const oldest = this.#times.at(-this.#limit);
    return oldest === undefined ? 0 : oldest + this.#window - now;
  }

  /** Milliseconds since the last commit; infinite without one. */
  sinceLast(): number {
    return this.#now() - (this.#times.at(-1) ?? -Infinity);
  }
}
