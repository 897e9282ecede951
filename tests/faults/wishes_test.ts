// What an owner asks for happens, whatever is under way or failing when they ask: no wish is forgotten, and none is taken for another.
import assert from "node:assert/strict";
import { type Hub, startHub } from "../hub/hub.ts";
import { type RunningHearback, startHearback } from "../process.ts";
import { until } from "../until.ts";
import { press } from "./admin_buttons.ts";
import { clockTest, fasterClock } from "./faked_clock.ts";
import { remoteComments, REPO, startInstance, tempDir, TOKEN } from "./instance.ts";
import { commentsOf, statusOf } from "./over_http.ts";
import { startTimed } from "./timed.ts";

const COMMIT = { method: "POST", path: /\/commit\// };
const SQUASH = { do: "squash", sure: "yes" };
const SQUASHING = { method: "POST", path: /super-squash/ };
const FIRST = "Please forget this, 0123456789";
const SECOND = "And please forget this too, 9876543210";

clockTest("F46 what is erased while the history is being squashed leaves it too, when that is asked for", async () => {
  await using hub = await startHub();
  await using dir = await tempDir();
  await backedUp(hub, FIRST, SECOND, "Stays");
  const env = { ...backupTo(hub), DATA_DIR: dir.path, ...fasterClock(20) };
  await using hearback = await startHearback(env);
  await until(async () => (await statusOf(hearback)).state === "idle");
  const [one, other] = await uidsOf(hearback, [FIRST, SECOND]);
  hub.faults.add({
    match: SQUASHING,
    times: 1,
    async run() {
      await erase(hearback, other!);
      await press(hearback, SQUASH);
    },
  });
  await erase(hearback, one!);
  await press(hearback, SQUASH);
  await until(() => commitsWith(hub, FIRST) + commitsWith(hub, SECOND) === 0);
  assert.deepEqual(remoteComments(hub), ["Stays"]);
  assert.equal(await hearback.stop(), 0);
});

Deno.test("F46 an erasure from the history that is asked for during one that comes by itself is made all the same", async () => {
  await using one = await startTimed({ settings: { squashAfter: 3 } });
  const { hub, here, running } = one;
  await one.passUntil(({ state }) => state === "idle");
  await here.submit("Stays");
  const { uid } = await here.submit(FIRST);
  running.backup.start();
  await until(() => commitsWith(hub, FIRST) === 1);
  const squashing = hub.faults.add({
    match: SQUASHING,
    times: 1,
    async run() {
      await here.store.erase(uid);
      running.backup.start({ squash: true });
    },
  });
  await one.passUntil(({ state, drill }) => state === "idle" && drill !== null);
  await one.clock.pass(61_000);
  await here.submit("Sets off the squash");
  running.backup.start();
  await one.passUntil(() => squashing.hits === 1);
  await one.passUntil(() => commitsWith(hub, FIRST) === 0);
  assert.deepEqual(remoteComments(hub), ["Stays", "Sets off the squash"]);
});

const TROUBLES = {
  "the backup before it fails": { match: COMMIT, status: 503 },
  "it fails": { match: SQUASHING, status: 500 },
  "it is done, but answered with an error": { match: SQUASHING, status: 500, after: true },
  "the token has no rights": { match: SQUASHING, status: 403 },
};
for (const [trouble, fault] of Object.entries(TROUBLES)) {
  Deno.test(`F46 the history is squashed in the end although at first ${trouble}`, async () => {
    await using one = await startTimed();
    const { hub, here, running } = one;
    await one.passUntil(({ state }) => state === "idle");
    await here.submit("Stays");
    const { uid } = await here.submit(FIRST);
    running.backup.start();
    await until(() => commitsWith(hub, FIRST) === 1);
    await one.passUntil(({ state, drill }) => state === "idle" && drill !== null);
    await one.clock.pass(61_000);
    const failing = hub.faults.add(fault);
    await here.store.erase(uid);
    running.backup.start({ squash: true });
    await one.passUntil(({ state }) => state === "failing");
    failing.remove();
    await one.passUntil(() => commitsWith(hub, FIRST) === 0);
    await one.passUntil(({ state, pending }) => state === "idle" && pending === 0);
    assert.deepEqual(remoteComments(hub), ["Stays"]);
  });
}

Deno.test("F46 of several commits that are brought back one after the other none is forgotten", async () => {
  await using hub = await startHub();
  await using dir = await tempDir();
  const [a, b, c] = await commitsWithout(hub, ["From A", "From B", "From C"], "In the head");
  await using hearback = await startHearback({ ...backupTo(hub), DATA_DIR: dir.path });
  await until(async () => (await statusOf(hearback)).state === "idle");
  hub.faults.add({
    match: { method: "GET", path: new RegExp(`/resolve/${a}/`) },
    times: 1,
    async run() {
      for (const commit of [b, c]) await press(hearback, { do: "restore", commit: commit! });
    },
  });
  await press(hearback, { do: "restore", commit: a! });
  const all = ["From A", "From B", "From C", "In the head"];
  await until(async () => (await commentsOf(hearback)).length === all.length, { withinMs: 15_000 });
  assert.deepEqual((await commentsOf(hearback)).sort(), all);
  assert.equal(await hearback.stop(), 0);
  assert.deepEqual(remoteComments(hub).sort(), all);
});

Deno.test("F46 a commit that cannot be fetched now is brought back once it can", async () => {
  await using one = await startTimed({
    prepare: async (hub) => void await commitsWithout(hub, ["From before"], "In the head"),
  });
  const { hub, here, running } = one;
  await one.passUntil(({ state }) => state === "idle");
  const commit = hub.repo(REPO)!.commits[1]!.oid;
  const down = hub.faults.add({ match: { method: "GET", path: new RegExp(`/resolve/${commit}/`) }, status: 503 });
  running.backup.start({ merge: commit });
  await one.passUntil(({ notice }) => notice?.includes("Nothing came back"));
  assert.deepEqual(await here.comments(), ["In the head"]);
  down.remove();
  await one.passUntil(({ notice }) => notice?.includes("1 review came back"));
  assert.equal((await here.comments()).length, 2);
});

/** Lets an instance that is gone afterwards make a backup. */
async function backedUp(hub: Hub, ...comments: string[]): Promise<void> {
  await using other = await startInstance(hub);
  for (const text of comments) await other.submit(text);
  await other.run();
}

/** Commits a database with each of `comments` alone, and on top one with `head` alone; returns the first ones' ids. */
async function commitsWithout(hub: Hub, comments: string[], head: string): Promise<string[]> {
  const ids: string[] = [];
  for (const [index, text] of [...comments, head].entries()) {
    const repo = `ada/source-${index}`;
    await using other = await startInstance(hub, { repo });
    await other.submit(text);
    await other.run();
    const file = (path: string) => hub.repo(repo)!.file(path)!;
    const files = { "reviews.db": file("reviews.db"), "reviews.csv": file("reviews.csv") };
    ids.push(hub.commitDirectly(REPO, files));
  }
  return ids.slice(0, -1);
}

/** How many commits of the dataset hold `text` in any file. */
function commitsWith(hub: Hub, text: string): number {
  const repo = hub.repo(REPO)!;
  const holds = (path: string, oid: string) => new TextDecoder("latin1").decode(repo.file(path, oid)).includes(text);
  return repo.commits.filter(({ oid }) => repo.paths(oid).some((path) => holds(path, oid))).length;
}

async function uidsOf({ url }: RunningHearback, comments: string[]): Promise<string[]> {
  const { reviews }: { reviews: { uid: string; comments: string }[] } =
    await (await fetch(`${url}api/reviews?limit=100`)).json();
  return comments.map((text) => reviews.find(({ comments }) => comments === text)!.uid);
}

async function erase({ url }: RunningHearback, uid: string): Promise<void> {
  const headers = { Authorization: "Bearer swordfish" };
  const answer = await fetch(`${url}api/reviews/${uid}`, { method: "DELETE", headers });
  await answer.body?.cancel();
  assert.ok(answer.ok, `status ${answer.status}`);
}

function backupTo(hub: Hub) {
  const connection = { HF_ENDPOINT: hub.url, HF_TOKEN: TOKEN, DATASET_REPO: REPO };
  return { ...connection, ADMIN_TOKEN: "swordfish", BACKUP_SOON: "off", BACKUP_SCHEDULE: "0 0 1 1 *" };
}
