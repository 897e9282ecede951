// Thousands of simulations: `deno task soak [minutes]`, each time with new seeds, or `SOAK_SEED=7 deno task soak` for one alone.
import { report, simulateAll } from "./simulate_all.ts";

const MINUTES = 20;

if (import.meta.main) Deno.exit(await soak());

async function soak(): Promise<number> {
  const only = Deno.env.get("SOAK_SEED");
  const sums: Record<string, number> = { runs: 0, failed: 0 };
  await simulateAll(only === undefined ? newSeeds() : [Number(only)].values(), (seed, outcome) => {
    const { tally, problems, trace: _, ...verdict } = outcome;
    for (const [name, value] of Object.entries({ runs: 1, ...tally, ...verdict })) {
      sums[name] = (sums[name] ?? 0) + value;
    }
    if (problems.length > 0) sums.failed!++;
    if (problems.length > 0 || only !== undefined) console.log(report(seed, outcome));
    if (sums.runs! % 100 === 0) console.log(new Date().toISOString(), JSON.stringify(sums));
  });
  console.table(sums);
  return sums.failed === 0 ? 0 : 1;
}

function* newSeeds(): Generator<number> {
  const endAt = Date.now() + Number(Deno.args[0] ?? MINUTES) * 60_000;
  for (let seed = Math.floor(Math.random() * 2 ** 31); Date.now() < endAt; seed++) yield seed;
}
