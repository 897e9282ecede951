// Health, state and the answers around them.
import assert from "node:assert/strict";
import type { BackupStatus } from "../../sync/status.ts";
import { testSite } from "../browser/test_site.ts";
import { StatedBackup } from "./stated_backup.ts";
import { json, testApp } from "./test_app.ts";

Deno.test("GET /healthz is alive; GET /readyz waits for the first reading of the dataset and for an open store", async () => {
  await using t = await testApp();
  assert.equal((await t.ask("/healthz")).status, 200);
  t.backup.isSettled = false;
  const waiting = await t.ask("/readyz");
  assert.equal(waiting.status, 503);
  assert.equal(waiting.headers.get("Retry-After"), "5");
  t.backup.isSettled = true;
  assert.equal((await t.ask("/readyz")).status, 200);
  await t.store.close();
  assert.equal((await t.ask("/readyz")).status, 503);
});

Deno.test("GET /api/status and /api/stats tell what backup and store say", async () => {
  await using t = await testApp();
  t.backup.become({ state: "pending", dataset: "ada/reviews", pending: 3 });
  await t.ask("/api/reviews", json({ rating: 2 }));
  assert.deepEqual(await (await t.ask("/api/status")).json(), t.backup.status());
  assert.deepEqual(await (await t.ask("/api/stats")).json(), {
    total: 1,
    average: 2,
    counts: { "1": 0, "2": 1, "3": 0, "4": 0, "5": 0 },
  });
});

Deno.test("POST /api/backup starts a run for the admin", async () => {
  await using t = await testApp();
  assert.equal((await t.ask("/api/backup", { method: "POST" })).status, 401);
  assert.equal(t.backup.starts, 0);
  const response = await t.ask("/api/backup", { method: "POST", headers: { Authorization: "Bearer swordfish" } });
  assert.equal(response.status, 202);
  assert.equal(t.backup.starts, 1);
});

Deno.test("a method that an address does not know gets 405 and the ones it does", async () => {
  await using t = await testApp();
  const cases = [["/", "POST", "GET, HEAD"], ["/reviews", "GET", "POST"], ["/api/reviews", "PUT", "POST, GET, HEAD"]];
  for (const [path = "", method = "", allow = ""] of cases) {
    const response = await t.ask(path, { method });
    assert.equal(response.status, 405, path);
    assert.deepEqual(response.headers.get("Allow"), allow);
  }
});

Deno.test("TRACE gets 405 like any other method, though no Request can be made with it", async () => {
  const head = "TRACE /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n";
  assert.match(await rawAnswer(`${head}Connection: close\r\n\r\nx`), /^HTTP\/1\.1 405 /);
});

Deno.test("a Host that makes no address gets 400", async () => {
  const answer = await rawAnswer("GET /api/stats HTTP/1.1\r\nHost: example.org:99999\r\nConnection: close\r\n\r\n");
  assert.match(answer, /^HTTP\/1\.1 400 [^]*application\/problem\+json[^]*no host/);
});

Deno.test("an unknown address is a page for people and a problem document for programs", async () => {
  await using t = await testApp();
  const page = await t.ask("/nowhere", { headers: { Accept: "text/html" } });
  assert.equal(page.status, 404);
  assert.match(page.headers.get("Content-Type") ?? "", /^text\/html/);
  const problem = await t.ask("/api/nowhere");
  assert.equal(problem.status, 404);
  assert.equal((await problem.json()).detail, "There is nothing at this address");
});

Deno.test("an unexpected failure is logged whole and told without a path or a stack", async () => {
  class BrokenBackup extends StatedBackup {
    override status(): BackupStatus {
      throw new Error("/secret/path");
    }
  }
  await using t = await testApp({ deps: () => ({ backup: new BrokenBackup() }) });
  const response = await t.ask("/api/status");
  const body = await response.text();
  assert.equal(response.status, 500);
  assert.ok(!/secret|routes|\bat\b/.test(body), body);
  assert.match(String(t.logged[0]?.error), /secret/);
});

/** What a server answers to bytes that `fetch` would not send. */
async function rawAnswer(request: string): Promise<string> {
  await using site = await testSite();
  const { hostname, port } = new URL(site.url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(request));
  return await new Response(connection.readable).text();
}
