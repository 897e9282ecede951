// The rows about a backup of a million reviews: making it, submits meanwhile, and coming back from it.
import { createHash } from "node:crypto";
import { downloadFile } from "@huggingface/hub";
import { until } from "../until.ts";
import { backUp, backups, isAtRest, isBackedUp, post, REPO, startBackedUp, startHub, TOKEN } from "./backed_up.ts";
import { type Bench, inTurn, type Pair, type Row } from "./bench_row.ts";
import { madeUpReview, seeded } from "./filled_database.ts";
import type { Server } from "./server.ts";
import { p99, submitTimes } from "./submit_times.ts";

const MILLION = 1_000_000;
const QUIET_MS = 10_000;
const REVIEW = madeUpReview(seeded(3));

/** The run that follows a single review. */
export const backup: Row = {
  what: "a backup after one new review, at 1,000,000",
  against: "the first backup of them all",
  goal: { atMost: 0.35 },
  needs: [],
  async measure(bench) {
    const pairs: Pair[] = [];
    for (let round = 0; round < 2; round++) {
      await using hub = await startHub(bench);
      await using hearback = await startBackedUp(await bench.dataDir(MILLION), hub);
      await isAtRest(hearback);
      await post(hearback, "api/reviews", REVIEW);
      pairs.push({ unit: "s", ours: await backUp(hearback), theirs: backups(hearback)[0] ?? NaN });
    }
    return pairs;
  },
};

/** Submits while a backup runs. */
export const during: Row = {
  what: "99th of 100 submits, 50 a second, during whole backups of 1,000,000 reviews",
  against: "without a backup",
  goal: { atMost: 2 },
  needs: [],
  async measure(bench) {
    await using hub = await startHub(bench);
    const dataDir = await bench.dataDir(MILLION);
    await using hearback = await startBackedUp(dataDir, hub);
    const pairs: Pair[] = [];
    for (let round = 0; round < 3; round++) {
      if (round > 0) await Deno.remove(`${dataDir}/sent_chunks`); // without its memory of what was sent, it sends everything again
      const ours = p99(await submitTimes(hearback, round === 0 ? isBackedUp(hearback) : backUp(hearback)));
      if (round === 0) await isAtRest(hearback);
      const quiet = new Promise((resolve) => setTimeout(resolve, QUIET_MS));
      pairs.push({ unit: "ms", ours, theirs: p99(await submitTimes(hearback, quiet)) });
    }
    return pairs;
  },
};

/** A start on an empty disk. */
export const restore: Row = {
  what: "start on an empty disk until a backup of 1,000,000 reviews is merged",
  against: "download of the same `reviews.db` by the Hub's client and its SHA-256",
  goal: { atMost: 3 },
  needs: [],
  async measure(bench) {
    await using hub = await startHub(bench);
    const first = await startBackedUp(await bench.dataDir(MILLION), hub);
    await isAtRest(first);
    await first.stop();
    return await inTurn("s", {
      rounds: 3,
      ours: () => restoreTime(bench, hub),
      theirs: () => downloadTime(bench, hub),
    });
  },
};

async function restoreTime(bench: Bench, hub: Server): Promise<number> {
  const began = performance.now();
  const hearback = await startBackedUp(await bench.folder(), hub);
  await until(async () => {
    const answer = await fetch(`${hearback.url}api/stats`);
    return (await answer.json()).total >= MILLION;
  });
  const seconds = (performance.now() - began) / 1000;
  await hearback.stop("SIGKILL"); // it would go on with a drill
  return seconds;
}

async function downloadTime(bench: Bench, hub: Server): Promise<number> {
  const path = `${await bench.folder()}/reviews.db`;
  const began = performance.now();
  // By the Hub's own client, because the Hub of the tests is slow at putting a file together for others.
  const blob = await downloadFile({
    repo: { type: "dataset", name: REPO },
    path: "reviews.db",
    hubUrl: hub.url.slice(0, -1),
    accessToken: TOKEN,
  });
  const hash = createHash("sha256");
  using file = await Deno.create(path);
  const writer = file.writable.getWriter();
  for await (const piece of blob?.stream() ?? []) {
    hash.update(piece);
    await writer.write(piece);
  }
  hash.digest("hex");
  return (performance.now() - began) / 1000;
}
