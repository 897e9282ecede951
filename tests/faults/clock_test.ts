// Time as a real process lives it, with its own constants and the real schedule: an hour, a minute without an answer, a clock that is set.
import assert from "node:assert/strict";
import { type Hub, startHub } from "../hub/hub.ts";
import { type RunningHearback, startHearback } from "../process.ts";
import { until } from "../until.ts";
import { clockTest, fasterClock, settableClock } from "./faked_clock.ts";
import { remoteComments, REPO, tempDir, TOKEN } from "./instance.ts";
import { backUpNow, sendReview, statusOf } from "./over_http.ts";

const HOUR = 3_600_000;
const A_MINUTE_AND_MORE = 100_000;

clockTest("F15 the schedule makes no request in an hour in which nothing changed", async () => {
  await using hub = await startHub();
  await using dir = await tempDir();
  await using hearback = await startHearback({ ...backupTo(hub), DATA_DIR: dir.path, ...fasterClock(500) });
  for (const text of ["Before the hour", "After the hour"]) {
    await sendReview(hearback, text); // and the schedule alone brings it to the dataset
    await until(() => newest(hub) === text);
    if (text === "After the hour") break;
    await until(async () => (await statusOf(hearback)).drill?.ok); // the first backup is checked at once, the next in a day
    const { length } = hub.requests;
    const since = await timeOf(hearback);
    await until(async () => await timeOf(hearback) > since + HOUR);
    assert.deepEqual(hub.requests.slice(length).map(({ method, path }) => `${method} ${path}`), []);
  }
});

clockTest("F18 a commit that lands but is not answered is given a minute, then found out", async () => {
  await using hub = await startHub();
  await using dir = await tempDir();
  await using hearback = await startHearback({ ...backupTo(hub), DATA_DIR: dir.path, ...fasterClock(15) });
  await until(async () => (await statusOf(hearback)).state === "idle");
  await sendReview(hearback, "Landed");
  const before = hub.repo(REPO)!.commits.length;
  const silent = hub.faults.add({ match: { method: "POST", path: /\/commit\// }, times: 1, after: true, hang: true });
  await backUpNow(hearback);
  await until(() => silent.hits === 1);
  const since = await timeOf(hearback);
  await until(async () => (await statusOf(hearback)).pending === 0);
  assert.ok(await timeOf(hearback) - since >= 59_000, "the Hub got its minute"); // the header tells whole seconds
  assert.equal(hub.repo(REPO)!.commits.length, before + 1);
  assert.deepEqual(remoteComments(hub), ["Landed"]);
});

clockTest("F35 with the machine's clock set back or forward, schedule, order and ids go on", async () => {
  await using hub = await startHub();
  await using dir = await tempDir();
  const days = ["2026-11-22T12:00:00Z", "2019-01-01T00:00:00Z", "2038-01-20T00:00:00Z", "2026-11-22T12:05:00Z"];
  const clock = settableClock(`${dir.path}/clock`, days[0]!);
  const env = { ...backupTo(hub), DATA_DIR: `${dir.path}/data`, DENO_CRON_TEST_SCHEDULE_OFFSET: "100", ...clock.env };
  await using hearback = await startHearback(env);
  await until(async () => (await statusOf(hearback)).state === "idle");
  for (const [index, day] of days.entries()) {
    clock.set(day);
    const { id, createdAt } = await sendReview(hearback, day);
    assert.equal(id, index + 1);
    assert.equal(createdAt.slice(0, 10), day.slice(0, 10));
  }
  await until(() => newest(hub) === days.at(-1), { withinMs: A_MINUTE_AND_MORE }); // the distance between two commits
  assert.deepEqual(remoteComments(hub), days);
});

clockTest(
  "F35 with the machine's clock set back nobody waits longer for the next review than the limit says",
  async () => {
    await using dir = await tempDir();
    const clock = settableClock(`${dir.path}/clock`, "2026-11-22T12:00:00Z");
    await using hearback = await startHearback({ DATA_DIR: `${dir.path}/data`, RATE_LIMIT: "1/5s", ...clock.env });
    const send = async () => {
      const headers = { "Content-Type": "application/json" };
      const answer = await fetch(`${hearback.url}api/reviews`, { method: "POST", headers, body: '{"rating":5}' });
      await answer.body?.cancel();
      return answer;
    };
    assert.equal((await send()).status, 201);
    clock.set("2026-11-22T02:00:00Z"); // the same day: on another all hashes are new
    const refused = await until(async () => [await send()].find(({ status }) => status === 429));
    assert.ok(Number(refused.headers.get("Retry-After")) <= 5);
    await until(async () => (await send()).status === 201);
  },
);

/** The newest comment in the dataset. */
function newest(hub: Hub): unknown {
  return hub.repo(REPO)?.file("reviews.db") === undefined ? undefined : remoteComments(hub).at(-1);
}

/** What the process takes the time to be, in milliseconds. */
async function timeOf({ url }: RunningHearback): Promise<number> {
  const answer = await fetch(`${url}healthz`);
  await answer.body?.cancel();
  return Date.parse(answer.headers.get("Date") ?? "");
}

function backupTo(hub: Hub) {
  return { HF_ENDPOINT: hub.url, HF_TOKEN: TOKEN, DATASET_REPO: REPO, BACKUP_SOON: "off", ADMIN_TOKEN: "swordfish" };
}
