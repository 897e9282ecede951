// Drives up to three instances on one Hub through a history that a seed fixes, heals everything, and holds the end to the law.
import { readContents } from "./contents.ts";
import { hangDrill, squashTwice, tokenWhileFailing } from "./awkward_moments.ts";
import { heal } from "./heal.ts";
import type { Life } from "./life.ts";
import { judge, type Verdict } from "./law.ts";
import { emptyTable, failingListener, kill, moveClock, start, stop } from "./machines.ts";
import { erase, submit, wish } from "./people.ts";
import type { Job } from "./run_in_process.ts";
import { letTimePass, settle } from "./settle.ts";
import {
  damage,
  denyFiles,
  endWhatLasts,
  forgetFiles,
  prepareDataset,
  putForeignFile,
  rewriteHistory,
} from "./somebody_else.ts";
import { withTroubles } from "./trouble_plan.ts";
import { watchErrors } from "./unhandled.ts";
import { servedBy } from "./wishes.ts";
import { createWorld, type Participant, type Tally, type World } from "./world.ts";

/** How a simulation ended. */
export interface Outcome extends Verdict {
  tally: Tally;
  /** What was done, in order. */
  trace: string[];
}

const STEPS = 16;
const ENDS_WITHIN = 240_000; // milliseconds, on the most loaded machine

/** Runs the simulation that `seed` stands for. One that never ends breaks the law as well. */
export async function simulate(seed: number): Promise<Outcome> {
  const folder = await Deno.makeTempDir({ prefix: "hearback_simulation_", ...IN_MEMORY });
  const world = await createWorld({ seed, folder });
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const errors = watchErrors();
  const timer = setTimeout(resolve, ENDS_WITHIN, "late" as const);
  const ended = await Promise.race([live(world), late]);
  clearTimeout(timer);
  if (ended !== "late") ended.problems.push(...errors.end());
  const { tally, trace, witness } = world;
  tally.commits = witness.commits;
  if (ended === "late") return { ...broken("It does not end"), tally, trace }; // and cannot be tidied up either
  await world[Symbol.asyncDispose]();
  await Deno.remove(folder, { recursive: true });
  return { ...ended, tally, trace };
}

async function live(world: World): Promise<Verdict> {
  try {
    prepareDataset(world);
    for (const participant of world.participants) {
      watch(world, participant);
      participant.instance.start();
    }
    await settle(world);
    for (let step = 0; step < STEPS; step++) await act(world);
    return await judge(world, await heal(world));
  } catch (error) {
    const verdict = broken(error instanceof Error ? `${error.stack}` : String(error));
    return { ...verdict, problems: [...world.witness.problems, ...verdict.problems] };
  }
}

function broken(problem: string): Verdict {
  return { problems: [problem], lost: 0, doubled: 0, cameBack: 0, strangersBytesLost: 0, wishesForgotten: 0 };
}

// Every answer waits for the disk, which is most of the time that a simulation takes; what a real disk does is for other tests.
const IN_MEMORY = isFolder("/dev/shm") ? { dir: "/dev/shm" } : {};

// What the witness has to know of each job.
function watch({ witness, tally }: World, { instance }: Participant): void {
  const from = new Map<Job, Set<string>>();
  instance.observer = {
    onBegin(life: Life, job: Job) {
      tally.jobs++;
      if (job.name === "backup") from.set(job, new Set(readContents(instance.database).rows.map(({ uid }) => uid)));
      if (job.name !== "squash") return;
      const open = life.wishes.some((wish) => wish.kind === "squash" && servedBy(life, wish) === undefined);
      witness.squashes.push({ asked: open, isOver: () => job.ended });
    },
    onEvent(_life, job, event) {
      if (event.type === "committed" && from.has(job)) witness.madeFrom.set(event.commit, from.get(job)!);
    },
  };
}

type Act = (world: World, participant: Participant) => Promise<void> | void;

const passTime: Act = (world) => letTimePass(world, world.dice.pick([5, 20, 65, 65, 130, 600, 4000, 90_000]) * 1000);

/** What happens to the dataset is worst for whoever has to read it then on an empty disk. */
function andLoseDisk(act: (world: World) => void): Act {
  return async (world, participant) => {
    act(world);
    if (world.depth < 2 && world.dice.chance(50)) await kill(world, participant, true);
  };
}

/** What may happen to an instance at any time, while one of its jobs is under way included. */
const ANY_TIME: { weight: number; act: Act }[] = [
  { weight: 30, act: submit },
  { weight: 10, act: erase },
  { weight: 14, act: wish },
  { weight: 7, act: stop },
  { weight: 4, act: (world, participant) => kill(world, participant) },
  { weight: 3, act: emptyTable },
  { weight: 2, act: moveClock },
  { weight: 4, act: rewriteHistory },
  { weight: 4, act: putForeignFile },
  { weight: 5, act: andLoseDisk(damage) },
  { weight: 4, act: andLoseDisk(denyFiles) },
  { weight: 2, act: andLoseDisk(forgetFiles) },
  { weight: 6, act: endWhatLasts },
  { weight: 24, act: passTime },
  { weight: 4, act: hangDrill },
  { weight: 3, act: squashTwice },
  { weight: 2, act: tokenWhileFailing },
  { weight: 1, act: failingListener },
];

async function act(world: World): Promise<void> {
  const { dice, participants } = world;
  const able = participants.filter(({ instance, stop }) => stop === undefined && (instance.isUp || world.depth === 0));
  if (able.length === 0) return;
  const participant = dice.pick(able);
  if (!participant.instance.isUp) {
    return await withTroubles(world, participant, {
      act: () => start(world, participant),
      meanwhile: () => act(world),
    });
  }
  const { act: drawn } = dice.pickWeighted(ANY_TIME);
  if (world.depth < 3 && !participant.instance.isParked && dice.chance(60)) {
    await withTroubles(world, participant, { act: () => drawn(world, participant), meanwhile: () => meanwhile(world) });
  } else {
    await drawn(world, participant);
    await settle(world);
  }
  world.witness.look();
}

// Mostly somebody else writes to the dataset, which is what a job has to reckon with.
async function meanwhile(world: World): Promise<void> {
  const { dice, participants } = world;
  const others = participants.filter(({ instance, stop }) => instance.isUp && stop === undefined && !instance.isParked);
  if (others.length === 0 || dice.chance(60)) return await act(world);
  const other = dice.pick(others);
  await submit(world, other);
  await withTroubles(world, other, {
    act: () => letTimePass(world, 65_000),
    meanwhile: () => meanwhile(world),
  });
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
