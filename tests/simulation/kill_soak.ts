// Kills Hearback every few seconds while it takes reviews and half of what it asks the Hub fails: `deno task soak:kill [minutes]`.
import { randomInt } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { backUpNow, statusOf } from "../faults/over_http.ts";
import { type Hub, startHub } from "../hub/hub.ts";
import { type RunningHearback, startHearback } from "../process.ts";
import { until } from "../until.ts";
import { type Contents, readContents } from "./contents.ts";

const MINUTES = 5;
const REPO = "ada/reviews";
const SENDERS = 4;
const PAUSE_MS = 100; // of each sender between two reviews, and between two requests for a backup

if (import.meta.main) Deno.exit(await killSoak());

async function killSoak(): Promise<number> {
  const endAt = Date.now() + Number(Deno.args[0] ?? MINUTES) * 60_000;
  const folder = await Deno.makeTempDir({ prefix: "hearback_kill_soak_" });
  await using hub = await startHub();
  failHalf(hub);
  const env = { DATA_DIR: folder, HF_ENDPOINT: hub.url, HF_TOKEN: "hf_local_write", DATASET_REPO: REPO };
  const start = () => startHearback({ ...env, ADMIN_TOKEN: "swordfish", RATE_LIMIT: "off" });
  const answered = new Map<string, string>();
  let resent = 0;
  let kills = 0;
  let hearback = await start();
  const senders = Array.from({ length: SENDERS }, async () => {
    while (Date.now() < endAt) {
      const review = { uid: crypto.randomUUID(), rating: randomInt(1, 6), comments: `At ${performance.now()}` };
      while (!await send(hearback, review)) {
        resent++;
        await wait(PAUSE_MS);
      }
      answered.set(review.uid, review.comments);
      await wait(PAUSE_MS);
    }
  });
  // Left alone, it would wait longer after each failure than it lives.
  const owner = (async () => {
    for (; Date.now() < endAt; await wait(PAUSE_MS)) await backUpNow(hearback).catch(() => {}); // it may be dead
  })();
  while (Date.now() < endAt) {
    await wait(randomInt(2000, 6000));
    hearback.kill("SIGKILL");
    await hearback.status;
    kills++;
    hearback = await start();
  }
  await Promise.all([...senders, owner]);
  const seen = [...hub.requests];
  hub.faults.clear();
  await hearback.stop("SIGKILL");
  hearback = await start();
  await until(async () => (await statusOf(hearback)).state === "idle", { withinMs: 120_000 });
  const code = await hearback.stop();

  const database = readContents(`${folder}/reviews.db`);
  const dataset = readContents(hub.repo(REPO)!.file("reviews.db")!);
  const result = {
    kills: kills + 1,
    answered: answered.size,
    "sent again": resent,
    "requests to the Hub": seen.length,
    "of them failed": seen.filter(({ status }) => status === 0 || status >= 500).length,
    commits: hub.repo(REPO)!.commits.length,
    "missing in the database": missing(answered, database),
    "missing in the dataset": missing(answered, dataset),
    doubled: dataset.rows.length - new Set(dataset.rows.map(({ comments }) => comments)).size,
    "exit code at the end": code,
  };
  console.table(result);
  await Deno.remove(folder, { recursive: true });
  const { doubled } = result;
  return result["missing in the database"] + result["missing in the dataset"] + doubled + code === 0 ? 0 : 1;
}

/** Half of all requests fail: a third of these before they take effect, the others after it. */
function failHalf({ faults }: Hub): void {
  const chance = 1 - 0.5 ** (1 / 3);
  faults.add({ chance, seed: randomInt(2 ** 31), status: 500 });
  faults.add({ chance, seed: randomInt(2 ** 31), status: 500, after: true });
  faults.add({ chance, seed: randomInt(2 ** 31), cut: 0, after: true });
}

/** True once the review was answered as stored; a connection that fails says nothing, so the same review is sent again. */
async function send({ url }: RunningHearback, review: Record<string, unknown>): Promise<boolean> {
  try {
    const answer = await fetch(`${url}api/reviews`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(review),
    });
    await answer.body?.cancel();
    if (answer.status === 200 || answer.status === 201) return true;
    throw new Error(`A review was answered with ${answer.status}`);
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

function missing(answered: Map<string, string>, { rows }: Contents): number {
  const there = new Map(rows.map(({ uid, comments }) => [uid, comments]));
  return [...answered].filter(([uid, comments]) => there.get(uid) !== comments).length;
}
