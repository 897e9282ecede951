// The law of the simulation: once everything has healed, all agree, and nothing is missing or doubled.
import { readCsv } from "../../db/file/csv.ts";
import { type Contents, readContents, type Row } from "./contents.ts";
import { judgeStrangers } from "./law_of_strangers.ts";
import { textOf } from "./witness.ts";
import type { World } from "./world.ts";

/** How the law was broken. */
export interface Verdict {
  problems: string[];
  /** Reviews that should be there and are not. */
  lost: number;
  /** Reviews that are there more than once. */
  doubled: number;
  /** Erased reviews that a commit brought back. */
  cameBack: number;
  /** Files of somebody else that are gone and were not taken over whole. */
  strangersBytesLost: number;
  wishesForgotten: number;
}

/** Holds the end of a simulation to the law. */
export async function judge(world: World, wishesForgotten: number): Promise<Verdict> {
  const { hub, witness, participants, folder } = world;
  witness.look();
  const problems = [...witness.problems, ...world.time.problems];
  const head = hub.repo(world.dataset)!;
  const dataset = witness.head;
  const nothing = { lost: 0, doubled: 0, cameBack: witness.cameBack, strangersBytesLost: 0, wishesForgotten };
  if (dataset === undefined) {
    return { ...nothing, problems: [...problems, "the head holds no good database of Hearback's"] };
  }
  const disks = [witness.dataset, ...participants.map(({ disk }) => disk)];
  const erased = union(disks.map(({ erasures }) => erasures));
  const answered = union(disks.map(({ reviews }) => reviews));
  const kept = new Set(dataset.rows.map(({ uid }) => uid));

  for (const { instance: { name, database } } of participants) {
    if (describe(readContents(database)) !== describe(dataset)) {
      problems.push(`${name} does not hold what the dataset holds`);
    }
  }
  const csv = head.file("reviews.csv");
  if (csv === undefined || await describeCsv(csv, folder) !== JSON.stringify(dataset.rows)) {
    problems.push("reviews.csv does not hold what reviews.db holds");
  }
  for (const uid of erased.difference(dataset.erasures)) problems.push(`the erasure of ${uid} is gone`);
  for (const uid of dataset.erasures.intersection(kept)) problems.push(`${uid} was erased and is there`);
  for (const row of dataset.rows) {
    const isKnown = witness.sent.get(row.uid)?.has(textOf(row)) || witness.strangers.texts.has(row.comments ?? "");
    if (!isKnown) problems.push(`nobody sent ${JSON.stringify(row)}`);
  }
  const lost = answered.difference(dataset.erasures).difference(kept);
  for (const uid of lost) problems.push(`${uid} was answered and is lost`);
  const doubled = dataset.rows.length - new Set(dataset.rows.map(({ comments }) => comments)).size;
  if (doubled > 0) problems.push(`${doubled} reviews are there more than once`);
  const strangers = judgeStrangers(world, dataset);
  return {
    ...nothing,
    problems: [...problems, ...strangers.problems],
    lost: lost.size + strangers.lost,
    doubled,
    strangersBytesLost: strangers.bytesLost,
  };
}

function union(sets: Set<string>[]): Set<string> {
  return sets.reduce((all, set) => all.union(set), new Set<string>());
}

function describe({ rows, erasures }: Contents): string {
  return JSON.stringify([rows, [...erasures].sort()]);
}

async function describeCsv(bytes: Uint8Array, folder: string): Promise<string> {
  const path = `${folder}/end.csv`;
  await Deno.writeFile(path, bytes);
  const rows: Row[] = [];
  try {
    for await (const { id, created_at, name, review, comments, uid, source } of readCsv(path)) {
      rows.push({ id, created_at, name, review, comments, uid, source } as Row);
    }
  } catch (error) {
    return `It cannot be read: ${error}`;
  }
  return JSON.stringify(rows);
}
