// The page as the server renders it.
import assert from "node:assert/strict";
import { testApp } from "./test_app.ts";

Deno.test("GET / is complete on the server: form, number of reviews, the latest ten", async () => {
  await using t = await testApp();
  for (let n = 1; n <= 12; n++) await t.submit({ rating: "5", comments: `Comment no. ${n}.`, name: "" });
  const response = await t.ask("/");
  const page = await response.text();
  assert.equal(response.status, 200);
  assert.match(response.headers.get("Content-Type") ?? "", /^text\/html/);
  assert.match(page, /^<!doctype html><html lang="en">/);
  assert.match(page, /<form[^>]*method="post"[^>]*action="\/reviews"/);
  assert.equal(page.match(/type="radio"/g)?.length, 5);
  assert.ok(page.includes("12 reviews"));
  assert.equal(page.match(/<article/g)?.length, 10);
  assert.ok(page.indexOf("Comment no. 12.") < page.indexOf("Comment no. 3."));
  assert.ok(!page.includes("Comment no. 2."));
});

Deno.test("what people wrote is shown as text", async () => {
  await using t = await testApp();
  await t.submit({ rating: "5", comments: "<script>alert(1)</script>", name: `"><img src=x onerror=alert(1)>` });
  const page = await (await t.ask("/")).text();
  assert.ok(page.includes("&lt;script>alert(1)&lt;/script>"));
  assert.ok(!page.includes("<img"));
});
