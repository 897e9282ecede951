// Finds and starts a real browser for the tests, and says what is left out where there is none.
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/opt/google/chrome/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Where the browser is, or undefined. */
export const browserPath = [Deno.env.get("CHROMIUM_PATH") ?? "", ...PLACES].find((path) =>
  path !== "" && existsSync(path)
);

/** Starts the browser. */
export function launchBrowser(): Promise<Browser> {
  if (browserPath === undefined) throw new Error(HOW_TO_GET_ONE);
  return chromium.launch({ executablePath: browserPath, args: ARGUMENTS });
}

/** Registers a test that needs the browser; without one it is left out by name, and in CI it fails. */
export function browserTest(name: string, fn: (browser: Browser) => Promise<void>): void {
  const leftOut = browserPath === undefined && Deno.env.get("CI") !== "true";
  Deno.test({
    name: leftOut ? `${name} [left out: ${HOW_TO_GET_ONE}]` : name,
    ignore: leftOut,
    async fn() {
      const browser = await launchBrowser();
      try {
        await fn(browser);
      } finally {
        await browser.close();
      }
    },
  });
}

const HOW_TO_GET_ONE = "no browser found; install Chromium (apt-get install chromium) or set CHROMIUM_PATH";
