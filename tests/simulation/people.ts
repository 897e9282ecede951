// What visitors and owners do: send reviews, erase them, and ask the backup for something.
import { AppError } from "../../db/app_error.ts";
import type { NewReview } from "../../db/review.ts";
import { newReview } from "../db/store_contract.ts";
import { readContents } from "./contents.ts";
import { HEARBACK, textOf } from "./witness.ts";
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
  const review = await instance.store.get(uid);
  if (!await instance.store.erase(uid)) return;
  tally.erased++;
  witness.erasedOnce.add(uid);
  if (review?.comments) witness.erasedTexts.set(uid, review.comments);
  disk.reviews.delete(uid);
  disk.erasures.add(uid);
}

/** Asks the backup for something, as the administration's page does. */
export function wish(world: World, participant: Participant): void {
  const { dice, hub, dataset } = world;
  const commits = hub.repo(dataset)?.commits.filter(({ summary }) => summary !== "initial commit") ?? [];
  const kind = dice.pick(["now", "now", "drill", "drill", "squash", "squash", "merge", "token"] as const);
  if (kind === "token") return renewToken(world, participant);
  if (kind === "merge" && commits.length > 0) return ask(world, participant, { kind, commit: dice.pick(commits).oid });
  ask(world, participant, { kind: kind === "merge" ? "now" : kind });
}

/** The token is revoked; the backup fails for it, and later the owner enters a new one, be it while a run is still failing. */
function renewToken(world: World, participant: Participant): void {
  const { hub, dice, lasting } = world;
  const { instance } = participant;
  const old = instance.settings.token!;
  if (lasting.length === 0 && dice.chance(60)) {
    world.note(`${instance.name}: its token is revoked`);
    hub.removeToken(old);
    world.strikes++;
    lasting.push(() => enterToken(world, participant));
  } else enterToken(world, participant);
}

/** A new token takes the place of the one that was in use. */
export function enterToken(world: World, participant: Participant): void {
  const { hub, count } = world;
  const { instance } = participant;
  const token = `hf_local_${instance.name}${count()}`;
  hub.removeToken(instance.settings.token!);
  hub.addToken(token, { user: HEARBACK, write: true });
  instance.settings.token = token;
  if (instance.isUp && participant.stop === undefined) ask(world, participant, { kind: "token", token });
}

/** Asks for one thing, and notes that it was asked for. */
export function ask(
  world: World,
  { instance }: Participant,
  asked: { kind: "now" | "drill" | "squash" } | { kind: "merge"; commit: string } | { kind: "token"; token: string },
): void {
  const { life } = instance;
  const { kind } = asked;
  world.tally.wishes++;
  world.note(`${instance.name}: wish ${kind} ${kind === "merge" ? asked.commit.slice(0, 7) : ""}`.trimEnd());
  const wasDue = life.store.pending() > 0 || life.backup.status().state === "failing";
  life.wish({ ...asked, at: world.time.now, wasDue, erased: erasedOn(world, instance.database) }, world.count);
  if (kind === "merge") life.backup.start({ merge: asked.commit });
  else if (kind === "token") life.backup.start({ token: asked.token });
  else life.backup.start({ drill: kind === "drill", squash: kind === "squash" });
}

function erasedOn({ witness }: World, database: string): string[] {
  return [...readContents(database).erasures].flatMap((uid) => witness.erasedTexts.get(uid) ?? []);
}

function drawReview({ dice, witness, count }: World, fresh: boolean): NewReview {
  const again = !fresh && witness.sent.size > 0 && dice.chance(20) ? dice.pick([...witness.sent.keys()]) : undefined;
  if (again !== undefined && dice.chance(70)) {
    const [name, rating, comments, source] = JSON.parse(dice.pick([...witness.sent.get(again)!]));
    return newReview({ uid: again, name, rating, comments, source });
  }
  const review = newReview({
    uid: again ?? dice.uuid(),
    name: dice.pick(["", "Ada", "007", "NA", "=1+1", 'a "quoted", name']),
    rating: dice.pick([null, 1, 2, 3, 4, 5]),
    comments: `#r${count()}# ${dice.pick(["", "fine", "two\nlines", "👋 שלום", 'says "hi", and more'])}`.trim(),
    source: dice.pick([null, "embed"]),
  });
  witness.send(review);
  return review;
}
