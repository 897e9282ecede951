// Wishes in awkward moments: a drill hangs while a stop or a backup is due, a squash is under way, a try is failing for the old token.
import { ask, enterToken, erase, submit } from "./people.ts";
import type { Life } from "./life.ts";
import type { Job } from "./run_in_process.ts";
import { letTimePass, settle } from "./settle.ts";
import { beginStop, isWell } from "./stops.ts";
import { SCHEDULES } from "./virtual_time.ts";
import type { Participant, World } from "./world.ts";

/** Lets a drill hang, and then either a stop come or a review. */
export async function hangDrill(world: World, participant: Participant): Promise<void> {
  const { dice, hub, note, witness } = world;
  const { instance } = participant;
  if (world.depth > 0 || instance.life.underWay.length > 0 || !isWell(world, participant)) return;
  const { life, observer } = instance;
  let hanging: Job | undefined;
  let remove = () => {};
  instance.observer = {
    ...observer,
    onBegin(begunIn, job) {
      observer.onBegin?.(begunIn, job);
      if (job.name !== "drill" || hanging !== undefined) return;
      const run = () => void (job.hangs = job.hung = true);
      ({ remove } = hub.faults.add({ hang: true, times: 1, skip: dice.int(4), run }));
      hanging = job;
    },
  };
  note(`${instance.name}: a drill is wished for, and hangs`);
  life.backup.start({ drill: true });
  await settle(world);
  instance.observer = observer;
  remove();
  if (!hanging?.hangs) return;
  if (dice.chance(50)) {
    if (dice.chance(60)) await submit(world, participant, { fresh: true });
    beginStop(world, participant, { disk: dice.pick(["kept", "lost"]), startsAgain: true });
    return await settle(world);
  }
  const { strikes } = world;
  await submit(world, participant, { fresh: true });
  const { soonSeconds, schedule } = instance.settings;
  await letTimePass(world, soonSeconds === null ? SCHEDULES[schedule]! * 60_000 + 60_000 : soonSeconds * 1000 + 65_000);
  if (hanging.ended || strikes !== world.strikes || life.waitsUntil > world.time.now) return;
  if (life.store.pending() > 0) witness.problems.push(`${instance.name}: a drill that hangs holds up the backup`);
}

/** Asks for a squash after an erasure, and once more, after another erasure, while the first one is under way. */
export async function squashTwice(world: World, participant: Participant): Promise<void> {
  const { hub, dice, note } = world;
  const { instance } = participant;
  if (world.depth > 0 || instance.life.underWay.length > 0) return;
  const { observer } = instance;
  let squashes = 0;
  let remove = () => {};
  let happening = Promise.resolve();
  instance.observer = {
    ...observer,
    onBegin(life, job) {
      observer.onBegin?.(life, job);
      if (job.name !== "squash" || squashes++ > 0) return;
      const run = () => happening = again(life);
      ({ remove } = hub.faults.add({ times: 1, skip: dice.int(5), run }));
    },
  };
  await erase(world, participant);
  ask(world, participant, { kind: "squash" });
  await settle(world);
  await happening;
  remove();
  await settle(world);
  instance.observer = observer;

  async function again(life: Life): Promise<void> {
    if (life.isDead) return;
    note("while that is under way:");
    await erase(world, participant);
    ask(world, participant, { kind: "squash" });
  }
}

/** The token is refused, and the owner enters a new one while that try is still failing. */
export async function tokenWhileFailing(world: World, participant: Participant): Promise<void> {
  const { hub, note } = world;
  const { instance } = participant;
  if (world.depth > 0 || instance.life.underWay.length > 0 || !isWell(world, participant)) return;
  const { observer } = instance;
  let remove = () => {};
  let hasFailed = false;
  instance.observer = {
    ...observer,
    onBegin(begunIn, job) {
      observer.onBegin?.(begunIn, job);
      if (job.name !== "backup" || hasFailed) return;
      hasFailed = true;
      const run = () => enterToken(world, participant);
      ({ remove } = hub.faults.add({ match: { host: "hub" }, times: 1, status: 401, run }));
    },
  };
  note(`${instance.name}: its token is about to be refused`);
  await submit(world, participant, { fresh: true });
  const { soonSeconds, schedule } = instance.settings;
  await letTimePass(world, soonSeconds === null ? SCHEDULES[schedule]! * 60_000 : soonSeconds * 1000 + 65_000);
  if (hasFailed) await letTimePass(world, 600_000);
  remove();
  instance.observer = observer;
}
