// Tells how long people wait for the answer to a submit while something else goes on.

/** Sends some fifty reviews a second while `during` lasts, and returns the milliseconds that each took, the shortest first. */
export async function submitTimes({ url }: { url: string }, during: Promise<unknown>): Promise<number[]> {
  const { promise, resolve, reject } = Promise.withResolvers<number[]>();
  const worker = new Worker(new URL("submit_worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<number[]>) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
  worker.postMessage(`${url}api/reviews`);
  await during;
  worker.postMessage("enough");
  const times = await promise.finally(() => worker.terminate());
  return times.toSorted((a, b) => a - b);
}

/** The 99th of 100. */
export function p99(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length * 0.99)] ?? NaN;
}
