// A moment's trouble is not the whole truth: what the Hub denies or leaves out for a second is waited for, and nothing is put on top.
import assert from "node:assert/strict";
import { type Fault, startHub, type UploadMode } from "../hub/hub.ts";
import { until } from "../until.ts";
import { checkNothingLost, failuresUntilIdle, hubWithErasure } from "./backups_with_erasure.ts";
import {
  bytesOf,
  checkStillThere,
  databaseOf,
  filesOf,
  fixture,
  GUIDE_TABLE,
  live,
  oneLife,
  untilIdle,
} from "./dataset_life.ts";
import { remoteComments, REPO, tempDir } from "./instance.ts";
import { backUpNow, commentsOf, sendReview, statusOf } from "./over_http.ts";

const GONE = { status: 404, body: { error: "Entry not found" }, headers: { "X-Error-Code": "EntryNotFound" } };
const BARE = { status: 404, body: "Not Found" };

/** Where downloads go, and how they are denied. */
const DENIALS: Record<string, { mode: UploadMode; fault: Fault }> = {
  "EntryNotFound from the Hub": { mode: "regular", fault: { match: { path: /\/resolve\/\w+\/reviews\./ }, ...GONE } },
  "a bare 404 from the Hub": { mode: "regular", fault: { match: { path: /\/resolve\/\w+\/reviews\./ }, ...BARE } },
  "EntryNotFound from the storage": { mode: "lfs", fault: { match: { host: "storage", method: "GET" }, ...GONE } },
  "a bare 404 from the storage": { mode: "lfs", fault: { match: { host: "storage", method: "GET" }, ...BARE } },
  "EntryNotFound from the chunks' storage": {
    mode: "xet",
    fault: { match: { host: "storage", method: "GET" }, ...GONE },
  },
  "a bare 404 from the chunks' storage": { mode: "xet", fault: { match: { host: "storage", method: "GET" }, ...BARE } },
  "a bare 404 for each chunk": {
    mode: "xet",
    fault: { match: { host: "storage", method: "GET", path: /xorb-data/ }, ...BARE },
  },
};
for (const [what, { mode, fault }] of Object.entries(DENIALS)) {
  for (const times of what === "a bare 404 from the storage" ? [6, 20] : [6]) {
    Deno.test(`F93 ${what} for ${times} downloads at a start on an empty disk: the good head is waited for`, async () => {
      await using hub = await hubWithErasure(mode);
      await using disk = await tempDir();
      const { head } = hub.repo(REPO)!;
      const heads = new Set<string>();
      const denied = hub.faults.add({ ...fault, times, run: () => void heads.add(hub.repo(REPO)!.head) });
      await using hearback = await live(hub, `${disk.path}/data`);
      await sendReview(hearback, "New");
      const kinds = await failuresUntilIdle(hearback);
      assert.deepEqual((await commentsOf(hearback)).sort(), ["New", "Second", "Stays"]);
      assert.equal(denied.hits, times);
      assert.deepEqual([...heads], [head], "something was put on top of what could not be read");
      assert.deepEqual(kinds, ["unreachable"]);
      assert.equal(await hearback.stop(), 0);
      await checkNothingLost(hub);
    });
  }
}

Deno.test("F93 while the head is denied nothing is uploaded, not even at a stop, and people are served", async () => {
  await using hub = await hubWithErasure("regular");
  await using disk = await tempDir();
  const { head } = hub.repo(REPO)!;
  // Older backups can be had all the while.
  const denied = hub.faults.add({ match: { path: new RegExp(`/resolve/${head}/reviews\\.`) }, ...GONE });
  {
    await using hearback = await live(hub, `${disk.path}/data`);
    await until(async () => (await statusOf(hearback)).state === "failing");
    await sendReview(hearback, "New");
    const { hits } = denied;
    await backUpNow(hearback);
    await until(() => denied.hits > hits);
    await until(async () => (await statusOf(hearback)).nextTryAt !== null);
    const { state, failure, pending } = await statusOf(hearback);
    assert.deepEqual([state, failure?.kind, pending], ["failing", "unreachable", 1]);
    assert.deepEqual(await commentsOf(hearback), ["New"]);
    assert.equal(hub.repo(REPO)!.head, head);
    assert.equal(await hearback.stop(), 1, "the review is on this disk alone");
  }
  assert.equal(hub.repo(REPO)!.head, head);
  denied.remove();
  const { comments } = await oneLife(hub, { dir: `${disk.path}/data` });
  assert.deepEqual(comments.sort(), ["New", "Second", "Stays"]);
  await checkNothingLost(hub);
});

Deno.test("F93 only the newest database is denied, and its CSV can be had: what was erased does not come back", async () => {
  await using hub = await hubWithErasure("regular");
  await using disk = await tempDir();
  const { head } = hub.repo(REPO)!;
  const path = new RegExp(`/resolve/${head}/reviews\\.db`);
  const heads = new Set<string>();
  hub.faults.add({ match: { path }, times: 9, ...GONE, run: () => void heads.add(hub.repo(REPO)!.head) });
  await using hearback = await live(hub, `${disk.path}/data`);
  await sendReview(hearback, "New");
  const kinds = await failuresUntilIdle(hearback);
  assert.deepEqual((await commentsOf(hearback)).sort(), ["New", "Second", "Stays"]);
  assert.deepEqual([kinds, [...heads]], [["unreachable"], [head]]);
  assert.equal(await hearback.stop(), 0);
  await checkNothingLost(hub);
});

Deno.test("F93 a dataset of CSV alone whose newest one is denied does not go back to an older one", async () => {
  await using hub = await startHub();
  const good = fixture("cases/good.csv");
  hub.commitDirectly(REPO, {
    "reviews.csv": bytesOf(new TextDecoder().decode(good).split("\n").slice(0, 2).join("\n") + "\n"),
  });
  const head = hub.commitDirectly(REPO, { "reviews.csv": good });
  await using disk = await tempDir();
  const heads = new Set<string>();
  const run = () => void heads.add(hub.repo(REPO)!.head);
  hub.faults.add({ match: { path: new RegExp(`/resolve/${head}/reviews\\.csv`) }, times: 6, ...GONE, run });
  await using hearback = await live(hub, `${disk.path}/data`);
  await sendReview(hearback, "New");
  const kinds = await failuresUntilIdle(hearback);
  const all = ["New", "fine", "good, really", "so so"];
  assert.deepEqual((await commentsOf(hearback)).sort(), all);
  assert.deepEqual([kinds, [...heads]], [["unreachable"], [head]]);
  assert.equal(await hearback.stop(), 0);
  assert.deepEqual((await oneLife(hub)).comments.sort(), all);
});

Deno.test("F93 what another instance has just written and the storage does not give yet is not written over", async () => {
  await using hub = await startHub();
  await using disk = await tempDir();
  await oneLife(hub, { send: ["First"], dir: `${disk.path}/data` });
  await using hearback = await live(hub, `${disk.path}/data`);
  await untilIdle(hearback);
  await oneLife(hub, { send: ["Theirs"] });
  const { head } = hub.repo(REPO)!;
  const heads = new Set<string>();
  const match = { path: new RegExp(`/resolve/${head}/reviews\\.`) };
  hub.faults.add({ match, times: 6, ...GONE, run: () => void heads.add(hub.repo(REPO)!.head) });
  await sendReview(hearback, "Mine");
  await backUpNow(hearback);
  const kinds = await failuresUntilIdle(hearback);
  assert.deepEqual(remoteComments(hub).sort(), ["First", "Mine", "Theirs"]);
  assert.deepEqual((await commentsOf(hearback)).sort(), ["First", "Mine", "Theirs"]);
  assert.deepEqual([kinds, [...heads]], [["unreachable"], [head]]);
});

/** Well-formed answers that do not say which files a commit holds. */
const LISTS: Record<string, string> = {
  "`[]`": "[]",
  "`[{}]`": "[{}]",
  "`null`": "null",
  "`{}`": "{}",
  "`[null]`": "[null]",
  "`false`": "false",
  "an error with status 200": '{"error":"Internal error, retry later"}',
  "a database without size and hash": '[{"type":"file","path":"reviews.db"}]',
  "a folder of that name": `[{"type":"directory","path":"reviews.db","oid":"${"0".repeat(40)}","size":0}]`,
  "the card alone": `[{"type":"file","path":"README.md","oid":"${"1".repeat(40)}","size":10}]`,
};
for (const [what, body] of Object.entries(LISTS)) {
  for (const times of what === "`[]`" || what === "`[{}]`" ? [1, 5] : [1]) {
    Deno.test(`F94 ${what} as the list of files, ${times === 1 ? "once" : `${times} times`}, is no empty dataset`, async () => {
      await using hub = await hubWithErasure("regular");
      await using disk = await tempDir();
      const wrong = hub.faults.add({ ...listed(body), times });
      await using hearback = await live(hub, `${disk.path}/data`);
      await sendReview(hearback, "New");
      await failuresUntilIdle(hearback);
      assert.deepEqual((await commentsOf(hearback)).sort(), ["New", "Second", "Stays"]);
      assert.equal(wrong.hits, times);
      assert.equal((await statusOf(hearback)).notice, null);
      assert.equal(await hearback.stop(), 0);
      await checkNothingLost(hub);
    });
  }
}

Deno.test("F94 an empty list of files and an empty tree together do not outweigh the title of the head", async () => {
  await using hub = await hubWithErasure("regular");
  await using disk = await tempDir();
  hub.faults.add({ ...listed("[]"), times: 3 });
  hub.faults.add({ ...listed("[]", /\/tree\//), times: 3 });
  await using hearback = await live(hub, `${disk.path}/data`);
  await sendReview(hearback, "New");
  await failuresUntilIdle(hearback);
  assert.equal(await hearback.stop(), 0);
  await checkNothingLost(hub);
});

Deno.test("F94 an empty list of files is not believed of a dataset of the guide's app, whose titles say nothing", async () => {
  await using hub = await startHub();
  hub.commitDirectly(REPO, {
    "reviews.db": databaseOf(`${GUIDE_TABLE} INSERT INTO reviews (comments) VALUES ('one'), ('two')`),
  }, { summary: "Updating data" });
  const before = filesOf(hub);
  await using disk = await tempDir();
  hub.faults.add({ ...listed("[]"), times: 2 });
  await using hearback = await live(hub, `${disk.path}/data`);
  await sendReview(hearback, "New");
  await failuresUntilIdle(hearback);
  assert.deepEqual((await commentsOf(hearback)).sort(), ["New", "one", "two"]);
  assert.equal(await hearback.stop(), 0);
  assert.deepEqual(remoteComments(hub).sort(), ["New", "one", "two"]);
  checkStillThere(hub, before);
});

Deno.test("F94 a disk older than the dataset does not take an empty list for the newest state", async () => {
  await using hub = await startHub();
  await using disk = await tempDir();
  await oneLife(hub, { send: ["First"], dir: `${disk.path}/old` });
  await oneLife(hub, { send: ["Second"] });
  hub.faults.add({ ...listed("[]"), times: 1 });
  await using hearback = await live(hub, `${disk.path}/old`);
  await sendReview(hearback, "New");
  await failuresUntilIdle(hearback);
  assert.equal(await hearback.stop(), 0);
  assert.deepEqual(remoteComments(hub).sort(), ["First", "New", "Second"]);
});

Deno.test("F94 a dataset that really holds no backup is a fresh start at once, without a failure", async () => {
  await using hub = await startHub();
  hub.commitDirectly(REPO, { "README.md": bytesOf("# Ours\n"), "data/notes.txt": bytesOf("Mine") });
  await using disk = await tempDir();
  await using hearback = await live(hub, `${disk.path}/data`);
  await sendReview(hearback, "New");
  assert.deepEqual(await failuresUntilIdle(hearback), []);
  assert.equal((await statusOf(hearback)).notice, null);
  assert.equal(await hearback.stop(), 0);
  assert.deepEqual(remoteComments(hub), ["New"]);
});

function listed(body: string, path = /\/paths-info\//): Fault {
  return { match: { path }, status: 200, body, headers: { "Content-Type": "application/json; charset=utf-8" } };
}
