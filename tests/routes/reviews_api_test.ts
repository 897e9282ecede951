// What programs get from /api/reviews.
import assert from "node:assert/strict";
import { json, testApp } from "./test_app.ts";

const PROBLEM = "application/problem+json";

Deno.test("POST /api/reviews stores a review and says where it is", async () => {
  await using t = await testApp();
  const response = await t.ask(
    "/api/reviews",
    json({ name: " Ada ", rating: 5, comments: "Fine\r\nwork", source: "docs" }),
  );
  const review = await response.json();
  assert.equal(response.status, 201);
  assert.equal(response.headers.get("Location"), `/api/reviews/${review.uid}`);
  assert.deepEqual(review, {
    uid: review.uid,
    id: 1,
    createdAt: "2026-11-22T12:00:00Z",
    name: "Ada",
    rating: 5,
    comments: "Fine\nwork",
    source: "docs",
  });
  assert.deepEqual(await (await t.ask(`/api/reviews/${review.uid.toUpperCase()}`)).json(), review);
});

Deno.test("POST /api/reviews with a uid seen before answers 200 with the review stored first", async () => {
  await using t = await testApp();
  const uid = crypto.randomUUID();
  assert.equal((await t.ask("/api/reviews", json({ uid, rating: 1 }))).status, 201);
  const again = await t.ask("/api/reviews", json({ uid, rating: 5 }));
  assert.equal(again.status, 200);
  assert.equal((await again.json()).rating, 1);
  assert.equal((await t.store.stats()).total, 1);
});

Deno.test("POST /api/reviews refuses what it cannot read, each fault with its own status", async () => {
  await using t = await testApp();
  const cases: [RequestInit, number][] = [
    [json("{"), 400],
    [json("\ufeff"), 400],
    [json({ rating: 5 }, { "Content-Type": "text/plain" }), 415],
    [{ method: "POST" }, 415],
    [json({ rating: 5, comments: "x".repeat(70_000) }), 413],
    [json({ rating: 6 }), 422],
    [json({ rating: "5" }), 422],
    [json([]), 422],
    [json("null"), 422],
    [json({ rating: 5, uid: "nobody" }), 422],
    [json({ rating: 5, comments: "\u0000" }), 422],
    [json({ rating: 5, name: "n".repeat(101) }), 422],
  ];
  for (const [init, status] of cases) {
    const response = await t.ask("/api/reviews", init);
    assert.equal(response.status, status, String(init.body).slice(0, 60));
    assert.equal(response.headers.get("Content-Type"), PROBLEM);
    const problem = await response.json();
    assert.equal(problem.status, status);
    if (status === 422) assert.ok(problem.errors[0].message);
  }
  assert.equal((await t.store.stats()).total, 0);
  assert.deepEqual(t.logged.filter(({ event }) => event !== "request"), []);
});

Deno.test("a body that hides its length is cut off at 64 KiB all the same", async () => {
  await using t = await testApp();
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode(" ".repeat(4096))),
  });
  const response = await t.ask("/api/reviews", {
    method: "POST",
    body,
    headers: { "Content-Type": "application/json" },
  });
  assert.equal(response.status, 413);
});

Deno.test("GET /api/reviews pages through everything, newest first, and filters", async () => {
  await using t = await testApp();
  for (let n = 1; n <= 25; n++) {
    await t.ask("/api/reviews", json({ rating: n % 5 + 1, comments: `comment ${n}`, source: n % 2 ? "odd" : "even" }));
  }
  const first = await (await t.ask("/api/reviews")).json();
  assert.equal(first.reviews.length, 10);
  assert.equal(first.total, 25);
  assert.equal(first.reviews[0].comments, "comment 25");
  const seen: number[] = [];
  for (let cursor = "";;) {
    const page = await (await t.ask(`/api/reviews?limit=9&cursor=${encodeURIComponent(cursor)}`)).json();
    for (const { id } of page.reviews) seen.push(id);
    if (page.next === null) break;
    cursor = page.next;
  }
  assert.deepEqual(seen, Array.from({ length: 25 }, (_, index) => 25 - index));
  assert.equal((await (await t.ask("/api/reviews?rating=1")).json()).total, 5);
  assert.equal((await (await t.ask("/api/reviews?source=odd")).json()).total, 13);
  assert.equal((await (await t.ask("/api/reviews?q=COMMENT%2025")).json()).total, 1);
});

Deno.test("GET /api/reviews says which part of the question is wrong", async () => {
  await using t = await testApp();
  for (const query of ["limit=0", "limit=101", "limit=ten", "rating=6", "rating=1.5"]) {
    const response = await t.ask(`/api/reviews?${query}`);
    assert.equal(response.status, 422, query);
    assert.equal((await response.json()).errors[0].field, query.split("=")[0]);
  }
  assert.equal((await t.ask("/api/reviews?cursor=nonsense")).status, 400);
});

Deno.test("GET /api/reviews/:uid answers 404 for a review that is not there", async () => {
  await using t = await testApp();
  const response = await t.ask("/api/reviews/nobody");
  assert.equal(response.status, 404);
  assert.equal(response.headers.get("Content-Type"), PROBLEM);
});

Deno.test("DELETE /api/reviews/:uid erases for the admin alone", async () => {
  await using t = await testApp();
  const { uid } = await (await t.ask("/api/reviews", json({ rating: 5 }))).json();
  const erase = (token?: string) =>
    t.ask(`/api/reviews/${uid}`, { method: "DELETE", headers: token ? { Authorization: token } : {} });
  for (const token of [undefined, "Bearer wrong", "Basic swordfish", "Bearer"]) {
    const response = await erase(token);
    assert.equal(response.status, 401, token);
    assert.equal(response.headers.get("WWW-Authenticate"), "Bearer");
  }
  assert.equal((await erase("Bearer swordfish")).status, 204);
  assert.equal((await erase("Bearer swordfish")).status, 404);
  assert.equal((await t.ask(`/api/reviews/${uid}`)).status, 404);
});

Deno.test("without ADMIN_TOKEN the admin's calls do not exist", async () => {
  await using t = await testApp({ settings: { adminToken: undefined } });
  const { uid } = await (await t.ask("/api/reviews", json({ rating: 5 }))).json();
  const headers = { Authorization: "Bearer undefined" };
  assert.equal((await t.ask(`/api/reviews/${uid}`, { method: "DELETE", headers })).status, 404);
  assert.equal((await t.ask("/api/backup", { method: "POST", headers })).status, 404);
});

Deno.test("PUBLIC_NAMES=false keeps every name out of what the API answers", async () => {
  await using t = await testApp({ settings: { publicNames: false } });
  const { uid, name } = await (await t.ask("/api/reviews", json({ name: "Ada", rating: 5 }))).json();
  assert.equal(name, null);
  for (const path of ["/api/reviews", `/api/reviews/${uid}`, "/"]) {
    assert.ok(!(await (await t.ask(path)).text()).includes("Ada"), path);
  }
  assert.equal((await t.store.get(uid))?.name, "Ada");
});
