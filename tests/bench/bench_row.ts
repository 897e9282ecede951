// What a row of the benchmark is: two things measured in turn in the same run, the one as a share of the other.
import type { Server } from "./server.ts";

/** A row of the table. */
export interface Row {
  /** What is measured of Hearback, and what it is held against. */
  what: string;
  against: string;
  unit: string;
  goal?: { atLeast: number } | { atMost: number };
  /** How many rounds count; five unless told. */
  rounds?: number;
  /** Programs without which it is left out. */
  needs?: ("wrk" | "sqlite3")[];
  /** Starts what is measured. */
  prepare(bench: Bench): Promise<Sides>;
}

/** How both sides are measured, each once a round, in `unit`. */
export interface Sides {
  ours(): Promise<number>;
  theirs(): Promise<number>;
  /** Throws where something was amiss after all. */
  check?(): Promise<void>;
}

/** What one round came to. */
interface Pair {
  ours: number;
  theirs: number;
}

/** What the rows work with. */
export interface Bench {
  /** A new folder, removed at the end. */
  folder(): Promise<string>;
  /** A new folder with a `reviews.db` of that many reviews. */
  dataDir(reviews: number): Promise<string>;
  /** Ends with the row what is being started. */
  use<T extends AsyncDisposable>(started: Promise<T>): Promise<T>;
  /** A Hearback without a backup, with that many reviews, 10 unless told. */
  hearback(reviews?: number): Promise<Server>;
  /** A server that does next to nothing: a program of this folder. */
  bare(program?: "bare_server.ts" | "bare_hono.ts", ...args: string[]): Promise<Server>;
}

/** Measures two things in the same way. */
export function alike<T>([ours, theirs]: readonly [T, T], measure: (side: T) => Promise<number>): Sides {
  return { ours: () => measure(ours), theirs: () => measure(theirs) };
}

/** Measures both sides in turn, after one round to warm up, so that a machine that is busy for a while slows both; a line of the table. */
export async function measuredLine(row: Row, bench: Bench): Promise<string> {
  const { ours, theirs, check } = await row.prepare(bench);
  const pairs: Pair[] = [];
  for (let round = 0; round <= (row.rounds ?? 5); round++) {
    pairs.push(
      round % 2 === 0 ? { theirs: await theirs(), ours: await ours() } : { ours: await ours(), theirs: await theirs() },
    );
  }
  await check?.();
  return line(row, pairs.slice(1));
}

/** The middle one, or what lies between the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (place: number) => sorted[Math.floor(place)] ?? NaN;
  return (at((sorted.length - 1) / 2) + at(sorted.length / 2)) / 2;
}

function line({ what, against, unit, goal }: Row, pairs: Pair[]): string {
  const ratio = median(pairs.map(({ ours, theirs }) => ours / theirs));
  const cells = [
    what,
    `${shown(median(pairs.map(({ ours }) => ours)))} ${unit}`,
    against,
    `${shown(median(pairs.map(({ theirs }) => theirs)))} ${unit}`,
    shown(ratio),
    verdict(goal, ratio),
  ];
  return `| ${cells.join(" | ")} |`;
}

function shown(value: number): string {
  return value < 100 ? String(Number(value.toPrecision(value < 0.1 ? 2 : 3))) : value.toFixed(0);
}

function verdict(goal: Row["goal"], ratio: number): string {
  if (goal === undefined) return "";
  return "atLeast" in goal
    ? `at least ${goal.atLeast}: ${ratio >= goal.atLeast ? "met" : "missed"}`
    : `at most ${goal.atMost}: ${ratio <= goal.atMost ? "met" : "missed"}`;
}
