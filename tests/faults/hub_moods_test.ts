// Answers of the Hub that a backup must read right: busy, "no" that means "done", and "later" in two tongues.
import assert from "node:assert/strict";
import { type Hub, startHub } from "../hub/hub.ts";
import { type Instance, readFile, remoteComments, REPO, startInstance } from "./instance.ts";

const COMMIT = { method: "POST", path: /\/commit\// };

Deno.test("F17 while another commit is in progress it waits and tries again on the same parent", async () => {
  await using hub = await startHub();
  await using here = await readyInstance(hub);
  const { head } = hub.repo(REPO)!;
  const busy = hub.faults.add({
    match: COMMIT,
    times: 1,
    status: 409,
    body: { error: "Another commit is in progress" },
  });
  hub.requests.length = 0;
  await here.run();
  assert.equal(busy.hits, 1);
  assert.equal(hub.repo(REPO)!.commits[0]!.parent, head);
  assert.deepEqual(remoteComments(hub), ["New"]);
  // Nothing was read again in between, because a busy Hub is no moved head.
  assert.equal(hub.requests.some(({ path }) => /\/resolve\/|\/revision\//.test(path)), false);
});

const LANDED = {
  "a 500": { status: 500, body: "<html>Internal Error</html>" },
  "a 504": { status: 504 },
  "a connection cut before the answer": { cut: 0 },
  "a connection cut in the answer": { cut: 10 },
};
for (const [what, fault] of Object.entries(LANDED)) {
  Deno.test(`F18 ${what} although the commit landed counts as done, and there is no second commit`, async () => {
    await using hub = await startHub();
    await using here = await readyInstance(hub);
    const before = hub.repo(REPO)!.commits.length;
    hub.faults.add({ match: COMMIT, times: 1, after: true, ...fault });
    const { commit } = await here.run();
    assert.equal(commit, hub.repo(REPO)!.head);
    assert.equal(hub.repo(REPO)!.commits.length, before + 1);
    assert.equal(here.store.pending(), 0);
    assert.equal((await here.run()).commit, null);
    assert.equal(hub.repo(REPO)!.commits.length, before + 1);
  });
}

Deno.test("F18 an answer lost while the Hub stays away is found out by the next run", async () => {
  await using hub = await startHub();
  await using here = await readyInstance(hub);
  const before = hub.repo(REPO)!.commits.length;
  hub.faults.add({ match: COMMIT, times: 1, after: true, status: 500 });
  const away = hub.faults.add({ match: { path: /\/revision\// }, status: 503 });
  await assert.rejects(here.run(), { kind: "unreachable" });
  assert.equal(here.store.pending(), 1);
  away.remove();
  await here.run();
  assert.equal(here.store.pending(), 0);
  assert.equal(hub.repo(REPO)!.commits.length, before + 1);
});

Deno.test("F18 a 500 without a commit is tried again by the next run and makes one commit", async () => {
  await using hub = await startHub();
  await using here = await readyInstance(hub);
  const before = hub.repo(REPO)!.commits.length;
  hub.faults.add({ match: COMMIT, times: 1, status: 500 });
  await assert.rejects(here.run(), { kind: "unreachable", retry: true });
  assert.equal(here.store.pending(), 1);
  await here.run();
  assert.equal(hub.repo(REPO)!.commits.length, before + 1);
  assert.deepEqual(remoteComments(hub), ["New"]);
});

Deno.test("F18 a commit that the Hub told of and never made is noticed, and made by the next run", async () => {
  await using hub = await startHub();
  await using here = await readyInstance(hub);
  const { head: commitOid } = hub.repo(REPO)!;
  const commitUrl = `${hub.url}/datasets/${REPO}/commit/${commitOid}`;
  hub.faults.add({ match: COMMIT, times: 1, status: 200, body: { success: true, commitOid, commitUrl } });
  await assert.rejects(here.run(), { kind: "damaged", message: /does not hold what was sent/ });
  assert.equal(here.store.pending(), 1);
  await here.run();
  assert.deepEqual(remoteComments(hub), ["New"]);
});

Deno.test("F19 a 429 tells how long to wait in its headers", async () => {
  await using hub = await startHub();
  await using here = await readyInstance(hub);
  const told = [
    [{ "Retry-After": "17" }, 17],
    [{ "RateLimit": '"api";r=0;t=55', "RateLimit-Policy": '"fixed window";"api";q=1000;w=300' }, 55],
    [{ "Retry-After": "17", "RateLimit": '"api";r=0;t=55' }, 17],
  ] as const;
  for (const [headers, retryAfter] of told) {
    const limit = hub.faults.add({ match: COMMIT, status: 429, headers, body: { error: "We had to rate limit you" } });
    await assert.rejects(here.run(), { kind: "rate_limited", retry: true, retryAfter });
    limit.remove();
  }
  await here.run();
  assert.deepEqual(remoteComments(hub), ["New"]);
});

Deno.test("F20 after too many commits in an hour the text counts, not the headers", async () => {
  let now = new Date("2026-11-22T12:00:00Z");
  await using hub = await startHub({ rateLimits: { requests: 1000, commits: 2 }, now: () => now });
  await using here = await startInstance(hub);
  for (const text of ["One", "Two", "Three"]) {
    await here.submit(text);
    now = new Date(now.getTime() + 60_000);
    if (text !== "Three") await here.run();
  }
  // Of the hour that began with the first commit, 58 minutes are left; the headers speak of seconds.
  await assert.rejects(here.run(), { kind: "rate_limited", retryAfter: 58 * 60 });
  now = new Date(now.getTime() + 58 * 60_000);
  await here.run();
  assert.deepEqual(remoteComments(hub), ["One", "Two", "Three"]);
});

Deno.test("F20 database and CSV always share one commit", async () => {
  await using hub = await startHub();
  await using here = await startInstance(hub);
  for (const text of ["One", "Two", "Three"]) {
    await here.submit(text);
    await here.run();
  }
  const { commits, file } = hub.repo(REPO)!;
  const ours = commits.filter(({ summary }) => summary.startsWith("Backup")).map(({ oid }) => oid);
  assert.equal(ours.length, 3);
  for (const oid of ours) {
    const rows = readFile(file("reviews.db", oid), "SELECT uid FROM reviews ORDER BY id").map(({ uid }) => uid);
    const lines = new TextDecoder().decode(file("reviews.csv", oid)).trim().split("\n").slice(1);
    assert.deepEqual(lines.map((line) => line.split(",")[5]), rows);
  }
});

/** An instance that has read the dataset and has one review that is not backed up. */
async function readyInstance(hub: Hub): Promise<Instance> {
  const here = await startInstance(hub);
  await here.run();
  await here.submit("New");
  return here;
}
