// Waits until everybody has done what there is to do now, ends the stops that are over, and lets time pass.
import { setImmediate } from "node:timers";
import { finishStop } from "./stops.ts";
import type { Participant, World } from "./world.ts";

const QUIET_TURNS = 4; // of the event loop without a job, after which none is about to begin
const PATIENCE = 3000; // real milliseconds, for work that is stuck in some way that nobody planned

/** Resolves once no job is under way but those that hang, or that wait for what happens around this call. */
export async function settle(world: World): Promise<void> {
  const { participants, time, witness, depth } = world;
  const isAround = ({ instance }: Participant) => instance.isParked && instance.life.parkedAt! < depth;
  const isWithin = ({ instance }: Participant) => instance.isParked && instance.life.parkedAt! >= depth;
  let giveUpAt = performance.now() + PATIENCE;
  const isBusy = () => participants.some((participant) => isWorking(participant) && !isAround(participant));
  for (let quiet = 0, waits = 0, patience = 100; quiet < QUIET_TURNS;) {
    await (quiet === 0 && isBusy() ? tick() : turn(world));
    if (participants.some(isWithin)) {
      giveUpAt = performance.now() + PATIENCE;
      quiet = 0;
      continue;
    }
    if (performance.now() > giveUpAt) return giveUp(world);
    quiet = isBusy() ? 0 : quiet + 1;
    if (quiet < QUIET_TURNS) continue;
    const stopping = participants.find((participant) => participant.stop !== undefined && !isAround(participant));
    if (stopping === undefined) continue;
    quiet = 0;
    if (stopping.stop!.saved !== undefined) await finishStop(world, stopping);
    else if (time.nextAt !== undefined && time.nextAt <= stopping.stop!.until && waits++ < 200) time.fireNext();
    else if (patience-- > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    else {
      witness.problems.push(`${stopping.instance.name}: a stop does not end, not even at its deadline`);
      stopping.stop = undefined;
      await stopping.instance.kill();
    }
  }
}

const MOST = 8; // things that fall due in one passing of time; through the rest everybody sleeps

/** Lets time pass: what falls due on the way happens, one thing after the other. Those who have slept too long are all late at once. */
export async function letTimePass(world: World, ms: number): Promise<void> {
  const { time, participants, sleeps } = world;
  const end = time.now + ms;
  for (let happened = 0; time.nextAt !== undefined && time.nextAt <= end; happened++) {
    if (happened >= MOST * participants.length) {
      sleeps.push({ from: time.now, to: end });
      time.sleepUntil(end);
      for (let due = 0; due < 4 * participants.length && time.nextAt <= end; due++) {
        time.fireNext();
        await settle(world);
      }
      break;
    }
    time.fireNext();
    await settle(world);
  }
  time.sleepUntil(end);
  await settle(world);
}

// Such as a request that met what was meant for another one.
function giveUp(world: World): void {
  world.note("(goes on without waiting any longer)");
  world.strikes++;
  for (const { instance } of world.participants) {
    if (instance.isUp) { for (const job of instance.life.underWay) job.hangs = job.hung = true; }
  }
}

function isWorking({ instance }: Participant): boolean {
  return instance.isUp && instance.life.underWay.some(({ hangs }) => !hangs);
}

function tick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

// Network, timers and the disk all have to get their turn.
async function turn({ folder }: World): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await Deno.lstat(folder);
}
