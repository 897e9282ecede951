// The row about memory: what a Hearback that has worked hard holds on to.
import { backUp, startMillion } from "./backed_up.ts";
import { alike, type Row } from "./bench_row.ts";
import { inParallel } from "./in_parallel.ts";
import { REVIEW } from "./request_rows.ts";
import { megabytesOf, post, type Server } from "./server.ts";

/** What is held after many submits. */
export const memory: Row = {
  what: "memory after 100,000 submits and their backup, 1,000,000 reviews stored before",
  against: "bare Hono server under the same load",
  unit: "MB",
  goal: { atMost: 2 },
  rounds: 1,
  async prepare(bench) {
    const { hearback } = await startMillion(bench);
    await submitMany(hearback);
    await backUp(hearback);
    const bare = await bench.bare("bare_hono.ts");
    await submitMany(bare);
    return alike([hearback, bare], megabytesOf);
  },
};

function submitMany(server: Server): Promise<void> {
  return inParallel({ times: 100_000, atOnce: 64 }, () => post(server, "api/reviews", REVIEW));
}
