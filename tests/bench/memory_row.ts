// The row about memory: what a Hearback that has worked hard holds on to.
import { backUp, isAtRest, startBackedUp, startHub } from "./backed_up.ts";
import type { Row } from "./bench_row.ts";
import { SUBMIT } from "./request_rows.ts";
import { memoryOf, type Server, startServer } from "./server.ts";
import { load } from "./wrk.ts";

/** What is held after many submits. */
export const memory: Row = {
  what: "memory after 100,000 submits and their backup, 1,000,000 reviews stored before",
  against: "bare Hono server under the same load",
  goal: { atMost: 2 },
  needs: ["wrk"],
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

async function submitMany({ url }: Server): Promise<void> {
  await load(`${url}api/reviews`, { ...SUBMIT, connections: 64, seconds: 100, requests: 100_000 });
}
