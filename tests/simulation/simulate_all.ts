// Runs many simulations, one at a time on each processor.
import type { Outcome } from "./simulate.ts";

/** Runs the simulations of all `seeds`; `onOutcome` hears how each ended. */
export async function simulateAll(
  seeds: Iterator<number>,
  onOutcome: (seed: number, outcome: Outcome) => void,
): Promise<void> {
  await Promise.all(Array.from({ length: Math.min(navigator.hardwareConcurrency, 4) }, async () => {
    const worker = new Worker(new URL("./simulate_worker.ts", import.meta.url), { type: "module" });
    try {
      for (let next = seeds.next(); !next.done; next = seeds.next()) {
        onOutcome(next.value, await simulated(worker, next.value));
      }
    } finally {
      worker.terminate();
    }
  }));
}

/** What is printed of a simulation that broke the law. */
export function report(seed: number, { trace, problems }: Outcome): string {
  return [`SOAK_SEED=${seed}`, ...trace, ...problems.map((problem) => `✗ ${problem}`)].join("\n");
}

function simulated(worker: Worker, seed: number): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  worker.onmessage = ({ data }: MessageEvent<Outcome>) => resolve(data);
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(`SOAK_SEED=${seed}: ${event.message}`));
  };
  worker.postMessage(seed);
  return promise;
}
