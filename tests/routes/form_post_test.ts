// The form as a browser without scripts sends it.
import assert from "node:assert/strict";
import { testApp } from "./test_app.ts";

Deno.test("POST /reviews stores the review and leads to its thank-you", async () => {
  await using t = await testApp();
  const response = await t.submit({ rating: "4", comments: "Good", name: "", uid: "", source: "" });
  const { reviews } = await t.store.list({ limit: 10 });
  assert.equal(response.status, 303);
  assert.equal(response.headers.get("Location"), `/?thanks=${reviews[0]?.uid}#thanks`);
  assert.equal(reviews[0]?.rating, 4);
});

Deno.test("POST /reviews with faults answers 422 with every value kept and the errors beside the fields", async () => {
  await using t = await testApp();
  const uid = crypto.randomUUID();
  const response = await t.submit({ comments: `</textarea>"'<b>`, name: "n".repeat(101), uid });
  const page = await response.text();
  assert.equal(response.status, 422);
  assert.match(page, /id="error-rating"[^>]*>Please choose a rating from 1 to 5\./);
  assert.match(page, /id="error-name"[^>]*>The name is 101 characters long; at most 100 are allowed\./);
  assert.ok(page.includes(`&lt;/textarea>`));
  assert.ok(page.includes(`value="${"n".repeat(101)}"`));
  assert.ok(page.includes(`value="${uid}"`));
  assert.equal((await t.store.stats()).total, 0);
});

Deno.test("the same form sent twice is one review", async () => {
  await using t = await testApp({ settings: { rateLimit: { max: 20, windowSeconds: 600 } } });
  const fields = { rating: "4", comments: "Good", name: "", uid: crypto.randomUUID() };
  const answers = await Promise.all([t.submit(fields), t.submit(fields)]);
  assert.deepEqual(
    answers.map((answer) => answer.headers.get("Location")),
    Array(2).fill(`/?thanks=${fields.uid}#thanks`),
  );
  assert.equal((await t.store.stats()).total, 1);
});

Deno.test("POST /reviews takes forms and nothing else", async () => {
  await using t = await testApp();
  const response = await t.ask("/reviews", {
    method: "POST",
    body: "{}",
    headers: { "Content-Type": "application/json" },
  });
  assert.equal(response.status, 415);
});
