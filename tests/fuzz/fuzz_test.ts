// A short throw of the fuzz; `deno task fuzz` throws 20,000 requests and prints what came back.
import assert from "node:assert/strict";
import { fuzz } from "./fuzz.ts";

Deno.test("requests that no client would send get no 5xx, and store nothing that is not a review", async () => {
  const { statuses, problems, reviews } = await fuzz({ requests: 400, seed: Math.floor(Math.random() * 1e6) });
  assert.deepEqual(problems, []);
  assert.ok(reviews > 50, `only ${reviews} were stored`);
  for (const status of ["200", "303", "400", "404", "405", "413", "415", "422"]) {
    assert.ok(statuses[status], `no ${status} in ${JSON.stringify(statuses)}`);
  }
});
