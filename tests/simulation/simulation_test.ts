// A few hundred short simulations, so that the law of the backup is tried with every run of the tests.
import assert from "node:assert/strict";
import { simulate } from "./simulate.ts";

const SEED = Deno.env.get("SOAK_SEED");
const seeds = SEED === undefined ? Array.from({ length: 40 }, (_, index) => index + 1) : [Number(SEED)];

Deno.test("whatever happens to three instances on one dataset, they agree in the end and nothing is missing or doubled", async () => {
  const begin = performance.now();
  for (const seed of seeds) {
    const { problems, trace, tally } = await simulate(seed);
    if (SEED) console.log(trace.join("\n"), tally);
    if (problems.length) console.log(`SOAK_SEED=${seed}:\n${trace.join("\n")}\n${problems.join("\n")}`);
    assert.equal(problems.length, 0);
  }
  console.log(performance.now() - begin);
});
