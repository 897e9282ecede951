// Bringing back an earlier backup while everything runs: the union comes back, erasures win, and the next backup holds it.
import assert from "node:assert/strict";
import { readHistory } from "../../sync/jobs/history.ts";
import { bringBack } from "../../sync/jobs/bring_back.ts";
import { GUIDE_FILE } from "../db/guide_database.ts";
import { type Instance, jobOptions, remoteComments, REPO, startInstance, TOKEN } from "../faults/instance.ts";
import { startRunning } from "../faults/running.ts";
import { type Hub, startHub } from "../hub/hub.ts";

Deno.test("start({ merge }) brings a commit's reviews back, but not what was erased, and backs the union up", async () => {
  await using hub = await startHub();
  const guide = hub.commitDirectly(REPO, { "reviews.db": await Deno.readFile(GUIDE_FILE) });
  // Somebody starts the dataset anew: what the guide's commit holds is in no later one.
  hub.commitDirectly(REPO, { "reviews.db": null });
  await using here = await startInstance(hub);
  await using running = startRunning(hub, here);
  await running.until(({ state }) => state === "idle");
  assert.deepEqual(await here.comments(), []);
  const review = await here.submit("new here");

  running.backup.start({ merge: guide });
  const { notice } = await running.until(({ notice }) => notice?.includes("came back") === true);
  const { lastBackup } = await running.until(({ state, pending }) => state === "idle" && pending === 0);
  assert.equal(notice, `7 reviews came back from commit ${guide.slice(0, 7)}`);
  assert.equal((await here.store.stats()).total, 8);
  assert.ok(await here.store.get(review.uid));
  assert.equal(lastBackup?.commit, hub.repo(REPO)?.head);
  assert.equal(remoteComments(hub).length, 8);

  const erased = (await here.reviews()).find(({ uid }) => uid !== review.uid)!;
  await here.store.erase(erased.uid);
  running.backup.start({ merge: guide });
  await running.until(({ notice }) => notice?.startsWith("0 reviews") === true);
  await running.until(({ state, lastBackup: last }) => state === "idle" && last?.commit !== lastBackup?.commit);
  assert.equal(await here.store.get(erased.uid), undefined);
  assert.equal(remoteComments(hub).length, 7);
});

Deno.test("start({ merge }) of a damaged, an empty or an unknown commit changes nothing and says why", async () => {
  await using hub = await startHub();
  const damaged = hub.commitDirectly(REPO, { "reviews.db": new Uint8Array(5000).fill(7) });
  const empty = hub.commitDirectly(REPO, { "reviews.db": null });
  await using here = await startInstance(hub);
  await using running = startRunning(hub, here);
  await running.until(({ state }) => state === "idle");
  await here.submit("stays");
  const reasons = {
    [damaged]: /cannot be used/,
    [empty]: /holds no reviews\.db/,
    ["0".repeat(40)]: /^Nothing came back/,
  };
  for (const [commit, reason] of Object.entries(reasons)) {
    running.backup.start({ merge: commit });
    const { notice, failure } = await running.until(({ notice }) =>
      notice?.startsWith("Nothing came back") === true && notice.includes(commit.slice(0, 7))
    );
    assert.match(notice ?? "", reason);
    assert.equal(failure, null);
    assert.deepEqual(await here.comments(), ["stays"]);
  }
});

Deno.test("bringBack() leaves the dataset unread, so that nothing is put on top of a head that was not merged", async () => {
  await using hub = await startHub();
  const guide = hub.commitDirectly(REPO, { "reviews.db": await Deno.readFile(GUIDE_FILE) });
  await using here = await startInstance(hub);
  assert.deepEqual(await merged(hub, here, guide), { added: 7 });
  assert.equal(here.ledger().merged, null);
  assert.equal(here.ledger().uploadDue, true, "the guide's database is to be written anew");
  assert.deepEqual([...Deno.readDirSync(`${here.dir}/work`)], []);
});

Deno.test("bringBack() does not blame the commit for damage of the local database", async () => {
  await using hub = await startHub();
  const guide = hub.commitDirectly(REPO, { "reviews.db": await Deno.readFile(GUIDE_FILE) });
  await using here = await startInstance(hub);
  const database = `${here.dir}/damaged.db`;
  await Deno.writeFile(database, new Uint8Array(5000).fill(7));
  await assert.rejects(merged(hub, { ...here, database }, guide), { kind: "disk", message: /^The local database/ });
});

Deno.test("readHistory() lists the newest commits with their pages, and nothing without a dataset", async () => {
  await using hub = await startHub();
  const settings = { token: TOKEN, dataset: REPO, private: true, endpoint: hub.url };
  for (let n = 1; n <= 32; n++) hub.commitDirectly(REPO, { "n.txt": new Uint8Array([n]) }, { summary: `Number ${n}` });
  const entries = await readHistory(settings);
  assert.equal(entries.length, 30);
  const { head } = hub.repo(REPO)!;
  assert.deepEqual([entries[0]?.commit, entries[0]?.title], [head, "Number 32"]);
  assert.equal(entries[0]?.url, `${hub.url}/datasets/${REPO}/commit/${head}`);
  assert.deepEqual(await readHistory({ ...settings, dataset: undefined }), []);
});

function merged(hub: Hub, here: Pick<Instance, "database" | "dir">, commit: string): Promise<{ added: number }> {
  const { signal } = new AbortController();
  return bringBack({ ...jobOptions(here, hub), commit, now: () => new Date(), signal, onEvent: () => {} });
}
