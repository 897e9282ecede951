// Lets something go wrong, or somebody act, at chosen requests and events of an instance's next jobs.
import type { RunEvent } from "../../sync/jobs/job.ts";
import type { Fault } from "../hub/hub.ts";
import { emptyTable } from "./machines.ts";
import type { Life } from "./life.ts";
import type { Job } from "./run_in_process.ts";
import { letTimePass, settle } from "./settle.ts";
import { drawTrouble } from "./troubles.ts";
import type { Participant, World } from "./world.ts";

/** Something that happens to the n-th request after the one before. */
interface Trouble {
  kind: "hub" | "kill" | "hang" | "meanwhile";
  name: string;
  fault: Fault;
}

// The Hub's client asks for a token once for all commits of a process, which here outlives the killed one.
const KILLABLE = { path: /^(?!.*write-token)/ };

/** Does `act`, which makes the instance run jobs, and lets troubles happen to them; `meanwhile` is called while a request waits. */
export async function withTroubles(
  world: World,
  participant: Participant,
  { act, meanwhile }: { act: () => Promise<void> | void; meanwhile: () => Promise<void> },
): Promise<void> {
  const { dice, hub, tally } = world;
  const { instance } = participant;
  const waiting = drawTroubles(world);
  const atEvent = dice.chance(20) ? { at: dice.int(6), what: dice.pick(["kill", "empty table"] as const) } : undefined;
  const outer = instance.observer;
  let life: Life | undefined;
  let job: Job | undefined;
  let events = 0;
  let forget = () => {};
  let happening = Promise.resolve();

  instance.observer = {
    ...outer,
    onBegin(begunIn, begun) {
      outer.onBegin?.(begunIn, begun);
      job = begun;
      if (life === undefined) {
        life = begunIn;
        orderNext();
      }
      if (begunIn === life && begun.name !== "backup") hangNow();
    },
    onEvent(begunIn, begun, event) {
      outer.onEvent?.(begunIn, begun, event);
      if (begunIn === life) onEvent(begun, event);
    },
  };
  world.depth++;
  await act();
  await settle(world);
  if (life === undefined) await letTimePass(world, 65_000); // or nothing would happen to its jobs
  waiting.length = 0;
  forget();
  await happening; // the client may have given up while one of several requests still waits
  await settle(world);
  instance.observer = outer;
  world.depth--;

  // One after the other, so that what happens in between is not hit by what is meant for this job.
  function orderNext(): void {
    forget = () => {};
    const trouble = waiting.findLast(({ kind }) => kind !== "hang");
    if (trouble === undefined) return;
    waiting.splice(waiting.indexOf(trouble), 1);
    order(trouble);
  }

  function hangNow(): void {
    const trouble = waiting.find(({ kind }) => kind === "hang");
    if (trouble === undefined) return;
    waiting.splice(waiting.indexOf(trouble), 1);
    order(trouble);
  }

  function order(trouble: Trouble): void {
    const { remove } = hub.faults.add({
      times: 1,
      ...trouble.fault,
      run: () => {
        const happened = happen(trouble);
        happening = happened.then(() => {});
        // Where nobody waits for the answer any more, it never comes, or what is dead would go on.
        return happened.then((isOver) => isOver ? undefined : new Promise<void>(() => {}));
      },
    });
    forget = remove;
  }

  /** False where the process that made the request died meanwhile. */
  async function happen({ kind, name }: Trouble): Promise<boolean> {
    world.note(name);
    const before = instance.isUp ? instance.life : undefined;
    if (kind === "hub") {
      tally.faults++;
      world.strikes++;
    } else if (kind === "hang") {
      if (job!.name === "backup") world.strikes++;
      job!.hangs = job!.hung = true;
      return true;
    } else if (kind === "kill") {
      if (instance.isUp) await killed(world, participant);
      return true;
    } else {
      if (before !== undefined) before.parkedAt = world.depth;
      world.depth++;
      await meanwhile();
      world.depth--;
      if (before !== undefined) before.parkedAt = undefined;
    }
    if (before?.isDead) return false;
    orderNext();
    return true;
  }

  function onEvent({ name }: Job, event: RunEvent): void {
    // While uploading, the Hub's client stands in between; there, requests are where a kill may come. And a drill notes whatever ends it.
    if (event.type === "progress" && event.step === "uploading") return;
    if (atEvent === undefined || name === "drill" || events++ !== atEvent.at) return;
    if (atEvent.what === "empty table") return emptyTable(world, participant);
    life!.isDead = true;
    world.note("kill at an event");
    happening = Promise.resolve().then(() => killed(world, participant));
    throw new Error("The process is gone");
  }
}

async function killed(world: World, participant: Participant): Promise<void> {
  world.tally.kills++;
  world.strikes++; // the request may have been somebody else's
  participant.stop = undefined;
  await participant.instance.kill();
}

function drawTroubles({ dice, depth }: World): Trouble[] {
  return Array.from({ length: dice.pick([0, 0, 1, 1, 1, 2, 2, 3, 4]) }, (): Trouble => {
    const kind = dice.int(depth < 2 ? 11 : 5);
    if (kind < 5) {
      const { name, fault } = drawTrouble(dice);
      return { kind: "hub", name, fault: { ...fault, skip: fault.match === undefined ? dice.int(8) : 0 } };
    }
    if (kind === 5) return { kind: "kill", name: "kill", fault: { hang: true, skip: dice.int(8), match: KILLABLE } };
    if (kind === 6) return { kind: "hang", name: "this request hangs", fault: { hang: true, skip: dice.int(5) } };
    return { kind: "meanwhile", name: "meanwhile", fault: { skip: dice.int(8) } };
  });
}
