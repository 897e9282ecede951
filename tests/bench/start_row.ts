// The row about the time from the command to the first page.
import { startHearback } from "../process.ts";
import type { Row } from "./bench_row.ts";

/** From the command to the first page. */
export const start: Row = {
  what: "time from start to the first page",
  against: "`deno run` of a bare server",
  unit: "ms",
  goal: { atMost: 3 },
  rounds: 9,
  async prepare(bench) {
    const dataDir = await bench.dataDir(10);
    const bare = ["run", "--allow-net=127.0.0.1", "tests/bench/bare_server.ts"];
    return { ours: () => timeToPage(dataDir), theirs: () => timeToPage(dataDir, { args: bare }) };
  },
};

/** Milliseconds until Hearback, or what `args` run, has given its first page. */
export async function timeToPage(dataDir: string, options: { args?: string[] } = {}): Promise<number> {
  const began = performance.now();
  await using server = await startHearback({ DATA_DIR: dataDir }, options);
  const answer = await fetch(server.url);
  await answer.arrayBuffer();
  return performance.now() - began;
}
