// The Model Context Protocol, spoken with its official client over a real server.
import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { testSite } from "../browser/test_site.ts";
import type { TestAppOptions } from "../routes/test_app.ts";

Deno.test("an agent finds the tools, sends a review and reads it back", async () => {
  await using t = await connect({ settings: { publicNames: false } });
  const { tools } = await t.client.listTools();
  assert.deepEqual(tools.map(({ name }) => name), ["submit_review", "list_reviews"]);
  assert.deepEqual(tools[0]?.inputSchema.required, ["rating"]);
  const sent = await t.call("submit_review", { rating: 4, comments: "By an agent", name: "Ada", source: "mcp" });
  assert.equal(sent.isError, undefined);
  const stored = await t.store.list({ limit: 10 });
  assert.deepEqual(stored.reviews.map(({ comments, name }) => [comments, name]), [["By an agent", "Ada"]]);
  const listed = await t.call("list_reviews", { limit: 5, rating: 4 });
  const [review] = JSON.parse(listed.text).reviews;
  assert.deepEqual((listed.structuredContent as { reviews: unknown[] }).reviews, [review]);
  assert.equal(review.uid, stored.reviews[0]?.uid);
  assert.equal(review.name, null, "names are not public here");
});

Deno.test("an agent is told what is wrong, in the words that people read", async () => {
  await using t = await connect();
  const wrong = await t.call("submit_review", { rating: 6 });
  assert.equal(wrong.isError, true);
  assert.match(wrong.text, /rating: The rating must be a whole number from 1 to 5/);
  assert.match((await t.call("list_reviews", { limit: 1000 })).text, /limit: "1000" is no whole number from 1 to 100/);
  assert.equal((await t.store.stats()).total, 0);
});

Deno.test("an agent counts against the same limit as everybody at its address", async () => {
  await using t = await connect({ settings: { rateLimit: { max: 2, windowSeconds: 600 } } });
  for (let n = 0; n < 2; n++) await t.call("submit_review", { rating: 5, comments: `number ${n}` });
  const refused = await t.call("submit_review", { rating: 5, comments: "one too many" });
  assert.equal(refused.isError, true);
  assert.match(refused.text, /the next one can be sent/);
  const byForm = await fetch(`${t.url}/api/reviews`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ rating: 5 }),
  });
  assert.equal(byForm.status, 429);
  await byForm.body?.cancel();
});

Deno.test("an agent is told nothing of a failure that nobody foresaw; the log is", async () => {
  await using t = await connect();
  await t.store.close();
  const failed = await t.call("list_reviews", {});
  assert.equal(failed.text, "This could not be done; please try again");
  assert.match(JSON.stringify(t.logged), /The store is closed/);
});

Deno.test("another site's page cannot speak it on a visitor's behalf", async () => {
  await using t = await connect();
  const headers = { "Content-Type": "application/json", Accept: "application/json, text/event-stream" };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
  const answer = await fetch(`${t.url}/mcp`, {
    method: "POST",
    headers: { ...headers, Origin: "https://evil.example" },
    body,
  });
  assert.equal(answer.status, 403);
  await answer.body?.cancel();
});

/** A served application and a client that has introduced itself. */
async function connect(options?: TestAppOptions) {
  const t = await testSite(options);
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${t.url}/mcp`)));
  return {
    ...t,
    client,
    async call(name: string, input: Record<string, unknown>) {
      const result = await client.callTool({ name, arguments: input });
      const [content] = result.content;
      return { ...result, text: content?.type === "text" ? content.text : "" };
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await t[Symbol.asyncDispose]();
    },
  };
}
