// Drives Hearback through answers and failures with secrets that are known, and looks for them, for addresses and for paths in all it says.
import assert from "node:assert/strict";
import { temporaryFolder } from "./db/temporary_folder.ts";
import { startHub } from "./hub/hub.ts";
import { startHearback } from "./process.ts";
import { until } from "./until.ts";

const CLIENT = "203.0.113.77";
const QUERY = "private-words-of-a-search";
const WEBHOOK_KEY = "whsec_c2VjcmV0IG9mIHRoZSB3ZWJob29rIGZvciB0ZXN0cw==";
const ADMIN = "admin-token-that-nobody-may-see";
const TOKEN = "hf_local_write";

Deno.test("F32 no log line, page, answer, metric or uploaded file holds a token, an address or a path", async () => {
  await using hub = await startHub();
  await using folder = await temporaryFolder();
  const data = folder.path("data-folder-that-nobody-may-see");
  const said: string[] = [];
  {
    await using hearback = await startHearback({
      DATA_DIR: data,
      HF_ENDPOINT: hub.url,
      HF_TOKEN: TOKEN,
      DATASET_REPO: "ada/leaks",
      ADMIN_TOKEN: ADMIN,
      TRUST_PROXY: "true",
      RATE_LIMIT: "5/10m",
      BACKUP_SOON: "0",
      WEBHOOK_URL: "http://127.0.0.1:9/hook?key=query-of-the-webhook",
      WEBHOOK_SECRET: WEBHOOK_KEY,
    });
    const ask = async (path: string, init: RequestInit = {}) => {
      const headers = { "X-Forwarded-For": CLIENT, ...init.headers };
      const answer = await fetch(hearback.url + path, { redirect: "manual", ...init, headers });
      const headerText = [...answer.headers].map((header) => header.join(": ")).join("\n");
      const body = answer.headers.get("Content-Type") === "text/event-stream"
        ? await answer.body?.cancel()
        : await answer.text();
      said.push(`${init.method ?? "GET"} ${path}: ${answer.status}\n${headerText}\n${body}`);
      return answer;
    };
    const admin = { Authorization: `Bearer ${ADMIN}` };
    const json = { "Content-Type": "application/json" };
    const idle = () => until(async () => (await (await fetch(`${hearback.url}api/status`)).json()).pending === 0);

    for (let n = 0; n < 7; n++) {
      await ask("api/reviews", {
        method: "POST",
        headers: json,
        body: JSON.stringify({ rating: 5, comments: `no ${n}` }),
      });
    }
    await idle();
    for (const body of ["{", "[]", '{"rating":9}', "x".repeat(70_000)]) {
      await ask("api/reviews", { method: "POST", headers: json, body });
    }
    await ask("reviews", { method: "POST", body: new URLSearchParams({ rating: "7", comments: "Kept" }) });
    await ask("reviews", { method: "POST", headers: { Origin: "https://evil.example" }, body: new URLSearchParams() });
    await ask("mcp", { method: "POST", headers: json, body: "{" });
    const addresses = [
      "",
      `?q=${QUERY}`,
      "embed",
      "api/reviews",
      `api/reviews?q=${QUERY}`,
      "api/reviews?cursor=x",
      "api/stats",
    ];
    const machinery = [
      "api/status",
      "metrics",
      "healthz",
      "readyz",
      "reviews.csv",
      "reviews.json",
      "openapi.json",
      "docs",
    ];
    const wrong = [
      "agents.md",
      "nowhere",
      "assets/none.js",
      "..%2f..%2fetc%2fpasswd",
      "%00",
      "api/events",
      "admin",
      "admin/login",
    ];
    for (const path of [...addresses, ...machinery, ...wrong]) await ask(path);
    await ask("api/backup?drill=1", { method: "POST", headers: admin });
    await ask("api/backup", { method: "POST", headers: { Authorization: "Bearer wrong-token" } });
    // Nothing is committed in between, because two commits are a minute apart; whoever is asked to wait, waits.
    for (const [status, kind] of [[401, "token"], [403, "rights"], [500, "unreachable"], [429, "rate_limited"]]) {
      const fault = hub.faults.add({ match: { path: /commit|preupload|datasets/ }, status: Number(status) });
      const { uid } = (await (await fetch(`${hearback.url}api/reviews?limit=1`)).json()).reviews[0];
      await ask(`api/reviews/${uid}`, { method: "DELETE", headers: admin });
      await ask("api/backup", { method: "POST", headers: admin });
      const failure = async () => (await (await fetch(`${hearback.url}api/status`)).json()).failure;
      await until(async () => (await failure())?.kind === kind, { withinMs: 100_000 });
      for (const path of ["", "api/status", "metrics"]) await ask(path);
      fault.remove();
    }
    await Deno.writeTextFile(`${data}/reviews.db`, "x".repeat(8192)); // a disk that lies
    for (const path of ["", "api/reviews", "api/stats", "api/reviews/nobody", "reviews.csv", "readyz"]) {
      await ask(path).catch(() => {});
    }
    await ask("api/backup", { method: "POST", headers: admin });
    await hearback.stop();
    said.push(`log:\n${hearback.output()}`);
  }
  const repo = hub.repo("ada/leaks");
  for (const path of ["reviews.db", "reviews.csv", "README.md"]) {
    said.push(`${path}:\n${new TextDecoder("latin1").decode(repo?.file(path))}`);
  }
  const root = new URL("../", import.meta.url).pathname;
  const secrets = [
    TOKEN,
    ADMIN,
    WEBHOOK_KEY,
    "query-of-the-webhook",
    CLIENT,
    "wrong-token",
    data,
    "nobody-may-see",
    root,
    QUERY,
  ];
  assert.ok(said.length > 40 && said.join().includes("backup-failed"));
  for (const secret of secrets) {
    for (const text of said) {
      // The page gives a search back to the one who searched, in the field and in its links.
      if (secret === QUERY && !text.startsWith("log:")) continue;
      const at = text.indexOf(secret);
      assert.equal(at, -1, `"${secret}" in: …${text.slice(Math.max(0, at - 200), at + 100)}…`);
    }
  }
  const traces = said.filter((text) => !text.startsWith("log:")).join("\n");
  assert.doesNotMatch(traces, /\bat \S+ \(|file:\/\/\/|node:internal|\.tsx?:\d+/);
});
