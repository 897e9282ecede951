// The admin's pages in a real browser: by keyboard and with scripts off, and nothing that breaks the rules of accessibility.
import assert from "node:assert/strict";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { browserTest } from "./browser.ts";
import { addSamples } from "./sample_reviews.ts";
import { type TestSite, testSite } from "./test_site.ts";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
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
  "axe finds nothing on the admin's pages, light or dark, wide or narrow, and nothing scrolls sideways",
  async (browser) => {
    await using site = await testSite({ deps: () => ({ history: () => Promise.resolve([ENTRY]) }) });
    await addSamples(site);
    const page = await signedIn(browser, site);
    await check(page, "reviews");
    await page.goto(`${site.url}/admin?q=nothing-like-this`);
    await check(page, "nothing found");
    await page.goto(`${site.url}/admin`);
    await page.getByRole("checkbox").first().check();
    await page.getByRole("button", { name: "Erase what is ticked" }).click();
    await page.getByText("1 review is erased.").waitFor();
    await check(page, "erased");
    await page.goto(`${site.url}/admin/backup`);
    await check(page, "no dataset");
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
    await check(page, "failing");
    await page.getByRole("button", { name: "Sign out" }).click();
    await check(page, "sign-in");
    await page.getByLabel("Admin token").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    await check(page, "wrong token");
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

async function check(page: Page, state: string): Promise<void> {
  await page.evaluate(axe.source);
  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [1280, 320]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      const { violations } = await page.evaluate((values) => {
        const injected = globalThis as unknown as { axe: typeof axe };
        return injected.axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"] });
      }, TAGS);
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
      assert.deepEqual(found, [], `${state}, ${colorScheme}, ${width} px`);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, `${state}, ${width} px`);
    }
  }
}
