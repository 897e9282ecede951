// People send reviews: with a mouse, with the keyboard alone, without scripts, twice, late, offline.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { AppError } from "../../db/app_error.ts";
import { browserTest } from "./browser.ts";
import { awake, testSite } from "./test_site.ts";

browserTest("a review is sent with the mouse, thanked for and shown in the list", async (browser) => {
  await using site = await testSite();
  const page = await site.open(browser);
  await fill(page, { rating: 4, comments: "Lovely.\nReally.", name: "Ada" });
  await send(page);
  const heading = page.getByRole("heading", { name: "Thank you" });
  await heading.waitFor();
  assert.ok(await heading.evaluate((element) => element === document.activeElement));
  const article = page.locator("#list article");
  await article.waitFor();
  const [review] = (await site.store.list({ limit: 10 })).reviews;
  assert.equal(review?.rating, 4);
  assert.equal(review?.comments, "Lovely.\nReally.");
  assert.equal(await article.getAttribute("data-uid"), review?.uid);
  assert.equal(await article.locator(".comments").innerText(), "Lovely.\nReally.");
  await page.getByRole("link", { name: "Send another" }).click();
  await awake(page);
  assert.equal(await page.getByLabel("Your comment").inputValue(), "");
  assert.deepEqual(site.complaints, []);
});

browserTest("the whole path works with the keyboard alone", async (browser) => {
  await using site = await testSite();
  const page = await site.open(browser);
  for (const key of ["Tab", "Space", "ArrowRight", "ArrowRight", "Tab"]) await page.keyboard.press(key);
  await page.keyboard.type("Typed");
  await page.keyboard.press("Tab");
  await page.keyboard.type("Kim");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Send review");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Thank you" }).waitFor();
  const [review] = (await site.store.list({ limit: 10 })).reviews;
  assert.deepEqual([review?.rating, review?.comments, review?.name], [3, "Typed", "Kim"]);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Send review" }).waitFor();
});

browserTest("the whole path works with scripts off", async (browser) => {
  await using site = await testSite({ settings: { require: ["rating", "comments"] } });
  const page = await site.open(browser, "/", { javaScriptEnabled: false });
  await fill(page, { name: "Ada" });
  await page.getByLabel("4").check();
  await send(page);
  await page.getByText("Please write a comment.", { exact: true }).waitFor();
  assert.ok(await page.getByLabel("4").isChecked());
  assert.equal(await page.getByLabel("Your name").inputValue(), "Ada");
  await page.getByRole("link", { name: "Please write a comment" }).click();
  await page.keyboard.type("Here it is");
  await send(page);
  await page.getByRole("heading", { name: "Thank you" }).waitFor();
  assert.equal(await page.locator(".thanks .comments").innerText(), "Here it is");
  for (let n = 0; n < 11; n++) await site.submit({ rating: "5", comments: `No. ${n}` });
  await page.getByRole("link", { name: "Send another" }).click();
  await page.getByRole("link", { name: "Older reviews" }).click();
  assert.equal(await page.locator("article").count(), 2);
  await page.getByLabel("Search in reviews").fill("here it");
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("heading", { name: "1 found" }).waitFor();
});

browserTest("errors take the focus, lead to their fields and go when they are mended", async (browser) => {
  await using site = await testSite();
  const page = await site.open(browser, "/", { viewport: { width: 320, height: 300 } });
  await fill(page, { name: "n".repeat(101) });
  await send(page);
  const summary = page.getByRole("alert");
  await summary.waitFor();
  assert.ok(await summary.evaluate((element) => element === document.activeElement));
  assert.equal(await page.locator("#field-rating").getAttribute("aria-invalid"), "true");
  await page.getByRole("link", { name: "The name is 101 characters long" }).click();
  assert.equal(await page.evaluate(() => document.activeElement?.id), "field-name");
  const label = page.locator("label[for=field-name]");
  assert.ok(await label.evaluate((element) => element.getBoundingClientRect().top >= 0), "the label is out of sight");
  await page.getByLabel("Your name").fill("Ada");
  await page.getByLabel("5").check();
  await summary.waitFor({ state: "detached" });
  assert.equal((await site.store.stats()).total, 0);
});

browserTest("a double click is one review", async (browser) => {
  await using site = await testSite();
  for (const javaScriptEnabled of [true, false]) {
    const page = await site.open(browser, "/", { javaScriptEnabled });
    await fill(page, { rating: 5, comments: `Scripts: ${javaScriptEnabled}` });
    await page.getByRole("button", { name: "Send review" }).dblclick();
    await page.getByRole("heading", { name: "Thank you" }).waitFor();
  }
  assert.equal((await site.store.stats()).total, 2);
});

browserTest("a draft survives a reload and goes once it is stored", async (browser) => {
  await using site = await testSite();
  const page = await site.open(browser);
  await fill(page, { rating: 2, comments: "Half a tho", name: "Ada" });
  await page.reload();
  await awake(page);
  assert.equal(await page.getByLabel("Your comment").inputValue(), "Half a tho");
  assert.ok(await page.getByLabel("2").isChecked());
  await send(page);
  await page.getByRole("heading", { name: "Thank you" }).waitFor();
  await page.reload();
  await awake(page);
  assert.equal(await page.getByLabel("Your comment").inputValue(), "");
  assert.ok(!await page.getByLabel("2").isChecked());
});

browserTest("two tabs that share a draft lose neither text", async (browser) => {
  await using site = await testSite();
  const first = await site.open(browser);
  await fill(first, { rating: 5, comments: "Shared" });
  const second = await first.context().newPage();
  await second.goto(site.url);
  await awake(second);
  assert.equal(await second.getByLabel("Your comment").inputValue(), "Shared");
  await second.getByLabel("Your comment").fill("Only in the second");
  for (const page of [first, second]) {
    await send(page);
    await page.getByRole("heading", { name: "Thank you" }).waitFor();
  }
  const { reviews } = await site.store.list({ limit: 10 });
  assert.deepEqual(reviews.map(({ comments }) => comments), ["Only in the second", "Shared"]);
});

browserTest("going back, editing and sending again keeps both", async (browser) => {
  await using site = await testSite();
  for (const javaScriptEnabled of [false, true]) {
    const page = await site.open(browser, "/", { javaScriptEnabled });
    await fill(page, { rating: 5, comments: "First thought" });
    await send(page);
    await page.getByRole("heading", { name: "Thank you" }).waitFor();
    if (javaScriptEnabled) await page.goto(`${site.url}/healthz`);
    await page.goBack();
    if (javaScriptEnabled) await awake(page);
    await fill(page, { rating: 5, comments: "Second thought" });
    await send(page);
    await page.getByRole("heading", { name: "Thank you" }).waitFor();
  }
  const comments = (await site.store.list({ limit: 10 })).reviews.map(({ comments }) => comments);
  assert.deepEqual(comments, ["Second thought", "First thought", "Second thought", "First thought"]);
});

browserTest("offline the text is kept, and sent once when the connection is back", async (browser) => {
  await using site = await testSite();
  const page = await site.open(browser);
  await fill(page, { rating: 5, comments: "From the train" });
  await page.context().setOffline(true);
  await page.getByText("You are offline.").waitFor();
  await send(page);
  await page.getByRole("alert").getByText("You seem to be offline").waitFor();
  assert.equal(await page.getByLabel("Your comment").inputValue(), "From the train");
  await page.context().setOffline(false);
  await send(page);
  await page.getByRole("heading", { name: "Thank you" }).waitFor();
  assert.equal((await site.store.stats()).total, 1);
});

browserTest("a send whose answer is lost is repeated under the same uid", async (browser) => {
  await using site = await testSite();
  const page = await site.open(browser);
  await page.route("**/reviews", async (route) => {
    await route.fetch();
    await route.abort();
  }, { times: 1 });
  await fill(page, { rating: 5, comments: "Once" });
  await send(page);
  await page.getByRole("alert").getByText("The server did not answer").waitFor();
  assert.equal((await site.store.stats()).total, 1);
  await page.reload();
  await awake(page);
  await send(page);
  await page.getByRole("heading", { name: "Thank you" }).waitFor();
  assert.equal((await site.store.stats()).total, 1);
});

browserTest("a save that fails says so, keeps the text and works later", async (browser) => {
  let full = true;
  await using site = await testSite({
    deps: ({ store }) => {
      const add = store.add.bind(store);
      const refuse = () =>
        Promise.reject(new AppError("disk_full", "There is no room left on this machine", { retryAfter: 60 }));
      store.add = (review) => full ? refuse() : add(review);
      return {};
    },
  });
  for (const javaScriptEnabled of [true, false]) {
    full = true;
    const page = await site.open(browser, "/", { javaScriptEnabled });
    await fill(page, { rating: 5, comments: `Precious ${javaScriptEnabled}` });
    await send(page);
    await page.getByRole("alert").getByText("There is no room left on this machine").waitFor();
    assert.equal(await page.getByLabel("Your comment").inputValue(), `Precious ${javaScriptEnabled}`);
    full = false;
    await send(page);
    await page.getByRole("heading", { name: "Thank you" }).waitFor();
  }
  assert.equal((await site.store.stats()).total, 2);
});

browserTest("rate limited, a person is told when the next review can be sent", async (browser) => {
  await using site = await testSite({ settings: { rateLimit: { max: 1, windowSeconds: 600 } } });
  await site.app.fetch(
    new Request(`${site.url}/reviews`, { method: "POST", body: new URLSearchParams({ rating: "1" }) }),
  );
  const page = await site.open(browser);
  for (const name of ["one", "two"]) {
    await page.goto(site.url);
    await awake(page);
    await fill(page, { rating: 5, name });
    await send(page);
    if (name === "one") await page.getByRole("heading", { name: "Thank you" }).waitFor();
  }
  await page.getByRole("alert").getByText("in 10 minutes").waitFor();
  assert.equal(await page.getByLabel("Your name").inputValue(), "two");
});

async function fill(
  page: Page,
  { rating, comments, name }: { rating?: number; comments?: string; name?: string },
): Promise<void> {
  if (rating !== undefined) await page.getByLabel(String(rating)).and(page.getByRole("radio")).check();
  if (comments !== undefined) await page.getByLabel("Your comment").fill(comments);
  if (name !== undefined) await page.getByLabel("Your name").fill(name);
}

async function send(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Send review" }).click();
}
