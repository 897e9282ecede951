// What people, operators, machines and other writers do in a simulation, apart from the jobs of the backup.
import { DatabaseSync } from "node:sqlite";
import { AppError } from "../../db/app_error.ts";
import type { NewReview } from "../../db/review.ts";
import { newReview } from "../db/store_contract.ts";
import { readContents } from "./contents.ts";
import { copyOf, emptyDisk, textOf } from "./witness.ts";
import type { Participant, World } from "./world.ts";

/** Sends a few reviews at once: new ones and, unless `fresh`, some that were sent before and some under a uid that is taken. */
export async function submit(
  world: World,
  { instance, disk }: Participant,
  { fresh = false } = {},
): Promise<void> {
  const { dice, witness, tally } = world;
  const reviews = Array.from({ length: 1 + dice.int(3) }, () => drawReview(world, fresh));
  world.note(`${instance.name}: submit ${reviews.map(({ uid, comments }) => `${uid.slice(0, 4)} (${comments})`)}`);
  await Promise.all(reviews.map(async (review) => {
    try {
      const { review: stored, created } = await instance.store.add(review);
      if (!witness.sent.get(review.uid)!.has(textOf({ ...stored, review: stored.rating }))) {
        witness.problems.push(`${instance.name} answered with another review than was sent: ${JSON.stringify(stored)}`);
      }
      disk.reviews.add(review.uid);
      if (created) tally.answered++;
    } catch (error) {
      if (!(error instanceof AppError && error.code === "invalid" && witness.erasedOnce.has(review.uid))) throw error;
    }
  }));
}

/** Erases a review, mostly one that is there. */
export async function erase(world: World, { instance, disk }: Participant): Promise<void> {
  const { dice, witness, tally } = world;
  const { reviews } = await instance.store.list({ limit: 100 });
  const uids = dice.chance(80) ? reviews.map(({ uid }) => uid) : [...witness.sent.keys()];
  if (uids.length === 0) return;
  const uid = dice.pick(uids);
  world.note(`${instance.name}: erase ${uid.slice(0, 4)}`);
  if (!await instance.store.erase(uid)) return;
  tally.erased++;
  witness.erasedOnce.add(uid);
  disk.reviews.delete(uid);
  disk.erasures.add(uid);
}

/** Kills an instance that idles. */
export async function kill(world: World, { instance }: Participant): Promise<void> {
  world.note(`${instance.name}: kill`);
  await instance.kill();
  world.tally.kills++;
}

/** Stops an instance in good order and starts it again. */
export async function restart(world: World, { instance }: Participant): Promise<void> {
  world.note(`${instance.name}: restart`);
  await instance.restart();
}

/** Starts an instance anew on an empty disk. */
export async function loseDisk(world: World, participant: Participant): Promise<void> {
  if (!world.witness.isSafe) return;
  world.note(`${participant.instance.name}: lose the disk`);
  await participant.instance.restart((folder) => emptyOut(folder));
  participant.disk = emptyDisk();
  world.tally.instances++;
}

/** Keeps a copy of an instance's database. */
export async function keepCopy(world: World, { instance, disk }: Participant): Promise<void> {
  const path = `${world.folder}/copy${world.copies.length}.db`;
  world.note(`${instance.name}: keep copy ${world.copies.length}`);
  await instance.restart(() => Deno.copyFile(instance.database, path));
  world.copies.push({ path, disk: copyOf(disk) });
}

/** Starts an instance on a copy that was kept, be it its own or that of another one. */
export async function returnToCopy(world: World, participant: Participant): Promise<void> {
  if (world.copies.length === 0 || !world.witness.isSafe) return;
  const number = world.dice.int(world.copies.length);
  const { path, disk } = world.copies[number]!;
  const { instance } = participant;
  world.note(`${instance.name}: return to copy ${number}`);
  await instance.restart(async (folder) => {
    await emptyOut(folder);
    await Deno.copyFile(path, instance.database);
  });
  participant.disk = copyOf(disk);
  world.tally.instances++;
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

/** Sets an instance's clock back or forward by up to four days. */
export function moveClock(world: World, { instance }: Participant): void {
  instance.skew = (world.dice.int(193) - 96) * 3_600_000;
  world.note(`${instance.name}: clock off by ${instance.skew / 3_600_000} h`);
}

/** Somebody else writes to the dataset: another file, a squash, or a push that leaves all history behind. */
export async function rewriteHistory({ dice, hub, dataset, witness, note }: World): Promise<void> {
  const repo = hub.repo(dataset);
  if (repo === undefined) return;
  witness.look();
  const how = dice.pick(["notes", "squash", "force-push"] as const);
  if (how === "force-push" && witness.isDamaged) return;
  note(`somebody: ${how}`);
  if (how === "notes") hub.commitDirectly(dataset, { "notes.md": new TextEncoder().encode(repo.head) });
  else if (how === "force-push") {
    const files = Object.fromEntries(repo.paths().map((path) => [path, repo.file(path)!]));
    hub.commitDirectly(dataset, files, { unrelated: true });
  } else {
    const answer = await fetch(`${hub.url}/api/datasets/${dataset}/super-squash/main`, {
      method: "POST",
      headers: { Authorization: "Bearer hf_local_write" },
      body: JSON.stringify({ message: "Squash" }),
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`The Hub does not squash: ${answer.status}`);
  }
}

/** Damages a file of the head while a local disk still holds everything that the dataset ever held. */
export function damage({ dice, hub, dataset, witness, participants, note }: World): void {
  const head = hub.repo(dataset)?.head;
  const isHeld = participants.some(({ instance }) => instance.merged === head);
  if (!isHeld || !witness.isSafe || witness.commits === 0) return;
  const path = dice.pick(["reviews.db", "reviews.csv"]);
  const cut = dice.chance(50);
  note(`somebody: ${cut ? "cut off" : "flip a bit of"} ${path}`);
  witness.damage(path, cut);
}

function drawReview({ dice, witness }: World, fresh: boolean): NewReview {
  const again = !fresh && witness.sent.size > 0 && dice.chance(20) ? dice.pick([...witness.sent.keys()]) : undefined;
  if (again !== undefined && dice.chance(70)) {
    const [name, rating, comments, source] = JSON.parse(dice.pick([...witness.sent.get(again)!]));
    return newReview({ uid: again, name, rating, comments, source });
  }
  const review = newReview({
    uid: again ?? dice.uuid(),
    name: dice.pick(["", "Ada", "007", "NA", "=1+1", 'a "quoted", name']),
    rating: dice.pick([null, 1, 2, 3, 4, 5]),
    comments: `${witness.sends} ${dice.pick(["", "fine", "two\nlines", "👋 שלום", 'says "hi", and more'])}`.trim(),
    source: dice.pick([null, "embed"]),
  });
  witness.send(review);
  return review;
}

async function emptyOut(folder: string): Promise<void> {
  await Deno.remove(folder, { recursive: true });
  await Deno.mkdir(folder);
}
