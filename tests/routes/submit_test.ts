// Who may send how much, what is taken for one review, and what robots are told.
import assert from "node:assert/strict";
import { AppError } from "../../db/app_error.ts";
import { until } from "../until.ts";
import { json, testApp } from "./test_app.ts";

const LIMIT = { rateLimit: { max: 2, windowSeconds: 600 } };

function from(hostname: string): Deno.ServeHandlerInfo {
  return { remoteAddr: { transport: "tcp", hostname, port: 1 }, completed: Promise.resolve() };
}

function post(value: unknown, headers: Record<string, string> = {}): Request {
  return new Request("http://localhost/api/reviews", json(value, headers));
}

Deno.test("past the limit a sender is told when the next review can be sent, and others are not held up", async () => {
  await using t = await testApp({ settings: LIMIT });
  const send = (comments: string, address: string) => t.app.fetch(post({ rating: 5, comments }), from(address));
  assert.equal((await send("a", "192.0.2.1")).status, 201);
  assert.equal((await send("b", "192.0.2.1")).status, 201);
  const refused = await send("c", "192.0.2.1");
  assert.equal(refused.status, 429);
  const wait = Number(refused.headers.get("Retry-After"));
  assert.ok(wait > 590 && wait <= 600, `${wait}`);
  assert.match((await refused.json()).detail, /in 10 minutes$/);
  assert.equal((await send("c", "192.0.2.2")).status, 201);
});

Deno.test("whoever was refused can send after the time that was told", async () => {
  await using t = await testApp({ settings: { rateLimit: { max: 1, windowSeconds: 1 } } });
  const send = () => t.app.fetch(post({ rating: 5 }), from("192.0.2.1"));
  const refused = await until(async () => [await send()].find(({ status }) => status === 429));
  assert.equal(refused.headers.get("Retry-After"), "1");
  await until(async () => (await send()).status === 201);
});

Deno.test("a rate limited form keeps what was typed", async () => {
  await using t = await testApp({ settings: { rateLimit: { max: 1, windowSeconds: 60 } } });
  await t.submit({ rating: "5", comments: "first" });
  const response = await t.submit({ rating: "5", comments: "second thoughts" });
  assert.equal(response.status, 429);
  const wait = Number(response.headers.get("Retry-After"));
  assert.ok(wait > 50 && wait <= 60, `${wait}`);
  const page = await response.text();
  assert.match(page, /second thoughts<\/textarea>/);
  assert.ok(page.includes(`can be sent in ${wait} seconds`));
});

Deno.test("X-Forwarded-For counts only behind a proxy, and then its last public address", async () => {
  const send = async (trustProxy: boolean, chains: string[]) => {
    await using t = await testApp({ settings: { rateLimit: { max: 1, windowSeconds: 600 }, trustProxy } });
    const statuses = [];
    for (const [n, chain] of chains.entries()) {
      const request = post({ rating: 5, comments: `${n}` }, { "X-Forwarded-For": chain });
      statuses.push((await t.app.fetch(request, from("10.0.0.1"))).status);
    }
    return statuses;
  };
  assert.deepEqual(await send(false, ["192.0.2.1", "192.0.2.2"]), [201, 429]);
  assert.deepEqual(await send(true, ["192.0.2.1", "192.0.2.2"]), [201, 201]);
  assert.deepEqual(await send(true, ["6.6.6.6, 192.0.2.1, 10.1.2.3", "7.7.7.7, 192.0.2.1"]), [201, 429]);
  assert.deepEqual(await send(true, ["2001:db8::1", "2001:db8:0:0:ffff::2", "2001:db8:0:1::1"]), [201, 429, 201]);
});

Deno.test("the same text from the same sender is stored once and refused after that", async () => {
  await using t = await testApp({ settings: { rateLimit: { max: 20, windowSeconds: 600 } } });
  const review = { rating: 5, comments: "Buy at example.org", uid: crypto.randomUUID() };
  assert.equal((await t.app.fetch(post(review), from("192.0.2.1"))).status, 201);
  assert.equal((await t.app.fetch(post(review), from("192.0.2.1"))).status, 200);
  const again = await t.app.fetch(post({ ...review, uid: crypto.randomUUID() }), from("192.0.2.1"));
  assert.equal(again.status, 422);
  assert.equal((await again.json()).errors[0].field, "comments");
  assert.equal((await t.app.fetch(post({ ...review, uid: undefined }), from("192.0.2.2"))).status, 201);
});

Deno.test("a repeated text does not count against the limit", async () => {
  await using t = await testApp({ settings: LIMIT });
  const statuses = [];
  for (const comments of ["a", "a", "a", "b", "c"]) {
    statuses.push((await t.app.fetch(post({ rating: 5, comments }), from("192.0.2.1"))).status);
  }
  assert.deepEqual(statuses, [201, 422, 422, 201, 429]);
});

Deno.test("a review that is sent twice at once is no repeated text", async () => {
  await using t = await testApp({ settings: LIMIT });
  const review = { rating: 5, comments: "Fine", uid: crypto.randomUUID() };
  const send = async () => (await t.app.fetch(post(review), from("192.0.2.1"))).status;
  assert.deepEqual((await Promise.all([send(), send()])).toSorted(), [200, 201]);
});

Deno.test("ratings without words may be the same, and RATE_LIMIT=off refuses nothing", async () => {
  await using limited = await testApp({ settings: { rateLimit: { max: 20, windowSeconds: 600 } } });
  await using open = await testApp();
  for (let n = 0; n < 5; n++) {
    assert.equal((await limited.ask("/api/reviews", json({ rating: 5 }))).status, 201);
    assert.equal((await open.ask("/api/reviews", json({ rating: 5, comments: "same" }))).status, 201);
  }
});

Deno.test("a submit that could not be stored does not count", async () => {
  let full = true;
  await using t = await testApp({
    settings: { rateLimit: { max: 1, windowSeconds: 600 } },
    deps: ({ store }) => {
      const add = store.add.bind(store);
      store.add = (review) => full ? Promise.reject(new AppError("disk_full", "There is no room left")) : add(review);
      return {};
    },
  });
  const page = await t.submit({ rating: "5", comments: "Long thoughts" });
  assert.equal(page.status, 507);
  assert.match(await page.text(), /Long thoughts<\/textarea>/);
  full = false;
  assert.equal((await t.submit({ rating: "5", comments: "Long thoughts" })).status, 303);
});

Deno.test("a form that was sent, edited after going back, and sent again is two reviews, however often it is sent", async () => {
  await using t = await testApp();
  const uid = crypto.randomUUID();
  await t.submit({ rating: "4", comments: "First", uid });
  const addresses = [];
  for (let n = 0; n < 2; n++) {
    addresses.push((await t.submit({ rating: "4", comments: "Edited", uid })).headers.get("Location"));
  }
  assert.equal(addresses[0], addresses[1]);
  assert.ok(!addresses[0]?.includes(uid));
  const { reviews } = await t.store.list({ limit: 10 });
  assert.deepEqual(reviews.map(({ comments }) => comments), ["Edited", "First"]);
});

Deno.test("a robot that fills in the trap is refused with an answer that helps a person", async () => {
  await using t = await testApp();
  const response = await t.submit({ rating: "5", comments: "Hello there", homepage: "https://spam.example" });
  const page = await response.text();
  assert.equal(response.status, 422);
  assert.match(page, /please send it again/);
  assert.match(page, /Hello there<\/textarea>/);
  assert.ok(!page.includes("spam.example"));
});

Deno.test("a link that comes back faster than people type is refused at first; words are not", async () => {
  await using t = await testApp();
  const rendered = String(t.clock.now.getTime());
  t.clock.now = new Date(t.clock.now.getTime() + 1000);
  const link = { rating: "5", comments: "See https://example.org", rendered };
  assert.equal((await t.submit(link)).status, 422);
  assert.equal((await t.submit({ rating: "5", comments: "Just words", rendered })).status, 303);
  t.clock.now = new Date(t.clock.now.getTime() + 3000);
  assert.equal((await t.submit(link)).status, 303);
});

Deno.test("what changes something is taken from this host's pages alone; a sandboxed frame may use the form", async () => {
  await using t = await testApp({ settings: { adminToken: "swordfish" } });
  const headers = (Origin: string) => ({ Origin });
  const form = { rating: "5" };
  assert.equal((await t.submit(form, headers("http://localhost"))).status, 303);
  assert.equal((await t.submit(form, headers("null"))).status, 303);
  assert.equal((await t.submit(form, headers("https://evil.example"))).status, 403);
  assert.equal((await t.submit(form, headers("http://localhost.evil.example"))).status, 403);
  assert.equal((await t.ask("/api/reviews", json(form, headers("null")))).status, 403);
  assert.equal((await t.ask("/api/reviews", json({ rating: 5 }, headers("http://localhost")))).status, 201);
  assert.equal((await t.ask("/api/reviews", { headers: headers("https://evil.example") })).status, 200);
});

Deno.test("behind a trusted proxy the forwarded host is the one that counts", async () => {
  await using t = await testApp({ settings: { trustProxy: true } });
  const headers = { Origin: "https://ada-demo.hf.space", "X-Forwarded-Host": "ada-demo.hf.space" };
  assert.equal((await t.submit({ rating: "5" }, headers)).status, 303);
});
