// The row about submits while thousands of pages listen to the event stream.
import { alike, type Row } from "./bench_row.ts";
import type { Listening } from "./listeners.ts";
import { post, type Server } from "./server.ts";
import { p99, submitTimes } from "./submit_times.ts";

const STREAMS = 2000;
const MS = 8000;

/** Submits while many listen. */
export const streams: Row = {
  what: "99th of 100 submits, 50 a second, with 2,000 open event streams",
  against: "with none",
  unit: "ms",
  goal: { atMost: 2 },
  async prepare(bench) {
    const [loud, quiet] = [await bench.hearback(), await bench.hearback()];
    const last = crypto.randomUUID();
    const heard = await bench.use(listenTo({ url: loud.url, number: STREAMS, last }));
    return {
      ...alike([loud, quiet], async (server: Server) => p99(await submitTimes(server, pause(MS)))),
      async check() {
        await pause(MS); // of many at once the streams are only told to load them
        await post(loud, "api/reviews", { uid: last, rating: 5, comments: "The last one" });
        const number = await heard.number;
        if (number !== STREAMS) throw new Error(`Only ${number} of ${STREAMS} streams heard of the last review`);
      },
    };
  },
};

/** Opens the streams; `number` says how many of them heard of the last review. */
async function listenTo(listening: Listening): Promise<{ number: Promise<number> } & AsyncDisposable> {
  const open = Promise.withResolvers<void>();
  const heard = Promise.withResolvers<number>();
  const worker = new Worker(new URL("./listeners.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => data === "open" ? open.resolve() : heard.resolve(data);
  worker.postMessage(listening);
  await open.promise;
  return { number: heard.promise, [Symbol.asyncDispose]: () => Promise.resolve(worker.terminate()) };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
