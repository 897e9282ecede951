// Damage of the newest backup that is noticed while nothing is new: it is replaced in truth, proved by reading back, and then over.
import assert from "node:assert/strict";
import { type Hub, startHub } from "../hub/hub.ts";
import { type RunningHearback, startHearback } from "../process.ts";
import { until } from "../until.ts";
import { press } from "./admin_buttons.ts";
import { remoteComments, REPO, startInstance, tempDir, TOKEN } from "./instance.ts";
import { backUpNow, sendReview, statusOf } from "./over_http.ts";
import { startTimed } from "./timed.ts";

const COMMIT = { method: "POST", path: /\/commit\// };
const BOTH = ["reviews.db", "reviews.csv"];

for (const uploadMode of ["regular", "lfs", "xet"] as const) {
  for (const paths of [["reviews.db"], ["reviews.csv"], BOTH]) {
    Deno.test(`F47 damage of ${paths.join(" and ")} (${uploadMode}) that a drill finds is replaced and read back, and fails until then`, async () => {
      await using hub = await startHub({ uploadMode });
      await using dir = await tempDir();
      await using hearback = await startOnKeptDisk(hub, dir.path);
      const { head } = hub.repo(REPO)!;
      const sent = hub.repo(REPO)!.file("reviews.db")!;
      for (const path of paths) hub.damageObject(REPO, path);
      const states: string[] = [];
      const tell = async () => void states.push((await statusOf(hearback)).state);
      hub.faults.add({ match: COMMIT, run: tell });
      // Downloads of a commit that is not there yet.
      const reading = hub.faults.add({
        match: { method: "GET", path: new RegExp(`/resolve/(?!${head})`) },
        run: tell,
      });
      await press(hearback, { do: "drill" });
      await until(async () => (await statusOf(hearback)).drill?.ok === false);
      await until(async () => (await statusOf(hearback)).state === "idle", { withinMs: 20_000 });

      assert.deepEqual(states.filter((state) => state !== "failing"), [], `${states}`);
      assert.ok(reading.hits > 0, "it was read back");
      assert.deepEqual(remoteComments(hub), ["Monday"]);
      assert.match(text(hub, "reviews.csv"), /^id,[^\n]*\n[^\n]*Monday[^\n]*\n$/);
      assert.equal(hub.repo(REPO)!.commits[1]!.oid, head, "one commit did it");
      if (paths.includes("reviews.db")) assert.notDeepEqual(hub.repo(REPO)!.file("reviews.db"), sent);
      await press(hearback, { do: "drill" });
      await until(async () => (await statusOf(hearback)).drill?.ok);
      assert.equal(await hearback.stop(), 0);
    });
  }
}

Deno.test("F47 with nothing else to do a good drill after the damage was found does not make it idle by itself", async () => {
  await using hub = await startHub({ uploadMode: "lfs" });
  await using dir = await tempDir();
  await using hearback = await startOnKeptDisk(hub, dir.path);
  hub.damageObject(REPO, "reviews.db");
  const refused = hub.faults.add({ match: COMMIT, status: 503 });
  await press(hearback, { do: "drill" });
  await until(() => refused.hits > 0);
  await until(async () => (await statusOf(hearback)).state === "failing", { withinMs: 10_000 });
  assert.notEqual((await statusOf(hearback)).failure, null);
  assert.doesNotMatch((await statusOf(hearback)).notice ?? "", /replaced/);
  refused.remove();
  await backUpNow(hearback);
  await until(async () => (await statusOf(hearback)).state === "idle", { withinMs: 20_000 });
  assert.deepEqual(remoteComments(hub), ["Monday"]);
});

Deno.test("F47 a replacement that is damaged in its turn is no success: it fails until one can be read back", async () => {
  await using one = await startTimed({ hub: { uploadMode: "lfs" } });
  const { hub, here, running } = one;
  await one.passUntil(({ state }) => state === "idle");
  await here.submit("Monday");
  running.backup.start();
  await one.passUntil(({ state, drill }) => state === "idle" && drill !== null);
  await one.clock.pass(61_000);
  hub.damageObject(REPO, "reviews.db");
  // Of the first replacement too the storage keeps other bytes than it was given.
  let commits = 0;
  const states: string[] = [];
  running.backup.subscribe(({ state, failure }) => void states.push(`${state} after ${commits}`, `${failure?.kind}`));
  hub.faults.add({ match: COMMIT, run: () => void commits++ });
  const { head } = hub.repo(REPO)!;
  hub.faults.add({
    match: { method: "GET", path: /\/resolve\// },
    run() {
      if (commits === 1 && hub.repo(REPO)!.head !== head && !isDamaged) {
        hub.damageObject(REPO, "reviews.db");
        isDamaged = true;
      }
    },
  });
  let isDamaged = false;
  running.backup.start({ drill: true });
  await one.passUntil(() => isDamaged);
  await one.passUntil(({ state }) => state === "idle" && commits > 1);
  assert.equal(commits, 2);
  assert.equal(states.includes("idle after 1"), false, `${states}`);
  assert.deepEqual(remoteComments(hub), ["Monday"]);
});

Deno.test("F48 what was told of a restore is over once a drill finds the replacement good", async () => {
  await using hub = await startHub();
  await damaged(hub);
  await using dir = await tempDir();
  await using hearback = await startHearback({ ...backupTo(hub), DATA_DIR: dir.path });
  const said = await until(async () => (await statusOf(hearback)).notice ?? undefined);
  assert.match(said, /damaged/);
  await until(async () => (await statusOf(hearback)).state === "idle");
  await press(hearback, { do: "drill" });
  await until(async () => (await statusOf(hearback)).drill?.ok);
  await until(async () => (await statusOf(hearback)).notice === null, { withinMs: 10_000 });
  assert.doesNotMatch(await (await fetch(hearback.url)).text(), /damaged/);
  assert.deepEqual(remoteComments(hub), ["Monday", "Tuesday"]);
  assert.equal(await hearback.stop(), 0);
  await using again = await startHearback({ ...backupTo(hub), DATA_DIR: dir.path });
  await until(async () => (await statusOf(again)).state === "idle");
  assert.equal((await statusOf(again)).notice, null);
});

for (const by of ["a good drill", "an owner's squash"]) {
  Deno.test(`F48 after a restore from a damaged backup and ${by} the history is squashed at SQUASH_AFTER again`, async () => {
    await using one = await startTimed({ settings: { squashAfter: 6 }, prepare: damaged });
    const { hub, here, running } = one;
    await one.passUntil(({ state, pending }) => state === "idle" && pending === 0);
    running.backup.start(by === "a good drill" ? { drill: true } : { squash: true });
    await one.passUntil(({ drill }) => by === "a good drill" ? drill?.ok : hub.repo(REPO)!.commits.length === 1);
    await one.passUntil(({ notice, state }) => state === "idle" && notice === null);
    let longest = hub.repo(REPO)!.commits.length;
    for (let count = 1; count <= 7; count++) {
      await here.submit(`Review ${count}`);
      running.backup.start();
      await one.passUntil(({ state, pending }) => state === "idle" && pending === 0);
      longest = Math.max(longest, hub.repo(REPO)!.commits.length);
    }
    await one.passUntil(() => hub.repo(REPO)!.commits.length < 6);
    assert.ok(longest <= 7, `${longest} commits`);
    assert.equal(remoteComments(hub).length, 9);
  });
}

/** A process on a disk that holds one review, its backup and a drill that was good; it makes no commit before it is asked to. */
async function startOnKeptDisk(hub: Hub, dir: string): Promise<RunningHearback> {
  const env = { ...backupTo(hub), DATA_DIR: dir };
  await using before = await startHearback(env);
  await until(async () => (await statusOf(before)).state === "idle");
  await sendReview(before, "Monday");
  await backUpNow(before);
  await until(async () => (await statusOf(before)).drill?.ok);
  assert.equal(await before.stop(), 0);
  const hearback = await startHearback(env);
  await until(async () => (await statusOf(hearback)).state === "idle");
  return hearback;
}

/** Makes two backups with one review more each; of the newer the database is damaged then, and the CSV says all. */
async function damaged(hub: Hub): Promise<void> {
  await using other = await startInstance(hub);
  for (const text of ["Monday", "Tuesday"]) {
    await other.submit(text);
    await other.run();
  }
  hub.damageObject(REPO, "reviews.db");
}

function text(hub: Hub, path: string): string {
  return new TextDecoder().decode(hub.repo(REPO)!.file(path));
}

function backupTo(hub: Hub) {
  const connection = { HF_ENDPOINT: hub.url, HF_TOKEN: TOKEN, DATASET_REPO: REPO };
  return { ...connection, ADMIN_TOKEN: "swordfish", BACKUP_SOON: "off", BACKUP_SCHEDULE: "0 0 1 1 *" };
}
