// The running backup: real store, real Worker, real schedule, and a real Hub.
import assert from "node:assert/strict";
import { backupLine } from "../../islands/backup_text.ts";
import { type BackupDeps, type BackupSettings, DISTANCE_MS } from "../../sync/running_backup.ts";
import { type Instance, REPO, startInstance } from "../faults/instance.ts";
import { type Running, startRunning } from "../faults/running.ts";
import { type Hub, startHub } from "../hub/hub.ts";
import { until } from "../until.ts";

Deno.test("startBackup() brings a review into the dataset when asked, then drills it and tells so", async () => {
  await using one = await startAll();
  await one.until(({ state }) => state === "idle");
  await one.here.submit("hello");
  one.backup.start();
  const { lastBackup, drill } = await one.until(({ state, drill }) => state === "idle" && drill !== null);
  assert.equal(lastBackup?.commit, one.hub.repo(REPO)?.head);
  assert.equal(drill?.ok, true, drill?.message);
  assert.match(drill?.message ?? "", /holds 1 review$/);
  assert.match(new TextDecoder().decode(one.hub.repo(REPO)?.file("reviews.csv")), /hello/);
});

Deno.test("startBackup() backs up a lone review after BACKUP_SOON, without waiting for the schedule", async () => {
  await using one = await startAll({ soonSeconds: 0 });
  await one.until(({ state }) => state === "idle");
  await one.here.submit("soon");
  await one.until(({ state, lastBackup }) => state === "idle" && lastBackup !== null);
  assert.match(new TextDecoder().decode(one.hub.repo(REPO)?.file("reviews.csv")), /soon/);
});

Deno.test("startBackup() tells how far a run is that takes longer than two seconds, in the status and in the log", async () => {
  await using one = await startAll({}, (hub) => {
    hub.faults.add({ match: { path: /preupload/ }, delayMs: 2100, times: 1 });
  });
  await one.until(({ state }) => state === "idle");
  await one.here.submit("slow");
  one.backup.start();
  const { progress } = await one.until(({ progress }) => progress !== null);
  assert.equal(progress?.step, "uploading");
  await one.until(({ state }) => state === "idle");
  const { step, percent } = one.log.find(({ event }) => event === "progress") ?? {};
  assert.equal(step, "uploading");
  assert.ok(typeof percent === "number" && percent > 0 && percent <= 100);
});

Deno.test("startBackup() makes no request while nothing changed", async () => {
  await using one = await startAll();
  await one.here.submit("hello");
  one.backup.start();
  await one.until(({ state, drill }) => state === "idle" && drill !== null);
  const before = one.hub.requests.length;
  for (let minute = 0; minute < 60; minute++) one.backup.start();
  await one.backup.stop({ deadlineMs: 20_000 });
  assert.equal(one.hub.requests.length, before);
});

Deno.test("startBackup() squashes the history once it has SQUASH_AFTER commits, and goes on from there", async () => {
  await using one = await startAll({ squashAfter: 4 });
  for (const comments of ["one", "two", "three", "four"]) {
    await one.here.submit(comments);
    one.backup.start();
    await one.until(({ state }) => state === "idle");
  }
  await untilLogged(one, "squashed");
  const after = one.hub.repo(REPO);
  assert.ok(after && after.commits.length < 4, `${after?.commits.length} commits`);
  await one.here.submit("five");
  one.backup.start();
  const { lastBackup } = await one.until(({ state }) => state === "idle");
  assert.equal(one.hub.repo(REPO)?.head, lastBackup?.commit);
  assert.match(new TextDecoder().decode(one.hub.repo(REPO)?.file("reviews.csv")), /one[^]*five/);
  assert.deepEqual(one.log.filter(({ event }) => event === "backup-failed"), []);
});

Deno.test("startBackup() erases from the history on request: no commit holds the text any more", async () => {
  await using one = await startAll();
  const { uid } = await one.here.submit("a secret that was written by mistake");
  await one.here.submit("something else");
  one.backup.start();
  await one.until(({ state, drill }) => state === "idle" && drill !== null);
  await one.here.store.erase(uid);
  one.backup.start({ squash: true });
  await untilLogged(one, "squashed");
  const repo = one.hub.repo(REPO)!;
  for (const { oid } of repo.commits) {
    for (const path of repo.paths(oid)) {
      const text = new TextDecoder("latin1").decode(repo.file(path, oid));
      assert.equal(text.includes("a secret that"), false, `${path} of ${oid} still holds it`);
    }
  }
});

Deno.test("startBackup() says why it fails and what to do, and heals when that is done", async () => {
  await using one = await startAll({}, (hub) => hub.removeToken("hf_local_write"));
  const { failure, nextTryAt } = await one.until(({ state }) => state === "failing");
  assert.equal(failure?.kind, "token");
  assert.equal(failure?.retry, false);
  assert.match(failure?.hint ?? "", /HF_TOKEN/);
  assert.ok(nextTryAt !== null);
  assert.equal(one.backup.settled(), true);
  await one.here.submit("kept");
  one.hub.addToken("hf_local_write", { user: "ada", write: true });
  one.backup.start();
  await one.until(({ state }) => state === "idle");
  assert.match(new TextDecoder().decode(one.hub.repo(REPO)?.file("reviews.csv")), /kept/);
});

Deno.test("start() with a new token goes on at once, so that no restart costs what is on this disk alone", async () => {
  await using one = await startAll();
  await one.until(({ state }) => state === "idle");
  one.hub.removeToken("hf_local_write");
  await one.here.submit("kept");
  one.backup.start();
  const { failure } = await one.until(({ state }) => state === "failing");
  assert.match(failure?.hint ?? "", /at \/admin\/backup, which needs no restart/);
  one.hub.addToken("hf_fresh", { user: "ada", write: true });
  one.backup.start({ token: "hf_fresh" });
  await one.until(({ state }) => state === "idle");
  assert.match(new TextDecoder().decode(one.hub.repo(REPO)?.file("reviews.csv")), /kept/);
  assert.equal(one.backup.settings().token, "hf_fresh");
  assert.doesNotMatch(JSON.stringify(one.log), /hf_/);
});

Deno.test("stop() makes a last run, and tells when reviews stay behind", async () => {
  await using one = await startAll();
  await one.until(({ state }) => state === "idle");
  await one.here.submit("last words");
  assert.deepEqual(await one.backup.stop({ deadlineMs: 20_000 }), { saved: true });
  assert.match(new TextDecoder().decode(one.hub.repo(REPO)?.file("reviews.csv")), /last words/);

  await using two = await startAll({}, (hub) => hub.faults.add({ match: { path: /\/commit\// }, hang: true }));
  await two.until(({ state }) => state === "idle");
  await two.here.submit("not saved");
  const second = new AbortController();
  const stopping = two.backup.stop({ deadlineMs: 3_600_000, signal: second.signal });
  await two.until(({ state }) => state === "uploading");
  second.abort();
  assert.deepEqual(await stopping, { saved: false });
});

Deno.test("two commits are a minute apart, however often somebody asks, but for the last run", async () => {
  assert.equal(DISTANCE_MS, 60_000);
  await using one = await startAll({ distanceMs: DISTANCE_MS });
  await one.until(({ state }) => state === "idle");
  await one.here.submit("first");
  one.backup.start();
  await one.until(({ state, drill }) => state === "idle" && drill !== null);
  const { head } = one.hub.repo(REPO)!;
  await one.here.submit("second");
  one.backup.start();
  one.backup.start();
  const { state, pending, nextTryAt } = await one.until(({ nextTryAt, pending }) =>
    nextTryAt !== null || pending === 0
  );
  assert.deepEqual([state, pending, one.hub.repo(REPO)!.head], ["pending", 1, head]);
  assert.ok(Date.parse(nextTryAt!) - Date.now() > 30_000);
  assert.deepEqual(await one.backup.stop({ deadlineMs: 20_000 }), { saved: true });
  assert.match(new TextDecoder().decode(one.hub.repo(REPO)?.file("reviews.csv")), /second/);
});

Deno.test("after each failure the next try comes later, up to five minutes, and after a success soon again", async () => {
  await using hub = await startHub();
  await using here = await startInstance(hub);
  const now = new Date("2026-11-22T12:00:00Z");
  const fault = hub.faults.add({ status: 503 });
  await using running = startRunning(hub, here, { now: () => now });
  const { backup, log } = running;
  const failures = () => log.filter(({ event }) => event === "backup-failed");
  const waits: number[] = [];
  while (waits.length < 8) {
    if (waits.length > 0) backup.start();
    await until(() => failures().length > waits.length);
    waits.push((Date.parse(String(failures().at(-1)!.nextTryAt)) - now.getTime()) / 1000);
  }
  assert.deepEqual(waits, [5, 10, 20, 40, 80, 160, 300, 300]);
  fault.remove();
  backup.start();
  await running.until(({ state }) => state === "idle");
  hub.faults.add({ status: 503 });
  await here.submit("One more");
  backup.start();
  await until(() => failures().length === 9);
  assert.equal(failures().at(-1)!.nextTryAt, "2026-11-22T12:00:05.000Z");
});

Deno.test("stop() says that reviews stay behind where the dataset was never read, though another one holds them all", async () => {
  await using hub = await startHub();
  await using here = await startInstance(hub);
  await here.submit("In the first dataset");
  await here.run();
  assert.equal(here.store.pending(), 0);
  hub.faults.add({ status: 503 });
  await using running = startRunning(hub, here, { dataset: "ada/moved-to" });
  await running.until(({ state }) => state === "failing");
  assert.deepEqual(await running.backup.stop({ deadlineMs: 20_000 }), { saved: false });
});

Deno.test("stop() ends at its deadline", async () => {
  await using one = await startAll({}, (hub) => hub.faults.add({ match: { path: /\/commit\// }, hang: true }));
  await one.until(({ state }) => state === "idle");
  await one.here.submit("not saved");
  assert.deepEqual(await one.backup.stop({ deadlineMs: 100 }), { saved: false });
});

Deno.test("startBackup() without a dataset is off, says so, and stops with nothing to save", async () => {
  await using one = await startAll({ dataset: undefined });
  await one.here.submit("local only");
  assert.equal(one.backup.status().state, "off");
  assert.equal(one.backup.status().pending, 1);
  assert.equal(one.backup.settled(), true);
  assert.equal(one.log[0]?.message, "Nothing is backed up: set DATASET_REPO");
  assert.deepEqual(await one.backup.stop({ deadlineMs: 100 }), { saved: true });
  assert.equal(one.hub.requests.length, 0);
});

Deno.test("startBackup() without a token names the dataset, so that the page says which of the two is lacking", async () => {
  await using one = await startAll({ token: undefined });
  const { state, dataset } = one.backup.status();
  assert.deepEqual([state, dataset], ["off", REPO]);
  assert.equal(one.log[0]?.message, "Nothing is backed up: set HF_TOKEN");
  assert.equal(backupLine(one.backup.status(), new Date()).text, "Not backed up: no token is configured");
});

/** A Hub that was made ready by `prepare`, an instance, and its running backup. */
async function startAll(
  settings: Partial<BackupSettings & Pick<BackupDeps, "distanceMs">> = {},
  prepare: (hub: Hub) => void = () => {},
): Promise<Running & { hub: Hub; here: Instance }> {
  await using parts = new AsyncDisposableStack();
  const hub = parts.use(await startHub());
  prepare(hub);
  const here = parts.use(await startInstance(hub));
  const running = parts.use(startRunning(hub, here, settings));
  const all = parts.move();
  return { hub, here, ...running, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function untilLogged(instance: Running, event: string): Promise<void> {
  await instance.until(() => instance.log.some((entry) => entry.event === event));
}
