// The row about submits while thousands of pages listen to the event stream.
import { type Bench, inTurn, type Pair, type Row } from "./bench_row.ts";
import type { Listening } from "./listeners.ts";
import { type Server, startServer } from "./server.ts";
import { p99, submitTimes } from "./submit_times.ts";

const STREAMS = 2000;
const ROUNDS = 5;
const MS = 8000;

/** Submits while many listen. */
export const streams: Row = {
  what: "99th of 100 submits, 50 a second, with 2,000 open event streams",
  against: "with none",
  goal: { atMost: 2 },
  needs: [],
  async measure(bench: Bench): Promise<Pair[]> {
    const env = async () => ({ DATA_DIR: await bench.dataDir(10), RATE_LIMIT: "off" });
    await using loud = await startServer(await env());
    await using quiet = await startServer(await env());
    const open = Promise.withResolvers<void>();
    const heard = Promise.withResolvers<number>();
    const worker = new Worker(new URL("./listeners.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => data === "open" ? open.resolve() : heard.resolve(data);
    try {
      const last = crypto.randomUUID();
      worker.postMessage({ url: loud.url, number: STREAMS, last } satisfies Listening);
      await open.promise;
      const time = async (server: Server) => p99(await submitTimes(server, pause(MS)));
      const pairs = await inTurn("ms", { rounds: ROUNDS, ours: () => time(loud), theirs: () => time(quiet) });
      await pause(MS); // of many at once the streams are only told to load them
      await submitLast(loud.url, last);
      const number = await heard.promise;
      if (number !== STREAMS) throw new Error(`Only ${number} of ${STREAMS} streams heard of the last review`);
      return pairs;
    } finally {
      worker.terminate();
    }
  },
};

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function submitLast(url: string, uid: string): Promise<void> {
  const answer = await fetch(`${url}api/reviews`, {
    method: "POST",
    body: JSON.stringify({ uid, rating: 5, comments: "The last one" }),
    headers: { "Content-Type": "application/json" },
  });
  await answer.body?.cancel();
}
