// What a row of the benchmark is: two things measured in turn in the same run, the one as a share of the other.

/** A row of the table. */
export interface Row {
  /** What is measured of Hearback, and what it is held against. */
  what: string;
  against: string;
  goal?: { atLeast: number } | { atMost: number };
  /** Programs without which it is left out. */
  needs: ("wrk" | "sqlite3")[];
  measure(bench: Bench): Promise<Pair[]>;
}

/** What one round came to, both in `unit`. */
export interface Pair {
  ours: number;
  theirs: number;
  unit: string;
}

/** What the rows share. */
export interface Bench {
  /** A new folder, removed at the end. */
  folder(): Promise<string>;
  /** A new folder with a `reviews.db` of that many reviews. */
  dataDir(reviews: number): Promise<string>;
}

/** Measures both in turn, `rounds` times after one to warm up, so that a machine that is busy for a while slows both. */
export async function inTurn(
  unit: string,
  { rounds, ours, theirs }: { rounds: number; ours: () => Promise<number>; theirs: () => Promise<number> },
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round <= rounds; round++) {
    pairs.push(
      round % 2 === 0
        ? { unit, ours: await ours(), theirs: await theirs() }
        : { unit, theirs: await theirs(), ours: await ours() },
    );
  }
  return pairs.slice(1);
}

/** The middle one, or what lies between the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (place: number) => sorted[Math.floor(place)] ?? NaN;
  return (at((sorted.length - 1) / 2) + at(sorted.length / 2)) / 2;
}

/** The row as a line of the table. */
export function line({ what, against, goal }: Row, pairs: Pair[]): string {
  const unit = pairs[0]?.unit ?? "";
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
