// The page that is rendered once per change: fresh for everybody, with a form of their own, and not sent twice to who has it.
import assert from "node:assert/strict";
import { json, testApp } from "./test_app.ts";

const uidIn = (page: string) => /name="uid" value="([^"]+)"/.exec(page)?.[1] ?? "";

Deno.test("every visitor gets a form of their own, so that two who write the same are two reviews", async () => {
  await using t = await testApp();
  const uids = [];
  for (let visitor = 0; visitor < 3; visitor++) {
    const page = await (await t.ask("/")).text();
    const uid = uidIn(page);
    assert.equal(page.split(uid).length - 1, 2, "in the field and in the props of the island");
    uids.push(uid);
    assert.equal((await t.submit({ rating: "5", comments: "Good", uid })).status, 303);
  }
  assert.equal(new Set(uids).size, 3);
  assert.equal((await t.store.stats()).total, 3);
});

Deno.test("a page that was kept shows every change at once: reviews, erasures, the backup and the time", async () => {
  await using t = await testApp();
  const page = async () => await (await t.ask("/")).text();
  assert.ok((await page()).includes("Be the first."));
  const { uid } = await (await t.ask("/api/reviews", json({ rating: 5, comments: "Here I am" }))).json();
  assert.ok((await page()).includes("Here I am") && (await page()).includes("just now"));
  t.clock.now = new Date(t.clock.now.getTime() + 12_000);
  assert.ok((await page()).includes("12 seconds ago"));
  t.backup.become({ state: "pending", dataset: "ada/reviews", pending: 1 });
  assert.ok((await page()).includes("1 review waiting"));
  await t.store.erase(uid);
  assert.ok(!(await page()).includes("Here I am"));
});

Deno.test("who has the page as it stands is told so, and keeps the form that came with it", async () => {
  await using t = await testApp();
  for (const encoding of ["gzip", "identity"]) {
    const ask = (tags?: string) =>
      t.ask("/", { headers: { "Accept-Encoding": encoding, ...(tags && { "If-None-Match": tags }) } });
    const first = await ask();
    const tag = first.headers.get("ETag") ?? "";
    assert.match(tag, /^"/);
    assert.equal(first.headers.get("Vary"), "Accept-Encoding");
    await first.body?.cancel();
    const second = await ask();
    assert.notEqual(second.headers.get("ETag"), tag, "other bytes, because of the other uid");
    await second.body?.cancel();
    const again = await ask(`"x", W/${tag}`);
    assert.equal(again.status, 304);
    assert.equal(again.headers.get("ETag"), tag);
    assert.equal(again.headers.get("Cache-Control"), "private, no-cache");
    assert.equal(await again.text(), "");
    await t.submit({ rating: "5" });
    const changed = await ask(tag);
    assert.equal(changed.status, 200);
    await changed.body?.cancel();
  }
  const packed = await t.ask("/", { headers: { "Accept-Encoding": "gzip" } });
  await packed.body?.cancel();
  const other = await t.ask("/", { headers: { "If-None-Match": packed.headers.get("ETag") ?? "" } });
  assert.equal(other.status, 200, "the tag of another encoding is the tag of other bytes");
  await other.body?.cancel();
});

Deno.test("HEAD / tells what GET would, and each scheme has a page of its own", async () => {
  await using t = await testApp();
  const head = await t.ask("/", { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.match(head.headers.get("ETag") ?? "", /^"/);
  assert.equal(await head.text(), "");
  for (const theme of ["dark", "light", "dark"]) {
    assert.ok((await (await t.ask(`/?__theme=${theme}`)).text()).includes(`data-theme="${theme}"`));
  }
});
