// The Hub's own tests: real counters behind the limits, and headers that say as little as the real ones.
import assert from "node:assert/strict";
import { bytesOf, call, sendCommit } from "./call.ts";
import { startHub } from "./hub.ts";

Deno.test("too many API requests in 5 minutes are a 429 whose headers say how long to wait", async () => {
  let now = 0;
  await using hub = await startHub({ now: () => new Date(now), rateLimits: { requests: 2 } });
  const ask = () => call(hub, "/api/whoami-v2");

  assert.equal((await ask()).headers.get("RateLimit"), '"api";r=1;t=300');
  now += 100_000;
  assert.equal((await ask()).headers.get("RateLimit-Policy"), '"fixed window";"api";q=2;w=300');
  const refused = await ask();
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get("RateLimit"), '"api";r=0;t=200');
  assert.equal(refused.headers.get("Retry-After"), "200");
  assert.match(refused.json().error!, /quota of 2 api requests per 5 minutes/);
  now += 200_000;
  assert.equal((await ask()).status, 200);
});

Deno.test("too many commits in an hour are a 429 whose text alone says how long to wait", async () => {
  let now = 0;
  await using hub = await startHub({ now: () => new Date(now), rateLimits: { commits: 2 } });
  hub.commitDirectly("ada/reviews", { "a.txt": bytesOf("0") });

  assert.equal((await sendCommit(hub, { "a.txt": "1" })).status, 200);
  now += 17 * 60_000;
  assert.equal((await sendCommit(hub, { "a.txt": "2" })).status, 200);
  const refused = await sendCommit(hub, { "a.txt": "3" });
  assert.equal(refused.status, 429);
  assert.match(refused.json().error!, /rate limit for repository commits \(2 per hour\).* in 43 minutes/);
  assert.equal(refused.headers.get("Retry-After"), null);
  assert.equal(refused.headers.get("RateLimit"), '"api";r=998;t=300');
  assert.deepEqual(hub.repo("ada/reviews")!.file("a.txt"), bytesOf("2"));
  now += 43 * 60_000;
  assert.equal((await sendCommit(hub, { "a.txt": "3" })).status, 200);
});
