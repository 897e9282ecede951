// People send reviews: with a mouse, with the keyboard alone, without scripts, twice, late, offline.
import assert from "node:assert/strict";
import { browserTest } from "./browser.ts";
import { testSite } from "./test_site.ts";

browserTest("a review is sent, thanked for and shown in the list", async (browser) => {
  await using site = await testSite();
  const page = await site.open(browser);
  await page.getByLabel("4").check();
  await page.getByLabel("Your comment").fill("Lovely.\nReally.");
  await page.getByLabel("Your name").fill("Ada");
  await page.getByRole("button", { name: "Send review" }).click();
  const heading = page.getByRole("heading", { name: "Thank you" });
  await heading.waitFor();
  assert.ok(await heading.evaluate((element) => element === document.activeElement));
  await page.locator("#list article").waitFor();
  const [review] = (await site.store.list({ limit: 10 })).reviews;
  assert.equal(review?.rating, 4);
  assert.equal(review?.comments, "Lovely.\nReally.");
  assert.equal(await page.locator("#list article").getAttribute("data-uid"), review?.uid);
  assert.deepEqual(site.complaints, []);
});
