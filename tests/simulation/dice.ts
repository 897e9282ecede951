// The only source of chance in a simulation, so that a seed repeats it.

/** Numbers that look random and that `seed` fixes. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 up to, and not including, `below` (mulberry32). */
  int(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor(((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 * below);
  }

  /** True in `percent` of 100 cases. */
  chance(percent: number): boolean {
    return this.int(100) < percent;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new TypeError("There is nothing to pick from");
    return items[this.int(items.length)]!;
  }

  /** One of `items`, each as likely as its weight says. */
  pickWeighted<T extends { weight: number }>(items: readonly T[]): T {
    let at = this.int(items.reduce((sum, { weight }) => sum + weight, 0));
    return items.find(({ weight }) => (at -= weight) < 0) ?? this.pick(items);
  }

  uuid(): string {
    const hex = Array.from({ length: 32 }, () => this.int(16).toString(16)).join("");
    return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5");
  }
}
