// The row about the time from the command to the first page.
import { startHearback } from "../process.ts";
import { inTurn, type Row } from "./bench_row.ts";

/** From the command to the first page. */
export const start: Row = {
  what: "time from start to the first page",
  against: "`deno run` of a bare server",
  goal: { atMost: 3 },
  needs: [],
  async measure(bench) {
    const dataDir = await bench.dataDir(10);
    const time = async (args?: string[]) => {
      const began = performance.now();
      await using server = await startHearback({ DATA_DIR: dataDir }, args === undefined ? {} : { args });
      const answer = await fetch(server.url);
      await answer.arrayBuffer();
      return performance.now() - began;
    };
    const bare = ["run", "--allow-net=127.0.0.1", "tests/bench/bare_server.ts"];
    return await inTurn("ms", { rounds: 9, ours: () => time(), theirs: () => time(bare) });
  },
};
