// A few hundred short simulations, so that the law of the backup is tried with every run of the tests.
import assert from "node:assert/strict";
import { report, simulateAll } from "./simulate_all.ts";

const RUNS = 200;
const SHOWN = 3;

Deno.test("whatever happens to three instances on one dataset, they agree in the end and nothing is missing or doubled", async () => {
  const failed: string[] = [];
  await simulateAll(seeds(), (seed, outcome) => {
    if (outcome.problems.length > 0) failed.push(report(seed, outcome));
  });
  // The whole of each failure would be pages; the others are printed by `SOAK_SEED=… deno task soak`.
  const others = failed.slice(SHOWN).map((text) => text.slice(0, text.indexOf("\n")));
  assert.deepEqual([...failed.slice(0, SHOWN), ...others], []);
});

function* seeds(): Generator<number> {
  const only = Deno.env.get("SOAK_SEED");
  if (only !== undefined) return void (yield Number(only));
  for (let seed = 1; seed <= RUNS; seed++) yield seed;
}
