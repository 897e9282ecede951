// The row about memory: what a Hearback that has worked hard holds on to.
import { backUp, isAtRest, startBackedUp, startHub } from "./backed_up.ts";
import type { Pair, Row } from "./bench_row.ts";
import { SUBMIT } from "./request_rows.ts";
import { memoryOf, type Server, startServer } from "./server.ts";
import { load } from "./wrk.ts";

export const memory: Row = {
  what: "memory after 100,000 submits and their backup, 1,000,000 reviews stored before",
  against: "bare Hono server under the same load",
  goal: { atMost: 2 },
  needs: ["wrk"],
  async measure(bench) {
    const pairs: Pair[] = [];
    await using hub = await startHub(bench);
    const dataDir = await bench.dataDir(1_000_000);
    const args = ["run", "--allow-net=127.0.0.1", "tests/bench/bare_hono.ts"];
    for (let round = 0; round < 3; round++) {
      await using hearback = await startBackedUp(dataDir, hub);
      if (round === 0) await isAtRest(hearback);
      await submitMany(hearback);
      await backUp(hearback);
      await using bare = await startServer({ DATA_DIR: dataDir }, { args });
      await submitMany(bare);
      pairs.push({ unit: "MB", ours: await memoryOf(hearback) / 1e6, theirs: await memoryOf(bare) / 1e6 });
    }
    return pairs;
  },
};

async function submitMany({ url }: Server): Promise<void> {
  await load(`${url}api/reviews`, { ...SUBMIT, connections: 64, seconds: 100, requests: 100_000 });
}
