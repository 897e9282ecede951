// The rows about a backup of a million reviews: making it, submits meanwhile, and coming back from it.
import { createHash } from "node:crypto";
import { downloadFile } from "@huggingface/hub";
import { until } from "../until.ts";
import { backUp, backups, MILLION, REPO, startBackedUp, startMillion, TOKEN } from "./backed_up.ts";
import type { Bench, Row } from "./bench_row.ts";
import { madeUpReview, seeded } from "./filled_database.ts";
import { post, type Server } from "./server.ts";
import { p99, submitTimes } from "./submit_times.ts";

const QUIET_MS = 10_000;
const REVIEW = madeUpReview(seeded(3));

/** The run that follows a single review. */
export const backup: Row = {
  what: "a backup after one new review, at 1,000,000",
  against: "the first backup of them all",
  unit: "s",
  goal: { atMost: 0.35 },
  rounds: 2,
  async prepare(bench) {
    let million = await startMillion(bench);
    let first = true;
    return {
      async ours() {
        await post(million.hearback, "api/reviews", REVIEW);
        return await backUp(million.hearback);
      },
      async theirs() {
        if (!first) {
          await million.hearback.stop();
          await million.hub.stop();
          million = await startMillion(bench);
        }
        first = false;
        return backups(million.hearback)[0] ?? NaN;
      },
    };
  },
};

/** Submits while a backup runs. */
export const during: Row = {
  what: "99th of 100 submits, 50 a second, during whole backups of 1,000,000 reviews",
  against: "without a backup",
  unit: "ms",
  goal: { atMost: 2 },
  rounds: 3,
  async prepare(bench) {
    const { hearback, dataDir } = await startMillion(bench);
    const p99During = async (during: Promise<unknown>) => p99(await submitTimes(hearback, during));
    return {
      async ours() {
        await Deno.remove(`${dataDir}/sent_chunks`); // without its memory of what was sent, it sends everything again
        return await p99During(backUp(hearback));
      },
      theirs: () => p99During(new Promise((resolve) => setTimeout(resolve, QUIET_MS))),
    };
  },
};

/** A start on an empty disk. */
export const restore: Row = {
  what: "start on an empty disk until a backup of 1,000,000 reviews is merged",
  against: "download of the same `reviews.db` by the Hub's client and its SHA-256",
  unit: "s",
  goal: { atMost: 3 },
  rounds: 3,
  async prepare(bench) {
    const { hub, hearback } = await startMillion(bench);
    await hearback.stop();
    return { ours: () => restoreTime(bench, hub), theirs: () => downloadTime(bench, hub) };
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
