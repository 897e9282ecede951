// The API's page in a real browser: what is tried there is what a program would send.
import assert from "node:assert/strict";
import { browserTest } from "./browser.ts";
import { testSite } from "./test_site.ts";

browserTest("/docs sends what one tries and shows the answer, under the same policy as every page", async (browser) => {
  await using site = await testSite();
  const page = await (await browser.newContext()).newPage();
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`${site.url}/docs`);
  await page.locator("#submitReview form[data-ready]").waitFor();

  await page.locator("#submitReview button").click();
  await page.locator("#submitReview output pre").waitFor();
  assert.match(await page.locator("#submitReview output").innerText(), /^POST \/api\/reviews\n201 .*"rating": 5/s);
  const { reviews: [review] } = await site.store.list({ limit: 1 });
  assert.equal(review?.comments, "Works well");

  await page.locator("#listReviews [name=rating]").fill("5");
  await page.locator("#listReviews button").click();
  await page.locator("#listReviews output pre").waitFor();
  assert.match(
    await page.locator("#listReviews output").innerText(),
    /^GET \/api\/reviews\?rating=5\n200 .*Works well/s,
  );

  await page.locator("#eraseReview [name=uid]").fill(review?.uid ?? "");
  await page.locator("#eraseReview [type=password]").fill("swordfish");
  await page.locator("#eraseReview button").click();
  await page.locator("#eraseReview output pre").waitFor();
  assert.match(await page.locator("#eraseReview output").innerText(), /^DELETE \/api\/reviews\/[0-9a-f-]{36}\n204/);
  assert.equal((await site.store.stats()).total, 0);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

browserTest("/docs can be read, and its lists asked, with scripts off", async (browser) => {
  await using site = await testSite();
  await site.submit({ rating: "5", comments: "Without scripts" });
  const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await page.goto(`${site.url}/docs`);
  const [answer] = await Promise.all([
    page.context().waitForEvent("page"),
    page.locator("#listReviews button").click(),
  ]);
  await answer.waitForLoadState();
  assert.match(await answer.content(), /Without scripts/);
  await page.context().close();
});
