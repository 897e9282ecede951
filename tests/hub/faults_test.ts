// The Hub's own tests: each fault one can order happens as it is described.
import assert from "node:assert/strict";
import { until } from "../until.ts";
import { bytesOf, call, sendCommit } from "./call.ts";
import { type Hub, startHub } from "./hub.ts";

const COMMIT = { method: "POST", path: /\/commit\// };

async function hubWithDataset(): Promise<Hub> {
  const hub = await startHub();
  hub.commitDirectly("ada/reviews", { "a.txt": bytesOf("0123456789") });
  return hub;
}

Deno.test("a fault answers with its status, headers and body, and the request has no effect", async () => {
  await using hub = await hubWithDataset();
  const { head } = hub.repo("ada/reviews")!;
  const fault = hub.faults.add({
    match: COMMIT,
    times: 1,
    status: 503,
    headers: { "Retry-After": "7" },
    body: { error: "down" },
  });

  const answer = await sendCommit(hub, { "a.txt": "new" });
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get("Retry-After"), "7");
  assert.deepEqual(answer.json(), { error: "down" });
  assert.equal(hub.repo("ada/reviews")!.head, head);
  assert.equal(fault.hits, 1);
  assert.equal((await sendCommit(hub, { "a.txt": "new" })).status, 200);
});

Deno.test("a fault after the effect: a 500 although the commit landed", async () => {
  await using hub = await hubWithDataset();
  hub.faults.add({ match: COMMIT, times: 1, after: true, status: 500, body: "<html>Internal Error</html>" });

  const answer = await sendCommit(hub, { "a.txt": "landed" });
  assert.equal(answer.status, 500);
  assert.match(answer.headers.get("Content-Type") ?? "", /^text\/plain/);
  assert.deepEqual(hub.repo("ada/reviews")!.file("a.txt"), bytesOf("landed"));
});

Deno.test("a fault hits the requests that match and no other, from the one it was told to", async () => {
  await using hub = await hubWithDataset();
  const info = "/api/datasets/ada/reviews";
  hub.faults.add({ match: { method: "GET", path: /\/api\/datasets/, host: "hub" }, skip: 1, times: 2, status: 502 });

  const statuses = [];
  for (let count = 0; count < 4; count++) statuses.push((await call(hub, info)).status);
  assert.deepEqual(statuses, [200, 502, 502, 200]);
  hub.faults.add({ match: { host: "storage" }, status: 502 });
  hub.faults.add({ match: { method: "DELETE" }, status: 502 });
  assert.equal((await call(hub, info)).status, 200);
  assert.equal((await call(hub, `${hub.storageUrl}/lfs/none`)).status, 502);
});

Deno.test("faults end when they are removed or cleared", async () => {
  await using hub = await hubWithDataset();
  const fault = hub.faults.add({ status: 500 });
  hub.faults.add({ status: 501 });

  assert.equal((await call(hub, "/api/whoami-v2")).status, 500);
  fault.remove();
  assert.equal((await call(hub, "/api/whoami-v2")).status, 501);
  hub.faults.clear();
  assert.equal((await call(hub, "/api/whoami-v2")).status, 200);
});

Deno.test("a fault by chance comes in the same places for the same seed", async () => {
  const draw = async (seed: number) => {
    await using hub = await hubWithDataset();
    hub.faults.add({ chance: 0.5, seed, status: 500 });
    const statuses = [];
    for (let count = 0; count < 20; count++) statuses.push((await call(hub, "/api/whoami-v2")).status);
    return statuses;
  };

  const first = await draw(7);
  assert.deepEqual(new Set(first), new Set([200, 500]));
  assert.deepEqual(await draw(7), first);
  assert.notDeepEqual(await draw(8), first);
});

Deno.test("a slow answer is overtaken by others", async () => {
  await using hub = await hubWithDataset();
  hub.faults.add({ match: { path: /slow/ }, delayMs: 1000 });

  const order: string[] = [];
  const slow = call(hub, "/api/whoami-v2?slow").then(() => order.push("slow"));
  await call(hub, "/api/whoami-v2?fast").then(() => order.push("fast"));
  await slow;
  assert.deepEqual(order, ["fast", "slow"]);
});

Deno.test("a hanging request gets no answer until the client gives up", async () => {
  await using hub = await hubWithDataset();
  const { head } = hub.repo("ada/reviews")!;
  for (const [text, after] of [["no", false], ["yes", true]] as const) {
    const fault = hub.faults.add({ match: COMMIT, times: 1, hang: true, after });
    const client = new AbortController();
    const sent = assert.rejects(sendCommit(hub, { "a.txt": text }, { signal: client.signal }), { name: "AbortError" });
    await until(() => fault.hits === 1 && (hub.repo("ada/reviews")!.head !== head) === after);
    client.abort();
    await sent;
  }
  assert.deepEqual(hub.repo("ada/reviews")!.file("a.txt"), bytesOf("yes"));
  assert.deepEqual(hub.requests.map((entry) => entry.status), [0, 0]);
});

for (const fault of [{ hang: true }, { delayMs: 600_000 }]) {
  Deno.test(`closing the Hub ends requests that wait for ${Object.keys(fault)}`, async () => {
    const hub = await hubWithDataset();
    const ordered = hub.faults.add(fault);

    const waiting = assert.rejects(call(hub, "/api/whoami-v2"), TypeError);
    await until(() => ordered.hits > 0);
    await hub.close();
    await waiting;
  });
}

Deno.test("the connection is cut before the answer, with and without effect", async () => {
  await using hub = await hubWithDataset();
  const { head } = hub.repo("ada/reviews")!;
  // Each of these goes out on a fresh connection: Deno's fetch would quietly send it again if it had reused one.
  hub.faults.add({ match: COMMIT, times: 1, cut: 0 });
  await assert.rejects(sendCommit(hub, { "a.txt": "no" }), TypeError);
  assert.equal(hub.repo("ada/reviews")!.head, head);
  hub.faults.add({ match: COMMIT, times: 1, cut: 0, after: true });
  await assert.rejects(sendCommit(hub, { "a.txt": "yes" }), TypeError);
  assert.deepEqual(hub.repo("ada/reviews")!.file("a.txt"), bytesOf("yes"));
  assert.deepEqual(hub.requests.map((entry) => entry.status), [0, 0]);
});

Deno.test("the connection is cut in the middle of an answer", async () => {
  await using hub = await hubWithDataset();
  hub.faults.add({ match: { path: /\/resolve\// }, cut: 4 });

  const response = await fetch(`${hub.url}/datasets/ada/reviews/resolve/main/a.txt`, {
    headers: { Authorization: "Bearer hf_local_read" },
  });
  assert.equal(response.headers.get("Content-Length"), "10");
  await assert.rejects(response.bytes(), TypeError);
  assert.equal(hub.requests.at(-1)!.bytesOut, 4);
});

Deno.test("somebody else's commit lands just before a commit arrives", async () => {
  await using hub = await hubWithDataset();
  const { head } = hub.repo("ada/reviews")!;
  hub.faults.add({
    match: COMMIT,
    times: 1,
    run: () => void hub.commitDirectly("ada/reviews", { "b.txt": bytesOf("theirs") }),
  });

  assert.equal((await sendCommit(hub, { "a.txt": "mine" }, { parentCommit: head })).status, 412);
  assert.deepEqual(hub.repo("ada/reviews")!.file("b.txt"), bytesOf("theirs"));
});

Deno.test("while the Hub is busy every commit is a 409", async () => {
  await using hub = await hubWithDataset();
  hub.faults.busy(true);

  const refused = await sendCommit(hub, { "a.txt": "new" });
  assert.equal(refused.status, 409);
  assert.match(refused.json().error!, /^Another commit operation is in progress/);
  assert.equal((await call(hub, "/api/datasets/ada/reviews")).status, 200);
  hub.faults.busy(false);
  assert.equal((await sendCommit(hub, { "a.txt": "new" })).status, 200);
});

for (const as of ["regular", "lfs"] as const) {
  Deno.test(`stored bytes (${as}) are damaged or cut while their declared hash and size stay`, async () => {
    await using hub = await startHub();
    hub.commitDirectly("ada/reviews", { "a.txt": bytesOf("0123456789") }, { as });
    const body = { paths: ["a.txt"] };
    const info = async () => (await call(hub, "/api/datasets/ada/reviews/paths-info/main", { body })).text;
    const before = await info();

    hub.damageObject("ada/reviews", "a.txt");
    assert.equal(new TextDecoder().decode(hub.repo("ada/reviews")!.file("a.txt")), "0123446789");
    hub.truncateObject("ada/reviews", "a.txt", { size: 4 });
    assert.equal(new TextDecoder().decode(hub.repo("ada/reviews")!.file("a.txt")), "0123");
    assert.equal(await info(), before);
    const answer = await call(hub, "/datasets/ada/reviews/resolve/main/a.txt");
    const got = answer.status === 302 ? await call(hub, answer.headers.get("Location")!) : answer;
    assert.equal(got.text, "0123");
  });
}

Deno.test("faults can be ordered by hand over HTTP", async () => {
  await using hub = await hubWithDataset();
  const order = await call(hub, "/_faults", { body: { match: { path: "/whoami" }, status: 418, times: 1 } });
  assert.equal(order.status, 201);
  assert.equal((await call(hub, "/api/whoami-v2")).status, 418);
  assert.equal((await call(hub, "/api/whoami-v2")).status, 200);

  await call(hub, "/_faults", { body: { status: 418 } });
  assert.equal((await call(hub, "/api/whoami-v2")).status, 418);
  assert.equal((await call(hub, "/_faults", { method: "DELETE" })).status, 200);
  await call(hub, "/_busy", { method: "POST" });
  assert.equal((await sendCommit(hub, { "a.txt": "new" })).status, 409);
  await call(hub, "/_busy", { method: "DELETE" });
  assert.equal((await call(hub, "/api/whoami-v2")).status, 200);
  assert.equal((await sendCommit(hub, { "a.txt": "new" })).status, 200);
});

Deno.test("stored files can be damaged by hand over HTTP", async () => {
  await using hub = await hubWithDataset();
  const damage = (options: object) =>
    call(hub, "/_damage", { body: { repo: "ada/reviews", path: "a.txt", ...options } });
  const text = () => new TextDecoder().decode(hub.repo("ada/reviews")!.file("a.txt"));

  assert.equal((await damage({})).status, 200);
  assert.equal(text(), "0123446789");
  assert.equal((await damage({ size: 2 })).status, 200);
  assert.equal(text(), "01");
});

Deno.test("every request is logged with its status and bytes", async () => {
  await using hub = await hubWithDataset();
  await call(hub, "/datasets/ada/reviews/resolve/main/a.txt");
  await call(hub, "/datasets/ada/reviews/resolve/main/no.txt");

  assert.deepEqual(
    hub.requests.map(({ host, method, path, status, bytesOut }) => [host, method, path, status, bytesOut]),
    [
      ["hub", "GET", "/datasets/ada/reviews/resolve/main/a.txt", 200, 10],
      ["hub", "GET", "/datasets/ada/reviews/resolve/main/no.txt", 404, 27],
    ],
  );
  hub.requests.length = 0;
  await sendCommit(hub, { "a.txt": "new" });
  assert.equal(hub.requests.length, 1);
  assert.ok(hub.requests[0]!.bytesIn > 100);
});
