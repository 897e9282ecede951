// What a browser that has never been there fetches from a site.
import { launchBrowser } from "../../browser/browser.ts";

/** What was fetched from the site itself; what it wants from elsewhere is not counted. */
export interface FirstVisit {
  requests: number;
  /** Bytes on the wire, headers included. */
  bytes: number;
}

const QUIET_MS = 2000;

/** Opens the page and waits until it has asked for nothing for a while. */
export async function firstVisit(url: string): Promise<FirstVisit> {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const network = await page.context().newCDPSession(page);
    const own = new Set<string>();
    let bytes = 0;
    const quiet = Promise.withResolvers<void>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    network.on("Network.requestWillBeSent", ({ requestId, request }) => {
      if (request.url.startsWith(url)) own.add(requestId);
      clearTimeout(timer);
      timer = setTimeout(quiet.resolve, QUIET_MS);
    });
    network.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      if (own.has(requestId)) bytes += encodedDataLength;
    });
    await network.send("Network.enable");
    await page.goto(url);
    await quiet.promise;
    return { requests: own.size, bytes };
  } finally {
    await browser.close();
  }
}
