// The answers that are made once until the store changes: never older than the last change, and one for each address, encoding and scheme.
import assert from "node:assert/strict";
import { Hono } from "@hono/hono";
import type { Env } from "../../routes/deps.ts";
import { createKeptAnswers } from "../../routes/http/kept_answers.ts";
import { json, testApp } from "./test_app.ts";

Deno.test("lists and numbers that were kept show every change at once, in each encoding", async () => {
  await using t = await testApp();
  for (const encoding of ["gzip", "identity"]) {
    const total = async (path: string) => {
      const { headers, body } = await t.ask(path, { headers: { "Accept-Encoding": encoding } });
      assert.equal(headers.get("Content-Encoding"), encoding === "gzip" ? "gzip" : null);
      const plain = encoding === "gzip" ? body!.pipeThrough(new DecompressionStream("gzip")) : body;
      return (await new Response(plain).json()).total;
    };
    const paths = ["/api/reviews", "/api/stats", "/api/reviews?rating=4"];
    const totals = async () => [await Promise.all(paths.map(total)), await Promise.all(paths.map(total))].flat();
    assert.deepEqual(await totals(), [0, 0, 0, 0, 0, 0]);
    const { uid } = await (await t.ask("/api/reviews", json({ rating: 5 }))).json();
    assert.deepEqual(await totals(), [1, 1, 0, 1, 1, 0]);
    await t.store.erase(uid);
    assert.deepEqual(await totals(), [0, 0, 0, 0, 0, 0]);
  }
});

Deno.test("an answer that others have overtaken while it was made is not kept", async () => {
  let version = 1;
  const answers = createKeptAnswers({ store: { version: () => version }, securityHeaders: () => ({}), start: "x" });
  const slow = Promise.withResolvers<string>();
  const made = [slow.promise, "second", "third"];
  const app = new Hono<Env>().get("/", (c) => answers.json(c, async () => await made.shift()));
  const ask = async () => await (await app.request("/")).json();
  const first = ask();
  version = 2;
  assert.equal(await ask(), "second");
  slow.resolve("first");
  assert.equal(await first, "first");
  assert.equal(await ask(), "second");
  version = 3;
  assert.equal(await ask(), "third");
});

Deno.test("an answer that was kept over HTTP does not go out over HTTPS", async () => {
  await using t = await testApp({ settings: { trustProxy: true } });
  for (const scheme of ["http", "https", "http", "https"]) {
    const { headers, body } = await t.ask("/api/stats", { headers: { "X-Forwarded-Proto": scheme } });
    assert.equal(headers.has("Strict-Transport-Security"), scheme === "https");
    await body?.cancel();
  }
});
