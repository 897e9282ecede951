// The row about memory: what a Hearback that has worked hard holds on to.
import { backUp, isAtRest, startBackedUp, startHub } from "./backed_up.ts";
import type { Row } from "./bench_row.ts";
import { inParallel } from "./in_parallel.ts";
import { SUBMIT } from "./request_rows.ts";
import { memoryOf, type Server, startServer } from "./server.ts";

/** What is held after many submits. */
export const memory: Row = {
  what: "memory after 100,000 submits and their backup, 1,000,000 reviews stored before",
  against: "bare Hono server under the same load",
  goal: { atMost: 2 },
  needs: [],
  async measure(bench) {
    await using hub = await startHub(bench);
    await using hearback = await startBackedUp(await bench.dataDir(1_000_000), hub);
    await isAtRest(hearback);
    await submitMany(hearback);
    await backUp(hearback);
    const args = ["run", "--allow-net=127.0.0.1", "tests/bench/bare_hono.ts"];
    await using bare = await startServer({ DATA_DIR: await bench.folder() }, { args });
    await submitMany(bare);
    return [{ unit: "MB", ours: await memoryOf(hearback) / 1e6, theirs: await memoryOf(bare) / 1e6 }];
  },
};

function submitMany({ url }: Server): Promise<void> {
  return inParallel({ times: 100_000, atOnce: 64 }, async () => {
    const answer = await fetch(`${url}api/reviews`, SUBMIT);
    await answer.body?.cancel();
    if (answer.status !== 201) throw new Error(`A submit was answered with ${answer.status}`);
  });
}
