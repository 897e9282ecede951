// The exports: what is in them, what is kept out, and that they are read no faster than somebody takes them.
import assert from "node:assert/strict";
import { parse } from "csv-parse/sync";
import type { Review } from "../../db/review.ts";
import { newReview } from "../db/store_contract.ts";
import { json, testApp } from "../routes/test_app.ts";

const FORMULAS = [
  "=1+1",
  "+1",
  "-1",
  "@SUM(A1)",
  "\tx",
  "\rx",
  "＝1",
  "＋1",
  "－1",
  "＠A1",
  '=HYPERLINK("https://example.org")',
];

Deno.test("GET /reviews.csv neutralises formulas and quotes the rest", async () => {
  await using t = await testApp();
  const plain = ['a "quoted", text\nin two lines', "1-1", " =1", "naïve 😀"];
  // Straight into the store, because a submit trims what a foreign database may hold.
  for (const comments of [...FORMULAS, ...plain]) {
    await t.store.add(newReview({ name: comments, comments, source: comments }));
  }
  const response = await t.ask("/reviews.csv");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("Content-Type"), "text/csv; charset=utf-8");
  assert.equal(response.headers.get("Content-Disposition"), 'attachment; filename="reviews.csv"');
  const rows = parse(await response.text(), { columns: true }) as Record<string, string>[];
  assert.deepEqual(Object.keys(rows[0] ?? {}), ["id", "created_at", "name", "review", "comments", "uid", "source"]);
  const expected = [...FORMULAS.map((text) => `'${text}`), ...plain];
  for (const column of ["name", "comments", "source"]) assert.deepEqual(rows.map((row) => row[column]), expected);
});

Deno.test("GET /reviews.json holds every review in the order of arrival, however many", async () => {
  await using t = await testApp();
  assert.deepEqual(await (await t.ask("/reviews.json")).json(), []);
  for (const count of [1, 499, 1, 700]) {
    await Promise.all(Array.from({ length: count }, () => t.ask("/api/reviews", json({ rating: 5 }))));
    const response = await t.ask("/reviews.json");
    assert.equal(response.headers.get("Content-Disposition"), 'attachment; filename="reviews.json"');
    const reviews: Review[] = await response.json();
    assert.deepEqual(reviews.map(({ id }) => id), Array.from({ length: reviews.length }, (_, index) => index + 1));
    assert.equal(reviews.length, (await t.store.stats()).total);
  }
});

Deno.test("the exports take the filters of the list, and refuse what it refuses", async () => {
  await using t = await testApp();
  await t.ask("/api/reviews", json({ rating: 1, comments: "Slow", source: "a" }));
  await t.ask("/api/reviews", json({ rating: 5, comments: "Fast", source: "b" }));
  for (const query of ["rating=1", "source=a", "q=SLOW"]) {
    const reviews: Review[] = await (await t.ask(`/reviews.json?${query}`)).json();
    assert.deepEqual(reviews.map(({ comments }) => comments), ["Slow"], query);
  }
  const refused = await t.ask("/reviews.csv?rating=6");
  assert.equal(refused.status, 422);
  assert.equal(refused.headers.get("Content-Type"), "application/problem+json");
});

Deno.test("PUBLIC_NAMES=false keeps every name out of the exports, and out of their search", async () => {
  await using t = await testApp({ settings: { publicNames: false } });
  await t.ask("/api/reviews", json({ name: "Ada", rating: 5 }));
  for (const path of ["/reviews.csv", "/reviews.json"]) {
    assert.ok(!(await (await t.ask(path)).text()).includes("Ada"), path);
    assert.ok(!/[0-9a-f-]{36}/.test(await (await t.ask(`${path}?q=Ada`)).text()), path);
  }
});

Deno.test("an export that the client still has is not sent again", async () => {
  await using t = await testApp();
  const etag = (await t.ask("/reviews.csv", { method: "HEAD" })).headers.get("ETag") ?? "";
  assert.equal((await t.ask("/reviews.csv", { headers: { "If-None-Match": etag } })).status, 304);
  await (await t.ask("/api/reviews", json({ rating: 5 }))).body?.cancel();
  const changed = await t.ask("/reviews.csv", { headers: { "If-None-Match": etag } });
  assert.equal(changed.status, 200, "what has changed is");
  assert.equal((await changed.text()).split("\n").length, 3);
});

Deno.test("an export is read only as fast as it is taken, and no further once the client is gone", async () => {
  let read = 0;
  let ended = false;
  async function* endless() {
    try {
      for (;; read++) yield [{ ...REVIEW, id: read }];
    } finally {
      ended = true;
    }
  }
  await using t = await testApp({
    deps: ({ store }) => ({
      store: {
        ...store,
        version: () => 1,
        stats: () => store.stats(),
        subscribe: (listener) => store.subscribe(listener),
        export: endless,
      },
    }),
  });
  const response = await t.ask("/reviews.csv");
  const reader = response.body!.getReader();
  for (let piece = 0; piece < 5; piece++) await reader.read();
  assert.ok(read > 0 && read < 5000, String(read));
  await reader.cancel();
  assert.ok(ended);
});

Deno.test("an export that fails at once is answered as a failure, and one that fails later is cut off and logged", async () => {
  await using t = await testApp();
  await Promise.all(Array.from({ length: 3000 }, () => t.ask("/api/reviews", json({ rating: 5 }))));
  const response = await t.ask("/reviews.json");
  await t.store.close();
  await assert.rejects(response.text(), /An export was cut off/);
  assert.match(JSON.stringify(t.logged), /The store is closed/);
  const refused = await t.ask("/reviews.json");
  assert.equal(refused.status, 500);
  assert.ok(!(await refused.text()).includes("closed"));
});

const REVIEW: Review = { ...newReview(), id: 1, createdAt: "2026-11-22T12:00:00Z" };
