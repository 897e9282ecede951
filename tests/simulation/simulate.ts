// Drives up to three instances on one Hub through a history that a seed fixes, heals everything, and holds the end to the law.
import { runBackup, type RunResult } from "../../sync/jobs/back_up.ts";
import {
  damage,
  emptyTable,
  erase,
  keepCopy,
  kill,
  loseDisk,
  moveClock,
  restart,
  returnToCopy,
  rewriteHistory,
  submit,
} from "./acts.ts";
import { judge, type Verdict } from "./law.ts";
import { runJob, runTogether } from "./run_job.ts";
import { createWorld, type Participant, type Tally, type World } from "./world.ts";

/** How a simulation ended. */
export interface Outcome extends Verdict {
  tally: Tally;
  /** What was done, in order. */
  trace: string[];
}

const STEPS = 14;
const ENDS_WITHIN = 240_000; // milliseconds, on the most loaded machine

/** Runs the simulation that `seed` stands for. One that never ends breaks the law as well. */
export async function simulate(seed: number): Promise<Outcome> {
  const folder = await Deno.makeTempDir({ prefix: "hearback_simulation_", ...IN_MEMORY });
  const world = await createWorld({ seed, folder });
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(resolve, ENDS_WITHIN, "late" as const);
  const ended = await Promise.race([live(world), late]);
  clearTimeout(timer);
  const { tally, trace, witness } = world;
  tally.commits = witness.commits;
  if (ended === "late") return { ...broken("It does not end"), tally, trace }; // and cannot be tidied up either
  await world[Symbol.asyncDispose]();
  await Deno.remove(folder, { recursive: true });
  return { ...ended, tally, trace };
}

async function live(world: World): Promise<Verdict> {
  try {
    for (let step = 0; step < STEPS; step++) await act(world);
    await heal(world);
    return await judge({ ...world, repo: world.dataset, instances: await ends(world) });
  } catch (error) {
    return broken(error instanceof Error ? `${error.stack}` : String(error));
  }
}

function broken(problem: string): Verdict {
  return { problems: [problem], lost: 0, doubled: 0 };
}

// Every answer waits for the disk, which is most of the time that a simulation takes; what a real disk does is for other tests.
const IN_MEMORY = isFolder("/dev/shm") ? { dir: "/dev/shm" } : {};

type Act = (world: World, participant: Participant) => Promise<void> | void;

/** What may happen to an instance at any time, while one of its jobs runs included. */
const ANY_TIME: { weight: number; act: Act }[] = [
  { weight: 30, act: submit },
  { weight: 10, act: erase },
  { weight: 3, act: emptyTable },
  { weight: 2, act: moveClock },
  { weight: 4, act: rewriteHistory },
  { weight: 4, act: damage },
];

/** What happens only to an instance without a job. */
const IDLE: { weight: number; act: Act }[] = [
  { weight: 32, act: (world, participant) => runJob(world, participant, () => meanwhile(world)) },
  { weight: 5, act: (world) => runTogether(world, idle(world)) },
  { weight: 4, act: kill },
  { weight: 4, act: restart },
  { weight: 4, act: loseDisk },
  { weight: 3, act: keepCopy },
  { weight: 3, act: returnToCopy },
];

async function act(world: World): Promise<void> {
  const { dice, participants } = world;
  world.wait(dice.int(90_000));
  const participant = dice.pick(participants);
  const { act } = dice.pickWeighted(participant.instance.busy ? ANY_TIME : [...ANY_TIME, ...IDLE]);
  await act(world, participant);
  world.witness.look();
}

// Mostly somebody else writes to the dataset, which is what a job has to reckon with.
async function meanwhile(world: World): Promise<void> {
  const others = idle(world);
  if (others.length === 0 || world.dice.chance(50)) return await act(world);
  const other = world.dice.pick(others);
  await submit(world, other);
  await runJob(world, other, () => meanwhile(world));
}

function idle({ participants }: World): Participant[] {
  return participants.filter(({ instance }) => !instance.busy);
}

// Nothing goes wrong any more: each runs as it stands, then each is started anew until all have read all, and then all is quiet.
async function heal(world: World): Promise<void> {
  const { hub, dataset, participants, witness, note } = world;
  hub.faults.clear();
  note("heal");
  // A damaged file that nobody has read yet is replaced by the next commit, but never by one with the same contents: the Hub keeps what it
  // has under a hash, damage and all. And where nobody said anything, there is nothing to compare.
  if (witness.wasDamaged || witness.commits === 0) await submit(world, participants[0]!, { fresh: true });
  for (const round of [0, 1, 2, 3]) {
    const before = hub.repo(dataset)?.head;
    for (const { instance } of participants) {
      if (round > 0) await instance.restart();
      const { commit } = await instance.run(runBackup, () => {}) as RunResult;
      note(`${instance.name}: back up → ${commit?.slice(0, 7)}`);
    }
    if (round === 3 && hub.repo(dataset)!.head !== before) {
      witness.problems.push("commits are made although nothing is new");
    }
  }
}

function ends({ participants }: World) {
  return Promise.all(participants.map(async ({ instance: { name, database, store }, disk }) => {
    return { name, database, disk, pending: store.pending(), total: (await store.stats()).total };
  }));
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
