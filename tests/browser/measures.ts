// Measures a first visit in a real browser; `deno task measure` prints the table for the README.
import type { Browser } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import { addSamples } from "./sample_reviews.ts";
import { awake, testSite } from "./test_site.ts";

/** What a first visit costs. */
export interface Measures {
  requests: number;
  /** Bytes on the wire, headers included. */
  bytes: number;
  /** Bytes of all scripts, gzipped. */
  scriptBytes: number;
  /** Cumulative layout shift until the islands are awake and the backup has been heard of. */
  layoutShift: number;
}

/** Opens the page with ten reviews in a browser that has never been there. */
export async function measureFirstVisit(browser: Browser): Promise<Measures> {
  await using site = await testSite();
  await addSamples(site);
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  const network = await context.newCDPSession(page);
  let [requests, bytes] = [0, 0];
  const scripts: string[] = [];
  network.on("Network.requestWillBeSent", ({ request, type }) => {
    requests++;
    if (type === "Script") scripts.push(request.url);
  });
  network.on("Network.loadingFinished", ({ encodedDataLength }) => bytes += encodedDataLength);
  await network.send("Network.enable");
  await page.addInitScript(() => {
    const shifts = { sum: 0 };
    Object.assign(globalThis, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.sum += (entry as PerformanceEntry & { value: number }).value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(site.url);
  await awake(page);
  site.backup.become({ state: "pending", dataset: "ada/reviews", pending: 1 });
  await page.getByText("1 review waiting").waitFor();
  const layoutShift = await page.evaluate(() => (globalThis as unknown as { shifts: { sum: number } }).shifts.sum);
  let scriptBytes = 0;
  for (const url of scripts) scriptBytes += await gzipped((await fetch(url)).body);
  await context.close();
  return { requests, bytes, scriptBytes, layoutShift };
}

async function gzipped(body: ReadableStream<Uint8Array<ArrayBuffer>> | null): Promise<number> {
  const packed = body?.pipeThrough(new CompressionStream("gzip"));
  return (await new Response(packed).arrayBuffer()).byteLength;
}

/** The measures as a Markdown table beside those of the guide's app on Gradio 6.25. */
export function measuresTable({ requests, bytes, scriptBytes, layoutShift }: Measures): string {
  const kilobytes = (value: number) => `${(value / 1000).toFixed(1)} KB`;
  return [
    "| first visit | Hearback | at most | the guide's app |",
    "| --- | ---: | ---: | ---: |",
    `| requests | ${requests} | 5 | 70 |`,
    `| compressed, all together | ${kilobytes(bytes)} | 40 KB | 311 KB |`,
    `| script, gzipped | ${kilobytes(scriptBytes)} | 15 KB | 221 KB |`,
    `| layout shift | ${layoutShift.toFixed(3)} | 0.02 | not measured |`,
  ].join("\n");
}

if (import.meta.main) {
  const browser = await launchBrowser();
  console.log(measuresTable(await measureFirstVisit(browser)));
  await browser.close();
}
