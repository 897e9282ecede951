// The headers of every address: how long it may be kept, that it comes compressed, and what browsers are held to.
import assert from "node:assert/strict";
import { json, type TestApp, testApp } from "./test_app.ts";

Deno.test("every address says for how long its answer may be kept", async () => {
  await using t = await testApp();
  const { uid } = await (await t.ask("/api/reviews", json({ rating: 5 }))).json();
  const style = /\/assets\/style[^"]+/.exec(await (await t.ask("/")).text())?.[0] ?? "";
  const addresses = {
    "public, max-age=31536000, immutable": [style],
    "public, max-age=300": ["/embed.js"],
    "private, no-cache": ["/"],
    "no-cache": [
      "/embed",
      "/api/reviews",
      `/api/reviews/${uid}`,
      "/api/stats",
      "/reviews.csv",
      "/reviews.json",
      "/openapi.json",
      "/docs",
      "/agents.md",
      "/healthz",
    ],
    "no-store": ["/api/status", "/api/events", "/readyz", "/metrics", "/admin", "/admin/sign-in", "/nowhere"],
  };
  for (const [expected, paths] of Object.entries(addresses)) {
    for (const path of paths) {
      const { headers, body } = await t.ask(path);
      assert.equal(headers.get("Cache-Control"), expected, path);
      await body?.cancel();
    }
  }
});

Deno.test("pages, data and scripts come compressed to those who ask, and caches are told that it depends", async () => {
  await using t = await testApp();
  const script = /\/assets\/app[^"]+/.exec(await (await t.ask("/")).text())?.[0] ?? "";
  for (const path of ["/", "/api/reviews", "/reviews.csv", "/embed.js", "/openapi.json", script]) {
    const packed = await t.ask(path, { headers: { "Accept-Encoding": "br;q=0.1, gzip" } });
    assert.equal(packed.headers.get("Content-Encoding"), "gzip", path);
    assert.match(packed.headers.get("Vary") ?? "", /Accept-Encoding/);
    const plain = await t.ask(path);
    assert.equal(plain.headers.get("Content-Encoding"), null);
    assert.match(plain.headers.get("Vary") ?? "", /Accept-Encoding/);
    // The form carries a uid of its own each time, of the same length.
    const unpacked = await new Response(packed.body!.pipeThrough(new DecompressionStream("gzip"))).text();
    assert.equal(unpacked.length, (await plain.text()).length, path);
  }
  const events = await t.ask("/api/events", { headers: { "Accept-Encoding": "gzip" } });
  assert.equal(events.headers.get("Content-Encoding"), null, "an event that waits for its block comes too late");
  await events.body?.cancel();
});

Deno.test("browsers that came over HTTPS are told to stay there, where the proxy that says so is trusted", async () => {
  const headers = { "X-Forwarded-Proto": "https" };
  const policy = async (t: TestApp, init?: RequestInit) =>
    (await t.ask("/healthz", init)).headers.get("Strict-Transport-Security");
  await using trusting = await testApp({ settings: { trustProxy: true } });
  assert.equal(await policy(trusting, { headers }), "max-age=31536000");
  assert.equal(await policy(trusting), null);
  assert.equal(await policy(trusting, { headers: { "X-Forwarded-Proto": "http" } }), null);
  await using wary = await testApp();
  assert.equal(await policy(wary, { headers }), null);
});

Deno.test("every answer, of whatever kind, carries what browsers are held to, and no cookie", async () => {
  await using t = await testApp({ settings: { frameAncestors: "https://example.org" } });
  const policies = {
    "default-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors https://example.org": [
      "/",
      "/?q=nothing",
      "/embed",
      "/docs",
      "/nowhere",
    ],
    "default-src 'none'; frame-ancestors 'none'": [
      "/api/reviews",
      "/api/stats",
      "/api/nowhere",
      "/reviews.csv",
      "/openapi.json",
      "/healthz",
    ],
  };
  for (const [policy, paths] of Object.entries(policies)) {
    for (const path of paths) {
      const { headers, body } = await t.ask(path);
      assert.equal(headers.get("Content-Security-Policy"), policy, path);
      assert.equal(headers.get("X-Content-Type-Options"), "nosniff", path);
      assert.equal(headers.get("X-Frame-Options"), null, path);
      assert.equal(headers.get("Set-Cookie"), null, path);
      await body?.cancel();
    }
  }
  const { headers } = await t.ask("/api/reviews", json({ rating: 5 }));
  assert.equal(headers.get("Content-Security-Policy"), "default-src 'none'; frame-ancestors 'none'");
});

Deno.test("pages may use nothing of the device, and send no address on to other sites", async () => {
  await using t = await testApp();
  const { headers } = await t.ask("/");
  for (const feature of ["camera", "microphone", "geolocation", "payment", "usb", "display-capture"]) {
    assert.match(headers.get("Permissions-Policy") ?? "", new RegExp(`(^|, )${feature}=\\(\\)`));
  }
  assert.equal(headers.get("Referrer-Policy"), "strict-origin-when-cross-origin");
});
