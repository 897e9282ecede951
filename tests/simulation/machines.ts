// What machines and operators do to the instances: kills, stops, starts, lost and old disks, emptied tables, wrong clocks.
import { DatabaseSync } from "node:sqlite";
import { readContents } from "./contents.ts";
import { settle } from "./settle.ts";
import { beginStop, changeDisk, keepCopy, mayLoseDisk } from "./stops.ts";
import { copyOf, emptyDisk } from "./disk.ts";
import type { Participant, World } from "./world.ts";

/** Kills an instance, be it in the middle of a job, and mostly starts it again on what lies there. */
export async function kill(world: World, participant: Participant, loses = world.dice.chance(30)): Promise<void> {
  const { instance } = participant;
  world.tally.kills++;
  participant.stop = undefined;
  if (!loses || !mayLoseDisk(world, participant)) {
    world.note(`${instance.name}: kill`);
    return await instance.kill();
  }
  const copy = world.dice.chance(40) && world.copies.length > 0 ? world.dice.pick(world.copies) : undefined;
  world.note(`${instance.name}: kill, then start on ${copy === undefined ? "an empty disk" : "a disk as it once was"}`);
  await instance.killAndLose(async () => {
    if (copy !== undefined) await Deno.copyFile(copy.path, instance.database);
    participant.disk = copy === undefined ? emptyDisk() : copyOf(copy.disk);
  });
  world.tally.instances++;
}

/** Stops an instance in good order. */
export function stop(world: World, participant: Participant): void {
  const { dice } = world;
  const disk = dice.pick(["kept", "kept", "lost", "older"] as const);
  beginStop(world, participant, { disk, startsAgain: dice.chance(70) });
}

/** Starts an instance that is down, after something may have become of its disk. */
export async function start(world: World, participant: Participant): Promise<void> {
  const { dice, note } = world;
  if (dice.chance(50)) await keepCopy(world, participant);
  else await changeDisk(world, participant, dice.pick(["kept", "kept", "lost", "older"] as const));
  note(`${participant.instance.name}: start`);
  participant.instance.start();
  await settle(world);
}

/** Removes rows by a mistake outside the app; nobody erased them. */
export function emptyTable(world: World, { instance, disk }: Participant): void {
  if (!world.witness.isSafe) return;
  world.note(`${instance.name}: remove rows by mistake`);
  const db = new DatabaseSync(instance.database);
  db.exec(`DELETE FROM reviews WHERE id % ${world.dice.pick([1, 2])} = 0`);
  db.close();
  disk.reviews = disk.reviews.intersection(new Set(readContents(instance.database).rows.map(({ uid }) => uid)));
}

/** Somebody who hears of the status makes a mistake, once. */
export function failingListener(world: World, { instance }: Participant): void {
  world.note(`${instance.name}: a listener will fail`);
  const unsubscribe = instance.life.backup.subscribe(() => {
    unsubscribe();
    throw new Error("a listener's mistake");
  });
}

/** Sets an instance's clock back or forward by up to four days. */
export function moveClock(world: World, { instance }: Participant): void {
  instance.skew = (world.dice.int(193) - 96) * 3_600_000;
  world.note(`${instance.name}: clock off by ${instance.skew / 3_600_000} h`);
}
