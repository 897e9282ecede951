// The form in frames on pages of other origins.
import assert from "node:assert/strict";
import { browserTest } from "./browser.ts";
import { testSite } from "./test_site.ts";

browserTest("embed.js puts the form into a page of another origin and follows its height", async (browser) => {
  await using site = await testSite({ settings: { frameAncestors: "*" } });
  await using host = hostPage(
    `<h1>Somebody's page</h1><script src="${site.url}/embed.js" data-source="blog" async></script>`,
  );
  const page = await (await browser.newContext({ viewport: { width: 500, height: 900 } })).newPage();
  await page.goto(host.url);
  const frame = page.frameLocator("iframe");
  await frame.locator("[data-hydrated]").waitFor();
  const innerHeight = async () => await frame.locator("html").evaluate((html) => html.scrollHeight);
  await page.waitForFunction(() => document.querySelector("iframe")?.style.height !== "40rem");
  const before = await innerHeight();
  assert.equal(await page.locator("iframe").evaluate((element) => element.clientHeight), before);
  await frame.getByRole("button", { name: "Send review" }).click();
  await frame.getByRole("alert").waitFor();
  const taller = await innerHeight();
  assert.ok(taller > before);
  await page.waitForFunction((height) => document.querySelector("iframe")?.offsetHeight === height, taller);
  await frame.getByLabel("5").check();
  await frame.getByRole("button", { name: "Send review" }).click();
  await frame.getByRole("heading", { name: "Thank you" }).waitFor();
  assert.equal((await site.store.list({ limit: 1 })).reviews[0]?.source, "blog");
});

browserTest("heights that somebody else sends are ignored", async (browser) => {
  await using site = await testSite({ settings: { frameAncestors: "*" } });
  await using host = hostPage(`<script src="${site.url}/embed.js"></script>`);
  const page = await (await browser.newContext()).newPage();
  await page.goto(host.url);
  await page.frameLocator("iframe").locator("[data-hydrated]").waitFor();
  await page.waitForFunction(() => document.querySelector("iframe")?.style.height !== "40rem");
  const height = () => page.locator("iframe").evaluate((element) => element.style.height);
  const before = await height();
  await page.evaluate(() =>
    new Promise((resolve) => {
      addEventListener("message", resolve, { once: true });
      postMessage({ type: "hearback:height", height: 9 }, "*");
    })
  );
  assert.equal(await height(), before);
});

browserTest("the form works in a sandboxed frame, with scripts and without", async (browser) => {
  for (const sandbox of ["allow-forms allow-scripts", "allow-forms"]) {
    await using site = await testSite({ settings: { frameAncestors: "*" } });
    await using host = hostPage(
      `<iframe sandbox="${sandbox}" src="${site.url}/embed" width="480" height="800"></iframe>`,
    );
    const page = await (await browser.newContext()).newPage();
    await page.goto(host.url);
    const frame = page.frameLocator("iframe");
    if (sandbox.includes("scripts")) await frame.locator("[data-hydrated]").waitFor();
    await frame.getByLabel("4").check();
    await frame.getByRole("button", { name: "Send review" }).click();
    await frame.getByRole("heading", { name: "Thank you" }).waitFor();
    assert.equal((await site.store.stats()).total, 1, sandbox);
  }
});

browserTest("a site that is not among the frame ancestors cannot show the form", async (browser) => {
  await using site = await testSite();
  await using host = hostPage(`<iframe src="${site.url}/embed"></iframe>`);
  const page = await (await browser.newContext()).newPage();
  const refused = page.waitForEvent("console", (message) => /frame-ancestors/.test(message.text()));
  await page.goto(host.url);
  await refused;
  assert.equal(await page.frameLocator("iframe").locator("form").count(), 0);
});

/** Serves a page of another origin. */
function hostPage(body: string): { url: string } & AsyncDisposable {
  const html = `<!doctype html><html lang="en"><title>Host</title><body>${body}</body></html>`;
  const server = Deno.serve({ hostname: "localhost", port: 0, onListen() {} }, () => {
    return new Response(html, { headers: { "Content-Type": "text/html" } });
  });
  return { url: `http://localhost:${server.addr.port}/`, [Symbol.asyncDispose]: () => server.shutdown() };
}
