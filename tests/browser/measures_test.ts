// Keeps the page as light as it promises.
import assert from "node:assert/strict";
import { browserTest } from "./browser.ts";
import { measureFirstVisit, measuresTable } from "./measures.ts";

browserTest("a first visit stays within its budget of requests, bytes, script and layout shift", async (browser) => {
  const measures = await measureFirstVisit(browser);
  console.log(measuresTable(measures));
  assert.ok(measures.requests <= 5);
  assert.ok(measures.bytes > 1000 && measures.bytes <= 40_000);
  assert.ok(measures.scriptBytes > 1000 && measures.scriptBytes <= 15_000);
  assert.ok(measures.layoutShift <= 0.02);
});
