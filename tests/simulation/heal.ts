// The end of a simulation: nothing goes wrong any more, time passes, and each wish and promise has to have come true by itself.
import { forgotten, late } from "./wishes.ts";
import { endWhatLasts } from "./somebody_else.ts";
import { submit } from "./people.ts";
import { letTimePass, settle } from "./settle.ts";
import { beginStop } from "./stops.ts";
import { readContents } from "./contents.ts";
import { SCHEDULES } from "./virtual_time.ts";
import type { Participant, World } from "./world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Lets everything heal and reports what has not; returns how many wishes nobody fulfilled. */
export async function heal(world: World): Promise<number> {
  const { hub, participants, witness, note } = world;
  hub.faults.clear();
  endWhatLasts(world);
  note("heal");
  for (const { instance } of participants) if (!instance.isUp) instance.start();
  await settle(world);
  for (const ms of [MINUTE, 5 * MINUTE, 12 * MINUTE, HOUR, 2 * HOUR, 25 * HOUR, 25 * HOUR]) {
    await letTimePass(world, ms);
  }
  witness.look();
  if (witness.isDamaged) witness.problems.push("a damaged file of the head is still there after two days");
  // Where nobody said anything, there is nothing to compare.
  if (witness.head === undefined && witness.commits === 0) await submit(world, participants[0]!, { fresh: true });
  await letTimePass(world, periodOf(participants[0]!));
  for (const participant of participants) await checkAtRest(world, participant);
  const open = participants.flatMap(({ instance }) =>
    forgotten(instance.life).map(({ kind }) => `${instance.name}: ${kind}`)
  );
  for (const wish of open) witness.problems.push(`nobody fulfilled a wish: ${wish}`);
  for (const { instance } of participants) {
    const waited = instance.lives.flatMap((life) => late(life, world.sleeps));
    for (const problem of waited) witness.problems.push(`${instance.name}: ${problem}`);
  }
  for (const participant of participants) await checkPromptness(world, participant);
  checkHistory(world);
  await restartAll(world);
  return open.length;
}

/** Everything is backed up, and what the instance shows is what its file holds, without anybody having told it to look. */
async function checkAtRest({ witness }: World, { instance }: Participant): Promise<void> {
  const { life, store, database, name } = instance;
  const { state, pending, failure, notice, drill } = life.backup.status();
  if (state !== "idle") witness.problems.push(`${name} is ${state} although all is well: ${failure?.message}`);
  if (pending !== 0) witness.problems.push(`${name} says that ${pending} changes are not backed up`);
  const { rows } = readContents(database);
  const { total, counts } = await store.stats();
  const { reviews, total: listed } = await store.list({ limit: 100 });
  if (total !== rows.length) witness.problems.push(`${name} counts ${total} reviews and holds ${rows.length}`);
  const rated = [1, 2, 3, 4, 5].map((rating) => rows.filter(({ review }) => review === rating).length);
  if (`${Object.values(counts)}` !== `${rated}`) {
    witness.problems.push(`${name} counts ratings ${Object.values(counts)} and holds ${rated}`);
  }
  if (listed !== rows.length || (rows.length <= 100 && reviews.length !== rows.length)) {
    witness.problems.push(`${name} lists ${reviews.length} of ${listed} reviews and holds ${rows.length}`);
  }
  const isForeign = witness.strangers.count > 0;
  if (!isForeign && drill?.ok && notice !== null && !/from commit|back although/.test(notice)) {
    witness.problems.push(`${name} still has a notice although a drill has passed: ${notice}`);
  }
}

/** A review is backed up soon, and so is one that comes right after it. */
async function checkPromptness(world: World, participant: Participant): Promise<void> {
  const { instance } = participant;
  await submit(world, participant, { fresh: true });
  const { soonSeconds } = instance.settings;
  await letTimePass(world, soonSeconds === null ? periodOf(participant) : soonSeconds * 1000 + 1000);
  await letTimePass(world, 5000);
  await submit(world, participant, { fresh: true });
  const wait = soonSeconds === null ? periodOf(participant) + 2 * MINUTE : soonSeconds * 1000 + 65_000;
  await letTimePass(world, wait);
  if (instance.store.pending() === 0) return;
  world.witness.problems.push(`${instance.name}: a review waits for more than ${Math.round(wait / 1000)} s`);
}

/** A history of Hearback's own commits is squashed once it has grown long, whatever was damaged in it once. */
function checkHistory({ hub, dataset, witness, participants }: World): void {
  witness.look();
  const { squashAfter } = participants[0]!.instance.settings;
  const commits = hub.repo(dataset)?.commits.length ?? 0;
  if (squashAfter === 0 || witness.strangers.count > 0 || commits <= squashAfter + participants.length) return;
  witness.problems.push(`the history has ${commits} commits and is not squashed after ${squashAfter}`);
}

/** Stops and starts all until all have read all, and then all is quiet. */
async function restartAll(world: World): Promise<void> {
  const { hub, dataset, participants, witness } = world;
  for (const round of [1, 2, 3]) {
    const before = hub.repo(dataset)?.head;
    for (const participant of participants) {
      beginStop(world, participant, { disk: "kept", startsAgain: true });
      await settle(world);
      await letTimePass(world, MINUTE);
      witness.look();
    }
    if (round < 3) continue;
    await letTimePass(world, periodOf(participants[0]!) + HOUR);
    const { head } = hub.repo(dataset)!;
    if (head !== before) witness.problems.push("commits are made although nothing is new");
  }
  for (const { instance } of participants) {
    const { state, failure } = instance.life.backup.status();
    if (state !== "idle") witness.problems.push(`${instance.name} is ${state} at the end: ${failure?.message}`);
  }
}

function periodOf({ instance }: Participant): number {
  return SCHEDULES[instance.settings.schedule]! * MINUTE + MINUTE;
}
