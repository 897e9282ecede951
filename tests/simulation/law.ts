// The law of the simulation: once everything has healed, all agree, and nothing is missing or doubled.
import { readCsv } from "../../db/file/csv.ts";
import type { Hub } from "../hub/hub.ts";
import { type Contents, readContents, type Row } from "./contents.ts";
import { type Disk, textOf, type Witness } from "./witness.ts";

/** What stands at the end. */
export interface LawOptions {
  hub: Hub;
  repo: string;
  witness: Witness;
  /** Every instance with its database file and what was answered by its disk. */
  instances: { name: string; database: string; disk: Disk; pending: number; total: number }[];
  /** Folder for a working file. */
  folder: string;
}

/** How the law was broken. */
export interface Verdict {
  problems: string[];
  /** Reviews that should be there and are not. */
  lost: number;
  /** Reviews that are there more than once. */
  doubled: number;
}

/** Holds the end of a simulation to the law. */
export async function judge({ hub, repo, witness, instances, folder }: LawOptions): Promise<Verdict> {
  witness.look();
  const problems = [...witness.problems];
  const head = hub.repo(repo)!;
  const dataset = readContents(head.file("reviews.db")!);
  const disks = [witness.dataset, ...instances.map(({ disk }) => disk)];
  const erased = union(disks.map(({ erasures }) => erasures));
  const answered = union(disks.map(({ reviews }) => reviews));
  const kept = new Set(dataset.rows.map(({ uid }) => uid));

  for (const { name, database, pending, total } of instances) {
    const here = readContents(database);
    if (describe(here) !== describe(dataset)) problems.push(`${name} does not hold what the dataset holds`);
    if (pending !== 0) problems.push(`${name} says that ${pending} changes are not backed up`);
    if (total !== here.rows.length) problems.push(`${name} counts ${total} reviews and holds ${here.rows.length}`);
  }
  if (await describeCsv(head.file("reviews.csv")!, folder) !== JSON.stringify(dataset.rows)) {
    problems.push("reviews.csv does not hold what reviews.db holds");
  }
  for (const uid of erased.difference(dataset.erasures)) problems.push(`the erasure of ${uid} is gone`);
  for (const uid of dataset.erasures.intersection(kept)) problems.push(`${uid} was erased and is there`);
  for (const row of dataset.rows) {
    if (!witness.sent.get(row.uid)?.has(textOf(row))) problems.push(`nobody sent ${JSON.stringify(row)}`);
  }
  const lost = answered.difference(dataset.erasures).difference(kept);
  for (const uid of lost) problems.push(`${uid} was answered and is lost`);
  const doubled = dataset.rows.length - new Set(dataset.rows.map(({ comments }) => comments)).size;
  if (doubled > 0) problems.push(`${doubled} reviews are there more than once`);
  return { problems, lost: lost.size, doubled };
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
  for await (const { id, created_at, name, review, comments, uid, source } of readCsv(path)) {
    rows.push({ id, created_at, name, review, comments, uid, source } as Row);
  }
  return JSON.stringify(rows);
}
