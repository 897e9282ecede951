// The page as the server renders it, in every state.
import assert from "node:assert/strict";
import { type TestApp, testApp } from "./test_app.ts";

Deno.test("GET / is complete on the server: form, number of reviews, the latest ten", async () => {
  await using t = await testApp();
  for (let n = 1; n <= 12; n++) await t.submit({ rating: n > 6 ? "5" : "4", comments: `Comment no. ${n}.` });
  const response = await t.ask("/");
  const page = await response.text();
  assert.equal(response.status, 200);
  assert.match(response.headers.get("Content-Type") ?? "", /^text\/html/);
  assert.match(page, /^<!doctype html><html lang="en">/);
  assert.match(page, /<form[^>]*method="post"[^>]*action="\/reviews"/);
  assert.equal(page.match(/type="radio"/g)?.length, 5);
  assert.ok(page.includes("12 reviews"));
  assert.ok(page.includes("<strong>4.5</strong>"));
  assert.equal(page.match(/<article/g)?.length, 10);
  assert.ok(page.indexOf("Comment no. 12.") < page.indexOf("Comment no. 3."));
  assert.ok(!page.includes("Comment no. 2."));
});

Deno.test("older reviews, searches and filters are plain addresses", async () => {
  await using t = await testApp();
  for (let n = 1; n <= 12; n++) {
    await t.submit({ rating: n % 2 ? "5" : "2", comments: `Comment no. ${n}.`, source: n === 7 ? "a&b" : "" });
  }
  const show = async (path: string) => (await (await t.ask(path)).text()).replaceAll("&amp;", "&");
  const link = /href="([^"]+)">Older reviews/.exec(await show("/"))?.[1] ?? "";
  const older = await show(link);
  assert.ok(older.includes("Comment no. 2.") && older.includes("Comment no. 1.") && !older.includes("Comment no. 3."));
  assert.equal((await show("/?rating=2")).match(/<article/g)?.length, 6);
  const found = await show("/?q=NO.%2011");
  assert.ok(found.includes("1 found") && found.includes("Comment no. 11."));
  assert.match(found, /name="q"[^>]*value="NO. 11"/);
  assert.ok((await show("/?q=nothing")).includes("No review fits this search."));
  assert.equal((await show("/?source=a%26b")).match(/<article/g)?.length, 1);
  assert.equal((await t.ask("/?cursor=nonsense")).status, 400);
});

Deno.test("where names are not public, none is shown and no search finds one", async () => {
  await using t = await testApp({ settings: { publicNames: false } });
  await t.submit({ rating: "5", name: "Ada Lovelace", comments: "Fine" });
  assert.ok(!(await (await t.ask("/")).text()).includes("Ada"));
  assert.ok((await (await t.ask("/?q=lovelace")).text()).includes("No review fits"));
  assert.equal((await (await t.ask("/api/reviews?q=lovelace")).json()).total, 0);
  assert.equal((await (await t.ask("/api/reviews?q=fine")).json()).total, 1);
});

Deno.test("the thank-you shows the review as stored and says apart whether it is backed up", async () => {
  await using t = await testApp();
  const address = (await t.submit({ rating: "4", comments: " Kept\r\nwell " })).headers.get("Location") ?? "";
  const thanks = async () => await (await t.ask(address.replace("#thanks", ""))).text();
  assert.match(await thanks(), /Thank you.*stored.*keeps no backup elsewhere.*Kept\nwell</s);
  t.backup.become({ state: "pending", dataset: "ada/reviews", pending: 1 });
  assert.match(await thanks(), /It is not backed up yet; that takes about a minute/);
  const lastBackup = { at: "2026-11-22T12:00:30.000Z", commit: "4f8a1c07d2e9", url: "https://hub.example/4f8a" };
  t.backup.become({ state: "idle", pending: 0, lastBackup });
  assert.match(await thanks(), /It is backed up as well/);
  assert.ok((await (await t.ask("/?thanks=nobody")).text()).includes("Send review"));
});

Deno.test("the form says what becomes of the data: who sees it, and whether it leaves the server", async () => {
  await using shown = await testApp();
  await using hidden = await testApp({ settings: { publicNames: false } });
  const note = async ({ ask }: TestApp) => /class="note">(.*?)<\/p>/.exec(await (await ask("/")).text())?.[1];
  assert.equal(await note(shown), "Your review and your name are shown on this page and kept on its server.");
  for (const { backup } of [shown, hidden]) backup.become({ state: "idle", dataset: "ada/reviews" });
  assert.equal(await note(shown), "Your review and your name are shown on this page and kept in its dataset.");
  const without = "Your review is shown on this page without your name; both are kept in its dataset.";
  assert.equal(await note(hidden), without);
});

Deno.test("the badge tells every state of the backup", async () => {
  await using t = await testApp();
  const shown = async () =>
    (/class="badge[^>]*>(.*?)<\/p>/s.exec(await (await t.ask("/")).text())?.[1] ?? "").replaceAll(/<[^>]+>/g, "");
  assert.equal(await shown(), "Not backed up: no dataset is configured");
  t.backup.become({ state: "restoring", dataset: "ada/reviews" });
  assert.equal(await shown(), "Restoring earlier reviews");
  assert.match(await (await t.ask("/")).text(), /Earlier reviews are being restored/);
  const lastBackup = { at: "2026-11-22T11:59:48Z", commit: "4f8a1c07d2e9", url: "https://hub.example/4f8a" };
  t.backup.become({ state: "idle", lastBackup });
  assert.equal(await shown(), "Backed up 12 seconds agocommit 4f8a1c0");
  t.backup.become({ state: "pending", pending: 3 });
  assert.match(await shown(), /^3 reviews waiting/);
  t.backup.become({
    state: "failing",
    failure: {
      kind: "token",
      since: new Date(2026, 10, 22, 10, 4).toISOString(),
      message: "The Hub refused the token",
      hint: "Make a new one and set HF_TOKEN",
      retry: false,
    },
  });
  assert.match(
    await shown(),
    /^Backup failing since \d\d:\d\d: the token was refused.*Make a new one and set HF_TOKEN$/,
  );
  assert.match(await (await t.ask("/")).text(), /<button type="submit">Send review/);
});

Deno.test("an empty page invites", async () => {
  await using t = await testApp();
  const page = await (await t.ask("/")).text();
  assert.ok(page.includes("0 reviews") && page.includes("Be the first."));
});

Deno.test("?__theme fixes the scheme on the server; anything else is left to the system", async () => {
  await using t = await testApp();
  assert.match(await (await t.ask("/?__theme=dark")).text(), /<html lang="en" data-theme="dark">/);
  assert.match(await (await t.ask("/?__theme=%22%3E")).text(), /<html lang="en">/);
});

Deno.test("what people wrote and asked for is shown as text", async () => {
  await using t = await testApp();
  const hostile = `"><img src=x onerror=alert(1)></textarea><script>alert(1)</script>`;
  await t.submit({ rating: "5", comments: hostile, name: hostile, source: hostile });
  const failed = t.submit({
    comments: hostile,
    name: hostile,
    source: hostile,
    uid: hostile,
    rendered: hostile,
    rating: hostile,
  });
  const query = new URLSearchParams({ q: hostile, source: hostile, thanks: hostile, __theme: hostile });
  for (const answer of [t.ask("/"), failed, t.ask(`/?${query}`), t.ask(`/embed?${query}`)]) {
    const page = await (await answer).text();
    assert.ok(!page.includes("<img") && !page.includes("<script>"), page);
  }
});

Deno.test("/embed is the form alone, keeps its source, and stays in its frame after sending and failing", async () => {
  await using t = await testApp();
  const page = await (await t.ask("/embed?source=docs")).text();
  assert.match(page, /name="source" value="docs"/);
  assert.ok(!page.includes("<article") && !page.includes("histogram"));
  const fields = { rating: "4", source: "docs", view: "embed" };
  assert.match((await t.submit(fields)).headers.get("Location") ?? "", /^\/embed\?source=docs&thanks=[\w-]+#thanks$/);
  const failed = await t.submit({ ...fields, rating: "" });
  assert.equal(failed.status, 422);
  assert.ok(!(await failed.text()).includes("histogram"));
  const script = await t.ask("/embed.js");
  assert.match(script.headers.get("Content-Type") ?? "", /^text\/javascript/);
});

Deno.test("scripts and styles are cached for ever under addresses that change with them", async () => {
  await using t = await testApp();
  const page = await (await t.ask("/")).text();
  const addresses = page.match(/\/assets\/[^"]+/g) ?? [];
  assert.equal(addresses.length, 3);
  for (const address of addresses) {
    const response = await t.ask(address);
    assert.equal(response.status, 200, address);
    assert.match(response.headers.get("Cache-Control") ?? "", /immutable/);
    await response.body?.cancel();
  }
  assert.equal((await t.ask("/assets/app.0000000000.js")).status, 404);
});

Deno.test("a list that has not changed is answered with 304", async () => {
  await using t = await testApp();
  for (const path of ["/api/reviews?limit=5", "/api/stats"]) {
    const first = await t.ask(path);
    const headers = { "If-None-Match": `W/${first.headers.get("ETag")}` };
    await first.body?.cancel();
    assert.equal((await t.ask(path, { headers })).status, 304);
    await t.submit({ rating: "5" });
    const changed = await t.ask(path, { headers });
    assert.equal(changed.status, 200);
    await changed.body?.cancel();
  }
});
