// Stops in good order, and what may become of the disk before the next start.
import { readContents } from "./contents.ts";
import { copyOf, emptyDisk } from "./disk.ts";
import type { Participant, Stop, World } from "./world.ts";

const DEADLINE = 25_000;

/** Begins to stop an instance, be it in the middle of a job; `settle()` sees to the end. */
export function beginStop(world: World, participant: Participant, next: Pick<Stop, "disk" | "startsAgain">): void {
  const { instance } = participant;
  const { life } = instance;
  world.note(`${instance.name}: stop, then ${next.startsAgain ? "start" : "stay down"} on the ${next.disk} disk`);
  const stop: Stop = {
    ...next,
    until: world.time.now + DEADLINE,
    wasWell: isWell(world, participant),
    strikes: world.strikes,
  };
  participant.stop = stop;
  world.tally.stops++;
  life.backup.stop({ deadlineMs: DEADLINE }).then(({ saved }) => stop.saved = saved, (error) => {
    world.witness.problems.push(`${instance.name}: a stop failed: ${error}`);
    stop.saved = false;
  });
}

/** Holds a stop that is over to its promise, and starts the instance again where it is to. */
export async function finishStop(world: World, participant: Participant): Promise<void> {
  const { instance, disk } = participant;
  const { witness } = world;
  const stop = participant.stop!;
  participant.stop = undefined;
  world.note(`${instance.name}: stopped, saved: ${stop.saved}`);
  if (!stop.saved && stop.wasWell && stop.strikes === world.strikes) {
    witness.problems.push(`${instance.name}: the Hub was well, and a stop has not saved everything`);
  }
  const head = witness.head;
  if (stop.saved && head !== undefined) {
    // What a stranger has since put something else over is in the history.
    const before = witness.wasReplaced ? witness.dataset.reviews.union(witness.dataset.erasures) : new Set<string>();
    const there = before.union(head.erasures).union(new Set(head.rows.map(({ uid }) => uid)));
    for (const uid of disk.reviews.difference(there)) {
      witness.problems.push(`${instance.name}: a stop said that all is saved, and ${uid} is not in the head`);
    }
  }
  await instance.end();
  await changeDisk(world, participant, stop.disk);
  if (stop.startsAgain) instance.start();
}

/** Nothing is gone for ever with this disk: the head is good and holds all, or another disk is known to. */
export function mayLoseDisk({ witness, participants, hub, dataset }: World, { instance }: Participant): boolean {
  if (witness.isSafe) return true;
  const head = hub.repo(dataset)?.head;
  return witness.isDamaged &&
    participants.some((other) => other.instance !== instance && other.instance.merged === head);
}

/** Changes the disk of an instance that is down, where nothing that nobody else has is lost by it. */
export async function changeDisk(world: World, participant: Participant, how: Stop["disk"]): Promise<void> {
  if (how === "kept" || !mayLoseDisk(world, participant)) return;
  const { instance } = participant;
  const copy = how === "older" && world.copies.length > 0 ? world.dice.pick(world.copies) : undefined;
  await instance.touchDisk(async (folder) => {
    await Deno.remove(folder, { recursive: true });
    await Deno.mkdir(folder);
    if (copy !== undefined) await Deno.copyFile(copy.path, instance.database);
  });
  participant.disk = copy === undefined ? emptyDisk() : copyOf(copy.disk);
  world.note(`${instance.name}: ${copy === undefined ? "an empty disk" : "a disk as it once was"}`);
  world.tally.instances++;
}

/** Nothing stands between this instance and the Hub. */
export function isWell(world: World, { instance }: Participant): boolean {
  const { witness, lasting } = world;
  const { life } = instance;
  const required = life.underWay.some(({ name, hangs }) => name === "backup" && hangs);
  return lasting.length === 0 && !witness.isDamaged && !required &&
    life.backup.settings().token === instance.settings.token;
}

/** Keeps a copy of the database of an instance that is down. */
export async function keepCopy(world: World, { instance, disk }: Participant): Promise<void> {
  const path = `${world.folder}/copy${world.copies.length}.db`;
  try {
    readContents(instance.database);
  } catch {
    return; // nothing was ever stored there
  }
  await Deno.copyFile(instance.database, path);
  world.copies.push({ path, disk: copyOf(disk) });
  world.note(`${instance.name}: keep a copy`);
}
