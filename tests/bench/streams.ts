// `deno task bench:streams [NUMBER …]`: how long a submit takes while that many pages listen to the event stream.
import { startHearback } from "../process.ts";
import type { Listening } from "./listeners.ts";

const SUBMITS = 500;
const PAUSE_MS = 10;
const numbers = Deno.args.length > 0 ? Deno.args.map(Number) : [0, 500, 2000];

console.log(
  `Time of a submit, ${SUBMITS} of them one after the other, ${PAUSE_MS} ms apart; the listeners share the machine

| open streams | median | 99th of 100 | streams that heard of the last review |
| ---: | ---: | ---: | ---: |`,
);
for (const number of numbers) {
  const { times, heard } = await measure(number);
  const at = (share: number) => `${(times[Math.floor(times.length * share)] ?? NaN).toFixed(2)} ms`;
  console.log(`| ${number} | ${at(0.5)} | ${at(0.99)} | ${heard} |`);
}

/** Sends the reviews to a fresh Hearback with `number` open streams. */
async function measure(number: number): Promise<{ times: number[]; heard: number }> {
  const dir = await Deno.makeTempDir({ prefix: "hearback_streams_" });
  await using hearback = await startHearback({ DATA_DIR: dir, RATE_LIMIT: "off" });
  const last = crypto.randomUUID();
  const listeners = new Worker(new URL("./listeners.ts", import.meta.url), { type: "module" });
  const answers = messagesOf(listeners);
  listeners.postMessage({ url: hearback.url, number, last } satisfies Listening);
  await answers.next();
  const times = [];
  for (let n = 1; n <= SUBMITS; n++) {
    const begin = performance.now();
    await submit(hearback.url, n === SUBMITS ? last : crypto.randomUUID());
    times.push(performance.now() - begin);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  const heard = Number((await answers.next()).value);
  listeners.terminate();
  await hearback.stop();
  await Deno.remove(dir, { recursive: true });
  return { times: times.toSorted((a, b) => a - b), heard };
}

async function* messagesOf(worker: Worker): AsyncGenerator<unknown> {
  let next = Promise.withResolvers<unknown>();
  const messages = [next.promise];
  worker.onmessage = ({ data }) => {
    next.resolve(data);
    messages.push((next = Promise.withResolvers()).promise);
  };
  for (let message = messages.shift(); message !== undefined; message = messages.shift()) yield await message;
}

async function submit(url: string, uid: string): Promise<void> {
  const response = await fetch(`${url}api/reviews`, {
    method: "POST",
    body: JSON.stringify({ uid, rating: 5, comments: "Sent while many listen" }),
    headers: { "Content-Type": "application/json" },
  });
  await response.body?.cancel();
  if (response.status !== 201) throw new Error(`A submit was answered with ${response.status}`);
}
