// Serves the application on a free port and opens pages on it whose complaints are kept.
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { type TestApp, testApp, type TestAppOptions } from "../routes/test_app.ts";

/** A running site and the way to open pages on it. */
export interface TestSite extends TestApp {
  url: string;
  /** Opens `path` and waits until the islands are awake. */
  open(browser: Browser, path?: string, options?: OpenOptions): Promise<Page>;
  /** What pages said on their consoles as warnings and errors. */
  complaints: string[];
}

/** How to open a page. */
export interface OpenOptions extends BrowserContextOptions {
  /** Another origin to open it on. */
  url?: string;
}

/** Starts the site; dispose of it at the end of the test. */
export async function testSite(options: TestAppOptions = {}): Promise<TestSite> {
  const t = await testApp(options);
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, t.app.fetch);
  const url = `http://127.0.0.1:${server.addr.port}`;
  const complaints: string[] = [];
  return {
    ...t,
    url,
    complaints,
    async open(browser, path = "/", { url: other = url, ...options } = {}) {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(String(error)));
      await page.goto(other + path);
      if (options.javaScriptEnabled !== false) await awake(page);
      return page;
    },
    async [Symbol.asyncDispose]() {
      await t.app.close();
      await server.shutdown();
      await t[Symbol.asyncDispose]();
    },
  };
}

/** Waits until every island of the page is awake. */
export async function awake(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const places = [...document.querySelectorAll("[data-island]")];
    return places.length > 0 && places.every((place) => place.hasAttribute("data-hydrated"));
  });
}
