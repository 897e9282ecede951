// A few hundred short simulations, so that the law of the backup is tried with every run of the tests.
import assert from "node:assert/strict";
import { report, simulateAll } from "./simulate_all.ts";

const RUNS = 200;

Deno.test("whatever happens to three instances on one dataset, they agree in the end and nothing is missing or doubled", async () => {
  const failed: string[] = [];
  await simulateAll(seeds(), (seed, outcome) => {
    if (outcome.problems.length > 0) failed.push(report(seed, outcome));
  });
  assert.deepEqual(failed, []);
});

function* seeds(): Generator<number> {
  const only = Deno.env.get("SOAK_SEED");
  if (only !== undefined) return void (yield Number(only));
  for (let seed = 1; seed <= RUNS; seed++) yield seed;
}
