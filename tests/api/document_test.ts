// The API document: that it holds every address, follows the settings, and can be read and tried as a page.
import assert from "node:assert/strict";
import { testApp } from "../routes/test_app.ts";

// Files that scripts and stylesheets come from, and the owner's pages, are no part of the API.
const UNDOCUMENTED = /^"\/(assets|admin)\b/;

Deno.test("GET /openapi.json answers the document", async (t) => {
  await using app = await testApp();
  const response = await app.ask("/openapi.json");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("Access-Control-Allow-Origin"), "*");
  await t.assertSnapshot(await response.json());
});

Deno.test("every route is described", async () => {
  const routes = new URL("../../routes/", import.meta.url);
  let seen = 0;
  for await (const { name } of Deno.readDir(routes)) {
    if (!/\.tsx?$/.test(name)) continue;
    const source = await Deno.readTextFile(new URL(name, routes));
    for (const [route, address = "", next] of source.matchAll(/\.(?:get|post|put|delete)\(\s*("\/[^"]*"),\s*(\w+)/g)) {
      seen++;
      if (!UNDOCUMENTED.test(address)) assert.equal(next, "describe", `${name}: ${route}`);
    }
  }
  await using app = await testApp();
  const { paths } = await (await app.ask("/openapi.json")).json();
  const operations = Object.values(paths).flatMap((item) => Object.keys(item as object));
  assert.ok(operations.length > 20 && operations.length <= seen, `${operations.length} of ${seen}`);
});

Deno.test("the document and the text for agents follow FORM_REQUIRE", async () => {
  await using app = await testApp({ settings: { require: ["name", "comments"] } });
  const { components } = await (await app.ask("/openapi.json")).json();
  const { required, properties } = components.schemas.NewReview;
  assert.deepEqual(required, ["name", "comments"]);
  assert.equal(properties.name.minLength, 1);
  assert.deepEqual(properties.rating.anyOf.at(-1), { type: "null" });
  assert.match(await (await app.ask("/agents.md")).text(), /Needed: name, comments\./);
});

Deno.test("GET /docs shows every operation and loads nothing from elsewhere", async () => {
  await using app = await testApp();
  const response = await app.ask("/docs");
  const html = await response.text();
  assert.equal(response.status, 200);
  const { paths } = await (await app.ask("/openapi.json")).json();
  for (const [path, item] of Object.entries(paths)) {
    for (const [method, { operationId }] of Object.entries(item as Record<string, { operationId: string }>)) {
      assert.ok(html.includes(`<article id="${operationId}">`), operationId);
      assert.ok(html.includes(`<code>${method.toUpperCase()} ${path}</code>`), path);
    }
  }
  for (const [, address = ""] of html.matchAll(/(?:src|href|action)="([^"]*)"/g)) assert.match(address, /^[/#]/);
  assert.ok(!/<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=/.test(html), "nothing inline");
});

Deno.test("GET /agents.md names the address that was asked, and commands that work", async () => {
  await using app = await testApp({ settings: { publicNames: false, rateLimit: { max: 7, windowSeconds: 60 } } });
  const response = await app.ask("/agents.md");
  const text = await response.text();
  assert.equal(response.headers.get("Content-Type"), "text/markdown; charset=utf-8");
  assert.match(text, /7 reviews are taken in 60 seconds/);
  assert.match(text, /names are not shown/);
  const body = /-d '(.*)'/.exec(text)?.[1] ?? "";
  const headers = { "Content-Type": "application/json" };
  assert.equal((await app.ask("/api/reviews", { method: "POST", headers, body })).status, 201);
  const listed = /curl '(\S+)'/.exec(text)?.[1] ?? "";
  assert.match(listed, /^http:\/\/localhost\//);
  assert.equal((await app.ask(listed)).status, 200);
});
