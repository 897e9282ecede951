// Takes the screenshots of the README from the page as it is; run by `deno task screenshots`.
import { launchBrowser } from "./browser.ts";
import { addSamples } from "./sample_reviews.ts";
import { testSite } from "./test_site.ts";

const SHOTS = [
  { name: "light", theme: "light", width: 1280, height: 1000 },
  { name: "dark", theme: "dark", width: 1280, height: 1000 },
  { name: "phone", theme: "light", width: 390, height: 844 },
];

if (import.meta.main) {
  const folder = Deno.args[0] ?? new URL("screenshots", import.meta.url).pathname;
  await Deno.mkdir(folder, { recursive: true });
  await takeScreenshots(folder);
}

async function takeScreenshots(folder: string): Promise<void> {
  await using site = await testSite({
    settings: { title: "How is Whisper Playground?", intro: "Your words help us decide what to mend next." },
  });
  site.clock.now = new Date();
  await addSamples(site);
  const at = new Date(Date.now() - 12_000).toISOString();
  const commit = "4f8a1c07d2e94be3a6f5c1d08b7e2a9c3d5f6e10";
  const url = `https://huggingface.co/datasets/ada/reviews/commit/${commit}`;
  site.backup.become({ state: "idle", dataset: "ada/reviews", lastBackup: { at, commit, url } });
  const browser = await launchBrowser();
  try {
    for (const { name, theme, width, height } of SHOTS) {
      const viewport = { width, height };
      const page = await site.open(browser, `/?__theme=${theme}`, { viewport, reducedMotion: "reduce" });
      await page.locator("#rating-4").check();
      await page.mouse.move(0, 0);
      await page.screenshot({ path: `${folder}/${name}.png` });
      await page.context().close();
    }
  } finally {
    await browser.close();
  }
}
