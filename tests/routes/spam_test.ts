// What keeps senders from taking more than their share: of time, of room and of open streams.
import assert from "node:assert/strict";
import { Hono } from "@hono/hono";
import { createAddressHash } from "../../routes/http/address_hash.ts";
import { admission } from "../../routes/http/admission.ts";
import type { BodyLimits } from "../../routes/http/request_body.ts";
import { STREAMS_PER_ADDRESS } from "../../routes/http/address_limits.ts";
import { startHearback } from "../process.ts";
import { temporaryFolder } from "../db/temporary_folder.ts";
import { ERROR_STATUS } from "../../routes/http/error_status.ts";
import { AppError } from "../../db/app_error.ts";
import { testApp } from "./test_app.ts";
import { until } from "../until.ts";

Deno.test("an address is known as a hash of its day, and nobody else makes the same one", () => {
  const clock = { now: new Date("2026-11-22T23:59:59Z") };
  const hash = createAddressHash({ now: () => clock.now });
  const other = createAddressHash({ now: () => clock.now });
  const known = hash("203.0.113.7");
  assert.equal(hash("203.0.113.7"), known);
  assert.notEqual(hash("203.0.113.8"), known);
  assert.notEqual(other("203.0.113.7"), known);
  clock.now = new Date("2026-11-23T00:00:00Z");
  assert.notEqual(hash("203.0.113.7"), known);
});

Deno.test("an address may hold so many event streams open and no more, until one of them ends", async () => {
  await using t = await testApp({ settings: { rateLimit: { max: 20, windowSeconds: 600 }, trustProxy: true } });
  const from = (address: string) => t.ask("/api/events", { headers: { "X-Forwarded-For": address } });
  const open: Response[] = [];
  for (let n = 0; n < STREAMS_PER_ADDRESS; n++) open.push(await from("203.0.113.7"));
  assert.ok(open.every(({ status }) => status === 200));
  const refused = await from("203.0.113.7");
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get("Retry-After"), "60");
  assert.match((await refused.json()).detail, /Too many pages are open/);
  const other = await from("203.0.113.8");
  assert.equal(other.status, 200);
  await open.pop()?.body?.cancel();
  const again = await from("203.0.113.7");
  assert.equal(again.status, 200);
  assert.equal((await from("203.0.113.7")).status, 429);
  for (const { body } of [...open, other, again]) await body?.cancel();
});

Deno.test("HEAD /api/events leaves no stream open, and RATE_LIMIT=off counts none", async () => {
  await using limited = await testApp({ settings: { rateLimit: { max: 20, windowSeconds: 600 } } });
  await using free = await testApp();
  const open: Response[] = [];
  for (let n = 0; n <= STREAMS_PER_ADDRESS; n++) {
    assert.equal((await limited.ask("/api/events", { method: "HEAD" })).status, 200);
    open.push(await free.ask("/api/events"));
  }
  assert.ok(open.every(({ status }) => status === 200));
  for (const { body } of open) await body?.cancel();
  assert.match(await (await limited.ask("/metrics")).text(), /hearback_event_streams 0/);
});

Deno.test("a body that does not arrive in time is answered with 408", async () => {
  await using site = serveBodies({ patienceMs: 50 });
  using connection = await site.connect();
  await connection.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nslow");
  const answer = await connection.read();
  assert.match(answer, /^HTTP\/1\.1 408 /);
  assert.match(answer, /did not arrive within 0\.05 seconds/);
});

Deno.test("a body has the time that the limit says and no longer, and one that is here in time stops the clock", async () => {
  const set: { end: () => void; ms: number | undefined }[] = [];
  const cleared: unknown[] = [];
  const setTimer = (end: () => void, ms?: number) => set.push({ end, ms });
  const timers = { setTimeout: setTimer, clearTimeout: (timer: unknown) => cleared.push(timer) } as never;
  await using site = serveBodies({ patienceMs: 10_000, timers });
  const head = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 6\r\n\r\n";
  using slow = await site.connect();
  await slow.send(`${head}abc`);
  await until(() => set.length === 1);
  assert.equal(set[0]!.ms, 10_000);
  set[0]!.end();
  assert.match(await slow.read(), /^HTTP\/1\.1 408 /);
  using quick = await site.connect();
  await quick.send(`${head}abc`);
  await until(() => set.length === 2);
  await quick.send("def");
  assert.match(await quick.read(), /\r\n\r\ngot abcdef$/);
  assert.deepEqual(cleared, [1, 2]);
});

Deno.test("a body that hides its length and never ends is cut off by its size or by the time", async () => {
  await using hurried = serveBodies({ patienceMs: 50 });
  await using patient = serveBodies({ patienceMs: 60_000 });
  const head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  using small = await hurried.connect();
  await small.send(`${head}4\r\nslow\r\n`);
  assert.match(await small.read(), /^HTTP\/1\.1 408 /);
  using large = await patient.connect();
  await large.send(`${head}7d0\r\n${"x".repeat(2000)}\r\n`);
  assert.match(await large.read(), /^HTTP\/1\.1 413 /);
});

Deno.test("a body in pieces arrives whole, and so does one that is empty", async () => {
  await using site = serveBodies({ patienceMs: 60_000 });
  using connection = await site.connect();
  await connection.send("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 6\r\n\r\nabc");
  await connection.send("def");
  assert.match(await connection.read(), /\r\n\r\ngot abcdef$/);
  assert.equal(await (await fetch(site.url, { method: "POST", body: "" })).text(), "got ");
});

Deno.test("Hearback itself refuses what is announced as too large before it is sent", async () => {
  await using folder = await temporaryFolder();
  await using hearback = await startHearback({ DATA_DIR: folder.path("data") });
  const { hostname, port } = new URL(hearback.url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const head = `POST /api/reviews HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: 9999999\r\n\r\n`;
  await connection.write(new TextEncoder().encode(head));
  const answer = new Uint8Array(4096);
  const length = await connection.read(answer) ?? 0;
  assert.match(new TextDecoder().decode(answer.subarray(0, length)), /^HTTP\/1\.1 413 /);
});

/** A server behind the middleware alone, which says what it got. */
function serveBodies(limits: Omit<BodyLimits, "maxBytes">) {
  const app = new Hono();
  app.use(admission({ settings: { trustProxy: false }, limits: { maxBytes: 1024, ...limits } }));
  app.post("/", async (c) => c.text(`got ${await c.req.text()}`));
  app.onError((error, c) => c.text(error.message, ERROR_STATUS[(error as AppError).code][0]));
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    async connect() {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
      return {
        send: (text: string) => connection.write(new TextEncoder().encode(text)),
        /** The answer, as far as it comes at once. */
        async read() {
          const bytes = new Uint8Array(4096);
          return new TextDecoder().decode(bytes.subarray(0, await connection.read(bytes) ?? 0));
        },
        [Symbol.dispose]: () => connection.close(),
      };
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
