// What an owner sees of a running Hearback: the numbers for Prometheus and a log line for each request.
import assert from "node:assert/strict";
import { json, testApp } from "../routes/test_app.ts";

Deno.test("GET /metrics counts requests by route and status class, and submits by outcome", async () => {
  await using t = await testApp({ settings: { rateLimit: { max: 2, windowSeconds: 600 } } });
  const uid = crypto.randomUUID();
  for (const body of [{ rating: 5, uid }, { rating: 5, uid }, { rating: 9 }, { rating: 4 }, { rating: 3 }]) {
    await t.ask("/api/reviews", json(body));
  }
  for (const path of ["/nowhere", "/api/reviews/a", "/api/reviews/b"]) await t.ask(path);
  await t.ask("/api/stats", { method: "BREW" });
  const metrics = await read(t.ask("/metrics"));
  const expected = {
    'hearback_requests_total{method="POST",route="/api/reviews",status="2xx"}': 3,
    'hearback_requests_total{method="POST",route="/api/reviews",status="4xx"}': 2,
    'hearback_requests_total{method="GET",route="none",status="4xx"}': 1,
    'hearback_requests_total{method="GET",route="/api/reviews/:uid",status="4xx"}': 2,
    'hearback_requests_total{method="other",route="/api/stats",status="4xx"}': 1,
    'hearback_submits_total{outcome="stored"}': 2,
    'hearback_submits_total{outcome="repeated"}': 1,
    'hearback_submits_total{outcome="invalid"}': 1,
    'hearback_submits_total{outcome="too_many"}': 1,
    'hearback_submits_total{outcome="failed"}': 0,
    "hearback_reviews": 2,
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(metrics[name], value, name);
});

Deno.test("GET /metrics tells the state of the backup, what its runs came to, and the open streams", async () => {
  await using t = await testApp();
  const before = await read(t.ask("/metrics"));
  assert.equal(before['hearback_backup_state{state="off"}'], 1);
  assert.ok(!("hearback_backup_last_success_timestamp_seconds" in before), "there was none");
  assert.ok(!("hearback_webhook_waiting" in before), "there is no webhook");
  const at = "2026-11-22T11:59:30Z";
  t.backup.become({
    state: "failing",
    pending: 4,
    lastBackup: { at, commit: "c0ffee", url: "https://example.org/" },
    failure: { kind: "token", since: at, message: "", hint: "", retry: false },
    drill: { at, ok: false, message: "" },
  });
  const stream = await t.ask("/api/events");
  const after = await read(t.ask("/metrics"));
  await stream.body?.cancel();
  const time = Date.parse(at) / 1000;
  const expected = {
    'hearback_backup_state{state="failing"}': 1,
    'hearback_backup_state{state="off"}': 0,
    "hearback_backup_pending": 4,
    "hearback_backup_last_success_timestamp_seconds": time,
    "hearback_backup_failing_since_timestamp_seconds": time,
    "hearback_backup_drill_timestamp_seconds": time,
    "hearback_backup_drill_ok": 0,
    "hearback_backup_runs_total": 3,
    "hearback_backup_run_seconds_total": 1.5,
    "hearback_backup_sent_bytes_total": 4096,
    'hearback_backup_failures_total{kind="token"}': 2,
    "hearback_event_streams": 1,
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(after[name], value, name);
});

Deno.test("GET /metrics tells what became of the reviews for the webhook", async () => {
  const counts = { delivered: 5, failed: 2, waiting: 1 };
  await using t = await testApp({ deps: () => ({ webhook: { counts: () => counts } }) });
  const metrics = await read(t.ask("/metrics"));
  const expected = {
    'hearback_webhook_reviews_total{outcome="delivered"}': 5,
    'hearback_webhook_reviews_total{outcome="failed"}': 2,
    "hearback_webhook_waiting": 1,
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(metrics[name], value, name);
});

Deno.test("each request is one log line, by its pattern and without what the sender said", async () => {
  await using t = await testApp();
  await t.ask("/?q=private-words", { headers: { Authorization: "Bearer private-words" } });
  await t.ask("/private-words");
  await t.ask("/api/reviews/private-words", { method: "DELETE" });
  await t.ask("/api/stats", { method: "PRIVATE-WORDS" });
  const lines = t.logged.map(({ ms, ...line }) => (assert.equal(typeof ms, "number"), line));
  assert.deepEqual(lines, [
    { event: "request", method: "GET", route: "/", status: 200 },
    { event: "request", method: "GET", route: "none", status: 404 },
    { event: "request", method: "DELETE", route: "/api/reviews/:uid", status: 401 },
    { event: "request", method: "other", route: "/api/stats", status: 405 },
  ]);
});

/** The numbers by name and labels, from lines that Prometheus's text format allows and no others. */
async function read(answer: Promise<Response>): Promise<Record<string, number>> {
  const response = await answer;
  assert.equal(response.headers.get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  const numbers: Record<string, number> = {};
  for (const line of (await response.text()).trimEnd().split("\n")) {
    if (/^# (HELP \w+ .+|TYPE \w+ (counter|gauge))$/.test(line)) continue;
    const [, name = "", value] = /^(\w+(?:\{(?:\w+="[^"\\]*",?)+\})?) (-?[\d.e+-]+)$/.exec(line) ?? [];
    assert.ok(name !== "" && !(name in numbers), line);
    numbers[name] = Number(value);
  }
  return numbers;
}
