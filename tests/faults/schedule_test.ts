// Time: slow uploads, a Hub that refuses for a day, a clock that jumps, and a stop that cannot wait for ever.
import assert from "node:assert/strict";
import { startHub } from "../hub/hub.ts";
import { startHearback } from "../process.ts";
import { testApp } from "../routes/test_app.ts";
import { until } from "../until.ts";
import { remoteComments, REPO, startInstance, tempDir, TOKEN } from "./instance.ts";
import { sendReview, statusOf } from "./over_http.ts";
import { startRunning } from "./running.ts";

const COMMIT = { method: "POST", path: /\/commit\// };
const HOUR = 3_600_000;

Deno.test("F21 while an upload outlasts many ticks of the schedule no other begins, and one more follows it", async () => {
  await using hub = await startHub();
  await using dir = await tempDir();
  const env = { ...backupTo(hub.url), DATA_DIR: dir.path, DENO_CRON_TEST_SCHEDULE_OFFSET: "10" };
  await using hearback = await startHearback(env);
  await until(async () => (await statusOf(hearback)).state === "idle");

  const slow = Promise.withResolvers<void>();
  const atOnce: number[] = [];
  const watch = hub.faults.add({
    match: COMMIT,
    run: async () => {
      atOnce.push(hub.requests.filter(({ path, status }) => COMMIT.path.test(path) && status === 0).length);
      if (atOnce.length === 1) await slow.promise;
    },
  });
  await sendReview(hearback, "Sets off the upload");
  await until(() => watch.hits === 1);
  for (const text of ["While", "it", "lasts"]) await sendReview(hearback, text);
  assert.equal((await statusOf(hearback)).state, "uploading");
  slow.resolve();
  // Two commits are a minute apart.
  await until(async () => (await statusOf(hearback)).pending === 0, { withinMs: 100_000 });
  assert.deepEqual(atOnce, [1, 1]);
  assert.deepEqual(remoteComments(hub), ["Sets off the upload", "While", "it", "lasts"]);
});

Deno.test("F22 while every upload fails for a day status, page, metrics and log say since when, why and what to do", async () => {
  let now = new Date("2026-11-22T12:00:00Z");
  await using hub = await startHub({ now: () => now });
  await using here = await startInstance(hub, { now: () => now });
  await using running = startRunning(hub, here, { now: () => now });
  const { backup, log } = running;
  await running.until(({ state }) => state === "idle");
  await here.submit("Waits");
  const refused = hub.faults.add({ match: COMMIT, status: 403, body: { error: "Forbidden" } });
  const since = now.toISOString();
  for (let tries = 1; tries <= 7; tries++) {
    backup.start();
    await until(() => log.filter(({ event }) => event === "backup-failed").length === tries);
    if (tries < 7) now = new Date(now.getTime() + 4 * HOUR);
  }
  const told = {
    kind: "rights",
    message: `The token may not write to ${REPO}`,
    hint: `Give the token write access to ${REPO}; no restart is needed`,
    retry: false,
  };
  const { state, pending, failure, nextTryAt } = backup.status();
  assert.deepEqual({ state, pending, failure }, { state: "failing", pending: 1, failure: { ...told, since } });
  assert.ok(nextTryAt !== null && nextTryAt > now.toISOString());
  for (const { nextTryAt: _, detail: __, ...entry } of log.filter(({ event }) => event === "backup-failed")) {
    assert.deepEqual(entry, { event: "backup-failed", ...told });
  }
  await using app = await testApp({ deps: () => ({ store: here.store, backup, now: () => now }) });
  assert.match(await (await app.ask("/")).text(), /Backup failing since 22 November[^<]*: the token may not write/);

  const metrics = await (await app.ask("/metrics")).text();
  const failing = ['failures_total{kind="rights"} 7', 'state{state="failing"} 1', "pending 1"];
  for (const line of [...failing, `failing_since_timestamp_seconds ${Date.parse(since) / 1000}`]) {
    assert.ok(metrics.includes(`hearback_backup_${line}\n`), line);
  }

  refused.remove();
  backup.start();
  const healed = await running.until(({ state }) => state === "idle");
  assert.deepEqual({ failure: healed.failure, pending: healed.pending }, { failure: null, pending: 0 });
});

Deno.test("F19 the next try comes no sooner than a 429 asked for, and the status says when", async () => {
  const now = () => new Date("2026-11-22T12:00:00Z");
  await using hub = await startHub();
  await using here = await startInstance(hub);
  await using running = startRunning(hub, here, { now });
  await running.until(({ state }) => state === "idle");
  await here.submit("Waits");
  const answers: number[] = [];
  hub.faults.add({
    match: COMMIT,
    run: () => void answers.push(performance.now()),
    times: 1,
    status: 429,
    headers: { "Retry-After": "1" },
  });
  hub.faults.add({ match: COMMIT, run: () => void answers.push(performance.now()) });
  running.backup.start();
  const { failure, nextTryAt } = await running.until(({ failure }) => failure !== null);
  assert.equal(failure!.kind, "rate_limited");
  assert.equal(nextTryAt, "2026-11-22T12:00:01.000Z");
  await running.until(({ state }) => state === "idle");
  assert.equal(answers.length, 2);
  assert.ok(answers[1]! - answers[0]! >= 1000);
});

Deno.test("F23 SIGTERM with unsaved reviews and a slow Hub: the last run is finished, and the exit code is 0", async () => {
  await using hub = await startHub();
  await using dir = await tempDir();
  await using hearback = await startHearback({ ...backupTo(hub.url), DATA_DIR: dir.path });
  await until(async () => (await statusOf(hearback)).state === "idle");
  await sendReview(hearback, "Last words");
  hub.faults.add({ match: COMMIT, delayMs: 1500 });
  assert.equal(await hearback.stop("SIGTERM"), 0);
  assert.deepEqual(remoteComments(hub), ["Last words"]);
  assert.match(hearback.output(), /"event":"stopped","saved":true/);
});

Deno.test("F23 a Hub that never answers does not hold the stop beyond its deadline, and the next start makes up for it", async () => {
  await using hub = await startHub();
  await using dir = await tempDir();
  {
    await using here = await startInstance(hub, { dir: dir.path });
    await using running = startRunning(hub, here);
    await running.until(({ state }) => state === "idle");
    await here.submit("Only here");
    const hang = hub.faults.add({ match: COMMIT, hang: true });
    running.backup.start();
    await until(() => hang.hits === 1);
    assert.deepEqual(await running.backup.stop({ deadlineMs: 200 }), { saved: false });
    assert.equal(running.backup.status().failure?.message, "The backup was stopped");
    hub.faults.clear();
  }
  await using again = await startInstance(hub, { dir: dir.path });
  await again.run();
  assert.deepEqual(remoteComments(hub), ["Only here"]);
});

Deno.test("F35 with the clock set back or forward order and ids stay, and backups go on", async () => {
  let now = new Date("2026-11-22T12:00:00Z");
  await using hub = await startHub();
  await using here = await startInstance(hub, { now: () => now });
  await using running = startRunning(hub, here, { now: () => now });
  await running.until(({ state }) => state === "idle");
  const jumps = ["2026-11-22T12:00:00Z", "2019-01-01T00:00:00Z", "2038-01-20T00:00:00Z", "2026-11-22T12:01:00Z"];
  for (const jump of jumps) {
    now = new Date(jump);
    await here.submit(jump);
    running.backup.start();
    await running.until(({ state, pending }) => state === "idle" && pending === 0);
    assert.deepEqual(remoteComments(hub).at(-1), jump);
  }
  assert.deepEqual((await here.reviews()).map(({ id }) => id), [1, 2, 3, 4]);
  const { reviews } = await here.store.list({ limit: 10 });
  assert.deepEqual(reviews.map(({ comments }) => comments), jumps.toReversed());
  assert.deepEqual(reviews.map(({ createdAt }) => createdAt), jumps.toReversed());

  // A failure that began in a wrong future still gets its next try.
  now = new Date("2038-01-20T00:00:00Z");
  const down = hub.faults.add({ match: COMMIT, status: 503 });
  await here.submit("Across the jump");
  running.backup.start();
  await running.until(({ failure }) => failure !== null);
  now = new Date("2026-11-22T12:02:00Z");
  down.remove();
  running.backup.start();
  await running.until(({ state }) => state === "idle");
  await using fresh = await startInstance(hub);
  await fresh.run();
  assert.deepEqual(await fresh.reviews(), await here.reviews());
});

function backupTo(endpoint: string) {
  return { HF_ENDPOINT: endpoint, HF_TOKEN: TOKEN, DATASET_REPO: REPO, BACKUP_SOON: "off" };
}
