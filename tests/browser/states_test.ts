// The page in every state that it can be in.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { AppError } from "../../db/app_error.ts";
import type { TestAppOptions } from "../routes/test_app.ts";
import { browserTest } from "./browser.ts";
import { assertGoodLooks } from "./looks.ts";
import { addSamples } from "./sample_reviews.ts";
import { type TestSite, testSite } from "./test_site.ts";

/** A state of the page and how it comes about. */
interface State {
  name: string;
  path?: string;
  options?: TestAppOptions;
  before?(site: TestSite): Promise<unknown> | void;
  then?(page: Page, site: TestSite): Promise<unknown>;
}

const FAILURE = {
  kind: "token",
  since: "2026-11-22T10:04:00Z",
  message: "",
  hint: "Set a new HF_TOKEN",
  retry: false,
} as const;
const COMMIT = { at: "2026-11-22T11:59:48Z", commit: "4f8a1c07d2e9", url: "https://hub.example/4f8a" };

const STATES: State[] = [
  { name: "empty" },
  { name: "with reviews", before: addSamples },
  { name: "filtered", path: "/?rating=5&q=e", before: addSamples },
  { name: "nothing found", path: "/?q=nothing", before: addSamples },
  { name: "restoring", before: ({ backup }) => backup.become({ state: "restoring", dataset: "ada/reviews" }) },
  {
    name: "backed up",
    before: ({ backup }) => backup.become({ state: "idle", dataset: "ada/reviews", lastBackup: COMMIT }),
  },
  { name: "waiting", before: ({ backup }) => backup.become({ state: "pending", dataset: "ada/reviews", pending: 3 }) },
  {
    name: "backup failing",
    before: ({ backup }) => backup.become({ state: "failing", failure: FAILURE, lastBackup: COMMIT }),
  },
  { name: "errors", then: send },
  { name: "chosen", then: (page) => page.locator("#rating-4").check() },
  { name: "new reviews", before: addSamples, then: (page, site) => announce(page, site) },
  { name: "thank you", then: async (page) => (await rate(page), await thanked(page)) },
  {
    name: "offline",
    then: (page) => page.context().setOffline(true).then(() => page.getByText("You are offline").waitFor()),
  },
  {
    name: "rate limited",
    options: { settings: { rateLimit: { max: 0, windowSeconds: 600 } } },
    then: async (page) => (await rate(page), await page.getByRole("alert").waitFor()),
  },
  {
    name: "save failed",
    before: ({ store }) => {
      store.add = () => Promise.reject(new AppError("disk_full", "There is no room left"));
    },
    then: async (page) => (await rate(page), await page.getByRole("alert").waitFor()),
  },
  { name: "unknown address", path: "/nowhere" },
  { name: "embedded", path: "/embed" },
  { name: "API", path: "/docs" },
];

browserTest(
  "the page looks right in every state, light or dark, wide or narrow",
  async (browser) => {
    for (const { name, path = "/", options, before, then } of STATES) {
      await using site = await testSite(options);
      await before?.(site);
      const page = await (await browser.newContext()).newPage();
      await page.goto(site.url + path);
      await then?.(page, site);
      await assertGoodLooks(page, name);
      await page.context().close();
    }
  },
);

async function rate(page: Page): Promise<void> {
  await page.locator("#rating-5").check();
  await send(page);
}

async function send(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Send review" }).click();
}

async function thanked(page: Page): Promise<void> {
  await page.getByRole("heading", { name: "Thank you" }).waitFor();
  await page.locator("#list article").waitFor();
}

async function announce(page: Page, site: TestSite): Promise<void> {
  await site.submit({ rating: "5" });
  await page.getByRole("button", { name: "1 new review" }).waitFor();
}

browserTest("the badge's dot stands beside its text, however narrow the page", async (browser) => {
  await using site = await testSite();
  const page = await site.open(browser, "/", { viewport: { width: 320, height: 640 } });
  const box = (selector: string) =>
    page.locator(selector).evaluate((element) => element.getBoundingClientRect().toJSON());
  const [dot, text] = [await box(".badge .dot"), await box(".badge .dot + span")];
  assert.ok(dot.right <= text.left && dot.top >= text.top && dot.bottom <= text.bottom, JSON.stringify([dot, text]));
  await page.context().close();
});

browserTest("a button keeps its shape while it has the focus", async (browser) => {
  await using site = await testSite();
  const page = await site.open(browser);
  await page.keyboard.press("Tab"); // from now on the focus is to be seen
  for (const name of ["Send review", "Search"]) {
    const button = page.getByRole("button", { name });
    const shape = () => button.evaluate((element) => getComputedStyle(element).borderRadius);
    const before = await shape();
    await button.focus();
    assert.ok(await button.evaluate((element) => element.matches(":focus-visible")));
    assert.equal(await shape(), before, name);
  }
  await page.context().close();
});
