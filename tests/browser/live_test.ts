// Pages that are open learn what happens elsewhere, and nothing jumps under the reader's eyes.
import assert from "node:assert/strict";
import { newReview } from "../db/store_contract.ts";
import { browserTest } from "./browser.ts";
import { addSamples } from "./sample_reviews.ts";
import { awake, testSite } from "./test_site.ts";

browserTest("new reviews announce themselves as a button and come in when it is pressed", async (browser) => {
  await using site = await testSite();
  await addSamples(site);
  const page = await site.open(browser);
  await page.getByLabel("Your comment").fill("in the middle of a sentence");
  const before = await page.locator("#list").boundingBox();
  for (let n = 0; n < 3; n++) await site.submit({ rating: "5", comments: `From elsewhere ${n}` });
  const button = page.getByRole("button", { name: "3 new reviews" });
  await button.waitFor();
  assert.deepEqual(await page.locator("#list").boundingBox(), before);
  assert.equal(await page.getByText("From elsewhere").count(), 0);
  await button.click();
  await page.getByText("From elsewhere 2").waitFor();
  await page.getByText("15 reviews").waitFor();
  assert.equal(await button.count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "reviews");
  assert.equal(await page.getByLabel("Your comment").inputValue(), "in the middle of a sentence");
  assert.deepEqual(site.complaints, []);
});

browserTest("an erased review goes from every open page without a jump", async (browser) => {
  await using site = await testSite();
  await addSamples(site);
  const page = await site.open(browser);
  const heights = () => page.locator("#list li").evaluateAll((items) => items.map((item) => item.clientHeight));
  const before = await heights();
  const { uid, comments } = (await site.store.list({ limit: 3 })).reviews[2] ?? {};
  await site.store.erase(uid ?? "");
  await page.getByText("This review was erased.").waitFor();
  assert.equal(await page.getByText(comments ?? "").count(), 0);
  assert.deepEqual(await heights(), before);
});

browserTest("the badge and the thank-you follow the backup", async (browser) => {
  await using site = await testSite();
  site.backup.become({ state: "idle", dataset: "ada/reviews" });
  const page = await site.open(browser);
  await page.getByText("Nothing to back up yet").waitFor();
  await page.getByLabel("5").and(page.getByRole("radio")).check();
  site.backup.become({ state: "pending", pending: 1 });
  await page.getByRole("button", { name: "Send review" }).click();
  await page.getByText("It is not backed up yet").waitFor();
  await page.getByText("1 review waiting").waitFor();
  const at = new Date(site.clock.now.getTime() + 5000).toISOString();
  const lastBackup = { at, commit: "4f8a1c07d2e9", url: "https://hub.example/commit" };
  site.backup.become({ state: "idle", pending: 0, lastBackup });
  await page.getByText("It is backed up as well.").waitFor();
  assert.equal(await page.getByRole("link", { name: "commit 4f8a1c0" }).getAttribute("href"), lastBackup.url);
});

browserTest("where streams fail, the page asks now and then, and again where it is told to wait", async (browser) => {
  await using site = await testSite();
  const page = await (await browser.newContext()).newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.clock.install();
  await page.route("**/api/events*", (route) => route.fulfill({ status: 502, body: "" }));
  await page.route("**/api/status", (route) => route.fulfill({ status: 503, json: { detail: "Busy" } }), { times: 1 });
  const refused = page.waitForResponse("**/api/events*");
  await page.goto(site.url);
  await refused;
  await site.submit({ rating: "5" });
  const told = page.getByRole("button", { name: "1 new review" }).waitFor();
  while (await Promise.race([told.then(() => false), page.clock.runFor(5000).then(() => true)]));
  await page.getByText("Not backed up").waitFor();
  assert.deepEqual(complaints, []);
  await page.context().close();
});

browserTest("a page that is left while it asks does not begin to listen again", async (browser) => {
  await using site = await testSite();
  const page = await (await browser.newContext()).newPage();
  let streams = 0;
  const answered = Promise.withResolvers<void>();
  await page.clock.install();
  await page.route("**/api/events*", (route) => {
    streams++;
    return route.fulfill({ status: 502, body: "" });
  });
  await page.route("**/api/stats", (route) => answered.promise.then(() => route.continue()));
  const asked = page.waitForRequest("**/api/stats");
  await page.goto(site.url);
  while (await Promise.race([asked.then(() => false), page.clock.runFor(5000).then(() => true)]));
  await page.evaluate(() => dispatchEvent(new Event("pagehide")));
  const told = page.waitForResponse("**/api/stats");
  answered.resolve();
  await (await told).finished();
  await page.evaluate(() => fetch("/api/stats").then((answer) => answer.json())); // whatever comes of the answer has come
  assert.equal(streams, 1);
  await page.context().close();
});

browserTest("many tabs share one stream, and when the tab that holds it goes another takes over", async (browser) => {
  await using site = await testSite();
  const first = await site.open(browser);
  const others = [];
  for (let n = 0; n < 7; n++) {
    const page = await first.context().newPage();
    await page.goto(site.url);
    await awake(page);
    others.push(page);
  }
  await site.submit({ rating: "5" });
  for (const page of [first, ...others]) await page.getByRole("button", { name: "1 new review" }).waitFor();
  await first.close();
  await site.submit({ rating: "4" });
  for (const page of others) await page.getByRole("button", { name: "2 new reviews" }).waitFor();
});

browserTest("no text of a visitor is run or breaks the layout", async (browser) => {
  await using site = await testSite();
  const hostile = [
    `<script>alert(1)</script>`,
    `"><img src=x onerror=alert(1)>`,
    `'-alert(1)-' javascript:alert(1) {{7*7}} \${7*7} <%= 7*7 %>`,
    `</textarea></form></body></html><h1>Gone`,
    `&lt;b&gt; &amp;amp; <!-- <style>*{display:none}</style>`,
    `\u202eright to left \u2066 unclosed`,
    `Z${"\u0301\u0316\u0336".repeat(300)}algo`,
    "W".repeat(5000),
    "\n".repeat(4000) + "end",
    "🏳️‍🌈👩‍👩‍👧‍👦".repeat(100),
  ];
  for (const [n, text] of hostile.entries()) {
    const [name, source] = [text.slice(0, 90), n % 2 ? text.slice(0, 90) : null];
    await site.store.add(newReview({ comments: text, name, source }));
  }
  const page = await site.open(browser, "/", { viewport: { width: 320, height: 640 } });
  page.on("dialog", () => assert.fail("a dialog opened"));
  const shown = await page.locator("#list .comments").evaluateAll((found) =>
    found.map((element) => element.textContent)
  );
  assert.deepEqual(shown, hostile.toReversed());
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
  assert.equal(await page.locator("h1").count(), 1);
  await page.getByRole("button", { name: "Send review" }).scrollIntoViewIfNeeded();
  assert.deepEqual(site.complaints, []);
});
