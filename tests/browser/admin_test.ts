// The admin's pages in a real browser: by keyboard and with scripts off, and nothing that breaks the rules of accessibility.
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { browserTest } from "./browser.ts";
import { assertGoodLooks } from "./looks.ts";
import { addSamples } from "./sample_reviews.ts";
import { type TestSite, testSite } from "./test_site.ts";

const COMMIT = "4f8a1c07d2e94f8a1c07d2e94f8a1c07d2e94f8a";
const ENTRY = {
  commit: COMMIT,
  at: "2026-11-22T11:59:48Z",
  title: "Backup of 12 reviews",
  url: `https://hub.example/datasets/ada/reviews/commit/${COMMIT}`,
};

browserTest(
  "with scripts off, the owner signs in, erases two reviews, takes one back and signs out",
  async (browser) => {
    await using site = await testSite();
    await addSamples(site);
    const { total } = await site.store.stats();
    const page = await signedIn(browser, site, { javaScriptEnabled: false });
    await page.getByRole("checkbox").first().check();
    await page.getByRole("checkbox").nth(1).check();
    await page.getByRole("button", { name: "Erase what is ticked" }).click();
    await page.getByText("2 reviews are erased.").waitFor();
    assert.equal((await site.store.stats()).total, total - 2);
    await page.getByRole("button", { name: "Take back" }).first().click();
    await page.getByText("1 review is back.").waitFor();
    assert.equal((await site.store.stats()).total, total - 1);
    await page.getByRole("link", { name: "Backup" }).click();
    await page.getByRole("heading", { name: "Backup", exact: true }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Admin token").waitFor();
    assert.deepEqual(site.complaints, []);
    await page.context().close();
  },
);

browserTest("the admin's pages cannot be put into a frame, not even by the page itself", async (browser) => {
  await using site = await testSite();
  const page = await site.open(browser);
  const framed = await page.evaluate(async () => {
    const frame = document.createElement("iframe");
    frame.src = "/admin/sign-in";
    const loaded = new Promise((resolve) => frame.onload = resolve);
    document.body.append(frame);
    await loaded;
    return frame.contentDocument?.querySelector("input") ?? null; // a page that was refused is of another origin
  });
  assert.equal(framed, null);
  assert.match(site.complaints.join(), /frame/i);
  await page.context().close();
});

browserTest(
  "the admin's pages look right, light or dark, wide or narrow",
  async (browser) => {
    await using site = await testSite({ deps: () => ({ history: () => Promise.resolve([ENTRY]) }) });
    await addSamples(site);
    const page = await signedIn(browser, site);
    await assertGoodLooks(page, "reviews");
    await page.goto(`${site.url}/admin?q=nothing-like-this`);
    await assertGoodLooks(page, "nothing found");
    await page.goto(`${site.url}/admin`);
    await page.getByRole("checkbox").first().check();
    await page.getByRole("button", { name: "Erase what is ticked" }).click();
    await page.getByText("1 review is erased.").waitFor();
    await assertGoodLooks(page, "erased");
    await page.goto(`${site.url}/admin/backup`);
    await assertGoodLooks(page, "no dataset");
    site.backup.become({
      state: "failing",
      dataset: "ada/reviews",
      lastBackup: ENTRY,
      nextTryAt: "2026-11-22T12:01:00Z",
      failure: { kind: "token", since: ENTRY.at, message: "The token was refused", hint: "Renew it", retry: false },
      notice: "A damaged backup was passed over",
      drill: { at: ENTRY.at, ok: true, message: "Commit 4f8a1c0 was fetched and holds 12 reviews" },
    });
    await page.goto(`${site.url}/admin/backup?done=drill`);
    await assertGoodLooks(page, "failing");
    await page.getByRole("button", { name: "Sign out" }).click();
    await assertGoodLooks(page, "sign-in");
    await page.getByLabel("Admin token").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    await assertGoodLooks(page, "wrong token");
    await page.context().close();
  },
);

async function signedIn(
  browser: Browser,
  site: TestSite,
  options: { javaScriptEnabled?: boolean } = {},
): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  await page.goto(`${site.url}/admin`);
  await page.getByLabel("Admin token").focus();
  await page.keyboard.type("swordfish");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Reviews", exact: true }).waitFor();
  return page;
}
