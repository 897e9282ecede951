// What is asked for comes at the next moment that the distance between two commits allows, and nobody waits longer than an hour.
import assert from "node:assert/strict";
import { runInWorker } from "../../sync/run_in_worker.ts";
import { type Fault, type Hub, startHub } from "../hub/hub.ts";
import { startHearback } from "../process.ts";
import { until } from "../until.ts";
import { press } from "./admin_buttons.ts";
import { clockTest, fasterClock } from "./faked_clock.ts";
import { remoteComments, REPO, startInstance, tempDir, TOKEN } from "./instance.ts";
import { backUpNow, sendReview, statusOf } from "./over_http.ts";
import { startTimed } from "./timed.ts";

const COMMIT = { method: "POST", path: /\/commit\// };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

Deno.test("F49 a new token that comes while a try with the old one fails is used at once", async () => {
  await using hub = await startHub();
  await using dir = await tempDir();
  await backedUp(hub, "Monday");
  await using hearback = await startHearback({ ...backupTo(hub), DATA_DIR: dir.path });
  await until(async () => (await statusOf(hearback)).state === "idle");
  await sendReview(hearback, "Tuesday");
  hub.addToken("hf_fresh", { user: "ada", write: true });
  hub.removeToken(TOKEN);
  const first = hub.faults.add({
    match: { path: /\/commits\// }, // which a backup asks and a drill does not
    times: 1,
    run: () => press(hearback, { do: "token", token: "hf_fresh" }),
  });
  await backUpNow(hearback);
  await until(() => first.hits === 1 && remoteComments(hub).includes("Tuesday"), { withinMs: 15_000 });
  await until(async () => (await statusOf(hearback)).state === "idle");
  assert.match(hearback.output(), /"kind":"token"/); // the old one did fail
});

for (const when of ["while a try fails", "in the waiting time after a try that failed"]) {
  Deno.test(`F49 a backup that is asked for ${when} is made at once`, async () => {
    await using hub = await startHub();
    await using dir = await tempDir();
    await backedUp(hub, "Monday");
    await using hearback = await startHearback({ ...backupTo(hub), DATA_DIR: dir.path });
    await until(async () => (await statusOf(hearback)).state === "idle");
    await sendReview(hearback, "Tuesday");
    // What only a person can put right is looked at by itself after five minutes.
    const run = () => when === "while a try fails" ? backUpNow(hearback) : undefined;
    hub.faults.add({ match: COMMIT, times: 1, status: 403, body: { error: "Forbidden" }, run });
    await backUpNow(hearback);
    await until(() => hearback.output().includes('"kind":"rights"'));
    if (when !== "while a try fails") await backUpNow(hearback);
    await until(() => remoteComments(hub).includes("Tuesday"), { withinMs: 15_000 });
  });
}

Deno.test("F49 a second review within a minute of a commit waits for that minute, and not for a schedule of once a day", async () => {
  await using one = await startTimed({ settings: { soonSeconds: 5 } });
  const { clock, hub, here, running } = one;
  await one.passUntil(({ state }) => state === "idle");
  await here.submit("First");
  await one.passUntil(({ state, pending, drill }) => state === "idle" && pending === 0 && drill !== null);
  const [first] = one.commits();
  await clock.pass(first! + 20_000 - clock.ticks());
  await here.submit("Second");
  const at = await until(() => running.backup.status().nextTryAt ?? undefined, { withinMs: 5_000 });
  const planned = Date.parse(at) - one.began;
  assert.ok(planned >= first! + 60_000 && planned <= first! + 65_000, `planned after ${planned - first!} ms`);
  await clock.pass(first! + 65_000 - clock.ticks());
  await until(() => remoteComments(hub).includes("Second"), { withinMs: 15_000 });
});

Deno.test("F49 of steady reviews each is backed up within a minute and BACKUP_SOON, and no two commits are closer than a minute", async () => {
  await using one = await startTimed({ settings: { soonSeconds: 5 } });
  const { clock, hub, here } = one;
  await one.passUntil(({ state }) => state === "idle");
  for (const text of ["One", "Two", "Three", "Four"]) {
    const since = clock.ticks();
    await here.submit(text);
    await one.passUntil(() => hub.repo(REPO)?.file("reviews.db") !== undefined && remoteComments(hub).includes(text));
    // A minute and five seconds, and what passes of this clock while real work begins.
    assert.ok(one.commits().at(-1)! - since <= 90_000, `"${text}" waited ${one.commits().at(-1)! - since} ms`);
  }
  assert.deepEqual(distances(one.commits()).filter((ms) => ms < 60_000), []);
});

Deno.test("F49 a backup that is asked for within a minute of a commit is made when that minute is over", async () => {
  await using one = await startTimed();
  const { clock, hub, here, running } = one;
  await one.passUntil(({ state }) => state === "idle");
  for (const text of ["First", "Second"]) {
    await here.submit(text);
    running.backup.start();
    await one.passUntil(() => hub.repo(REPO)?.file("reviews.db") !== undefined && remoteComments(hub).includes(text));
  }
  const [apart] = distances(one.commits());
  assert.ok(apart! >= 60_000 && apart! <= 65_000, `${apart} ms apart`);

  await here.submit("Last words");
  const at = clock.ticks();
  assert.deepEqual(await running.backup.stop({ deadlineMs: 20_000 }), { saved: true });
  assert.equal(clock.ticks(), at, "a stop keeps no distance");
  assert.deepEqual(remoteComments(hub), ["First", "Second", "Last words"]);
});

for (const how of ["is asked for", "comes as a review", "comes as a review and is asked for"]) {
  Deno.test(`F49 what ${how} while a commit is being made is backed up once the minute after it is over`, async () => {
    await using one = await startTimed({ settings: { soonSeconds: 5 } });
    const { hub, here, running } = one;
    await one.passUntil(({ state }) => state === "idle");
    hub.faults.add({
      match: COMMIT,
      times: 1,
      async run() {
        if (how !== "is asked for") await here.submit("Meanwhile");
        if (how !== "comes as a review") running.backup.start();
      },
    });
    await here.submit("First");
    await one.passUntil(() => one.commits().length === 1);
    await until(() => running.backup.status().state !== "uploading");
    if (how === "is asked for") await here.submit("Meanwhile");
    await one.passUntil(() => one.commits().length === 2);
    const [apart] = distances(one.commits());
    assert.ok(apart! >= MINUTE && apart! <= MINUTE + 6_000, `${apart} ms apart`);
    await one.passUntil(({ state, pending }) => state === "idle" && pending === 0);
    assert.deepEqual(remoteComments(hub), ["First", "Meanwhile"]);
  });
}

Deno.test("F49 a review that comes between a commit and the end of its run is planned for as any other", async () => {
  let atEnd = (): Promise<unknown> => Promise.resolve();
  await using one = await startTimed({
    settings: {
      soonSeconds: 5,
      runJob: (job, options) => runInWorker(job, options).then((result) => atEnd().then(() => result)),
    },
  });
  const { clock, here, hub, running } = one;
  await one.passUntil(({ state }) => state === "idle");
  await here.submit("First");
  await one.passUntil(({ state, drill }) => state === "idle" && drill !== null); // so that no drill follows the next run
  await clock.pass(2 * MINUTE);
  atEnd = async () => {
    atEnd = () => Promise.resolve();
    await here.submit("Just after");
  };
  await here.submit("Second");
  await one.passUntil(() => one.commits().length === 2);
  await until(() => running.backup.status().state === "pending");
  await one.passUntil(() => remoteComments(hub).includes("Just after"));
  assert.ok(distances(one.commits())[1]! <= 70_000, `${distances(one.commits())}`);
});

clockTest("F49 a process with a schedule of once a year backs up each review soon", async () => {
  await using hub = await startHub();
  await using dir = await tempDir();
  const env = { ...backupTo(hub), BACKUP_SOON: "1", DATA_DIR: dir.path, ...fasterClock(20) };
  await using hearback = await startHearback(env);
  await until(async () => (await statusOf(hearback)).state === "idle");
  for (const text of ["First", "Second", "Third"]) {
    await sendReview(hearback, text);
    await until(() => hub.repo(REPO)?.file("reviews.db") !== undefined && remoteComments(hub).includes(text), {
      withinMs: 15_000,
    });
  }
});

/** A 429 that asks for more than a timer can hold, or for something that is no time at all. */
const FAR: Record<string, Pick<Fault, "headers" | "body">> = {
  "30 days": { headers: { "Retry-After": "2592000" } },
  "a date in ten years": { headers: { "Retry-After": new Date(Date.now() + 3650 * 24 * HOUR).toUTCString() } },
  "more seconds than a date can hold": { headers: { "Retry-After": "9".repeat(30) } },
  "2,000 hours, in words": { body: { error: "You can retry this action in 2000 hours." } },
  "a window of years": { headers: { RateLimit: '"api";r=0;t=99999999' } },
};

for (const [what, asked] of Object.entries(FAR)) {
  Deno.test(`F50 a process that a 429 asks to wait ${what} tries again within an hour, and not in a loop`, async () => {
    await using hub = await startHub();
    await using dir = await tempDir();
    await using hearback = await startHearback({ ...backupTo(hub), DATA_DIR: dir.path });
    await until(async () => (await statusOf(hearback)).state === "idle");
    await sendReview(hearback, "Waits");
    const refused = hub.faults.add({ match: COMMIT, status: 429, ...asked });
    await backUpNow(hearback);
    await until(() => refused.hits > 0);
    const { failure, nextTryAt } = await until(async () => {
      const status = await statusOf(hearback); // that it answers is tried too
      return status.state === "failing" && status;
    });
    assert.equal(failure?.kind, "rate_limited");
    const wait = Date.parse(nextTryAt ?? "") - Date.now();
    assert.ok(wait > MINUTE && wait <= HOUR, `${nextTryAt} is in ${wait} ms`);
    // A loop would go round while all this is done.
    for (const text of ["More", "And more"]) await sendReview(hearback, text);
    const later = Date.parse((await statusOf(hearback)).nextTryAt ?? "") - Date.parse(nextTryAt!);
    assert.ok(Math.abs(later) < 1000, `it was put off by ${later} ms`);
    assert.equal(await hearback.stop(), 1);
    assert.equal(refused.hits, 2, "once when asked for, once at the stop");
  });
}

Deno.test("F50 a backup that is asked for while a try is told to wait does not make another one at once", async () => {
  await using one = await startTimed();
  const { hub, here, running, clock } = one;
  await one.passUntil(({ state }) => state === "idle");
  const refused = hub.faults.add({
    match: COMMIT,
    status: 429,
    headers: { "Retry-After": "600" },
    run: () => refused.hits === 1 ? running.backup.start() : undefined,
  });
  await here.submit("Waits");
  running.backup.start();
  await until(() => running.backup.status().state === "failing");
  const wait = Date.parse(running.backup.status().nextTryAt ?? "") - one.began - clock.ticks();
  assert.ok(wait >= 599_000 && wait <= 601_000, `the next try is in ${wait} ms`);
  refused.remove();
  await one.passUntil(({ state, pending }) => state === "idle" && pending === 0);
  const [apart] = distances(one.commits({ all: true }));
  assert.ok(apart! >= 599_000 && apart! <= 700_000, `${apart} ms apart`); // time passes while it fails, and also while it tries
});

Deno.test("F50 where 30 days are asked for, there is one try an hour", async () => {
  const tries: number[] = [];
  let ticks = () => 0; // until there is a clock
  await using one = await startTimed({
    settings: {
      runJob(job, options) {
        if (job === "backup") tries.push(ticks());
        return runInWorker(job, options);
      },
    },
  });
  const { hub, here, running, clock } = one;
  ticks = () => clock.ticks();
  // As the platform's timers do with what does not fit into 31 bits.
  const after = clock.after.bind(clock);
  clock.after = (ms, work) => after(ms > 2 ** 31 - 1 ? 1 : ms, work);
  await one.passUntil(({ state }) => state === "idle");
  tries.length = 0;
  hub.faults.add({ match: COMMIT, status: 429, headers: { "Retry-After": "2592000" } });
  await here.submit("Waits");
  running.backup.start();
  for (let count = 1; count <= 3; count++) {
    await until(() => running.backup.runs().failures.rate_limited === count, { withinMs: 15_000 });
    await clock.pass(HOUR);
  }
  const apart = tries.slice(1, 3).map((time, index) => time - tries[index]!);
  assert.deepEqual(apart, [HOUR, HOUR]);
});

function distances(times: number[]): number[] {
  return times.slice(1).map((time, index) => time - times[index]!);
}

/** Lets an instance that is gone afterwards make a backup. */
async function backedUp(hub: Hub, ...comments: string[]): Promise<void> {
  await using other = await startInstance(hub);
  for (const text of comments) await other.submit(text);
  await other.run();
}

function backupTo(hub: Hub) {
  const connection = { HF_ENDPOINT: hub.url, HF_TOKEN: TOKEN, DATASET_REPO: REPO };
  return { ...connection, ADMIN_TOKEN: "swordfish", BACKUP_SOON: "off", BACKUP_SCHEDULE: "0 0 1 1 *" };
}
