// Bringing back an earlier backup while everything runs: the union comes back, erasures win, and the next backup holds it.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { temporaryFolder } from "../db/temporary_folder.ts";
import { newReview } from "../db/store_contract.ts";
import { openSqliteStore } from "../../db/sqlite_store.ts";
import type { ReviewStore } from "../../db/store.ts";
import { startBackup } from "../../sync/backup.ts";
import type { BackupSettings, RunningBackup } from "../../sync/running_backup.ts";
import { readLedger } from "../../db/ledger.ts";
import { withDatabase } from "../../db/open_database.ts";
import { mergeCommit, type MergeCommitOptions } from "../../sync/merge_commit.ts";
import { readHistory } from "../../sync/history.ts";
import type { BackupStatus } from "../../sync/status.ts";
import { type Hub, startHub } from "../hub/hub.ts";

const REPO = "ada/reviews";
const GUIDE = new URL("../fixtures/guide_reviews.db", import.meta.url);

Deno.test("start({ merge }) brings a commit's reviews back, but not what was erased, and backs the union up", async () => {
  await using one = await startInstance();
  const guide = one.hub.commitDirectly(REPO, { "reviews.db": await Deno.readFile(GUIDE) }, { summary: "Guide" });
  // Somebody starts the dataset anew: what the guide's commit holds is in no later one.
  one.hub.commitDirectly(REPO, { "reviews.db": null });
  await one.start();
  await one.until(({ state }) => state === "idle");
  assert.equal((await one.store.stats()).total, 0);
  const { review } = await one.store.add(newReview({ comments: "new here" }));

  one.backup.start({ merge: guide });
  const { notice } = await one.until(({ notice }) => notice !== null);
  const { lastBackup } = await one.until(({ state, pending }) => state === "idle" && pending === 0);
  assert.equal(notice, `7 reviews came back from commit ${guide.slice(0, 7)}`);
  assert.equal((await one.store.stats()).total, 8);
  assert.ok(await one.store.get(review.uid));
  assert.equal(lastBackup?.commit, one.hub.repo(REPO)?.head);
  assert.equal(one.uploaded(), 8);

  const [erased] = (await one.store.list({ limit: 10 })).reviews.filter(({ uid }) => uid !== review.uid);
  await one.store.erase(erased!.uid);
  one.backup.start({ merge: guide });
  await one.until(({ notice }) => notice?.startsWith("0 reviews") === true);
  await one.until(({ state, lastBackup: last }) => state === "idle" && last?.commit !== lastBackup?.commit);
  assert.equal(await one.store.get(erased!.uid), undefined);
  assert.equal(one.uploaded(), 7);
});

Deno.test("start({ merge }) of a damaged, an empty or an unknown commit changes nothing and says why", async () => {
  await using one = await startInstance();
  const damaged = one.hub.commitDirectly(REPO, { "reviews.db": new Uint8Array(5000).fill(7) });
  const empty = one.hub.commitDirectly(REPO, { "reviews.db": null });
  await one.start();
  await one.until(({ state }) => state === "idle");
  await one.store.add(newReview());
  for (
    const [commit, words] of [[damaged, /cannot be used/], [empty, /holds no reviews\.db/], [
      "0".repeat(40),
      /^Nothing came back/,
    ]]
  ) {
    one.backup.start({ merge: commit as string });
    const id = (commit as string).slice(0, 7);
    const { notice, failure } = await one.until(({ notice }) => notice?.includes(id) === true);
    assert.match(notice ?? "", words as RegExp);
    assert.equal(failure, null);
    assert.equal((await one.store.stats()).total, 1);
  }
});

Deno.test("mergeCommit() leaves the dataset unread, so that nothing is put on top of a head that was not merged", async () => {
  await using one = await startInstance();
  const guide = one.hub.commitDirectly(REPO, { "reviews.db": await Deno.readFile(GUIDE) });
  const { added } = await mergeCommit({
    commit: guide,
    settings: { endpoint: one.hub.url, repo: REPO, token: "hf_local_write", private: true },
    database: one.path("reviews.db"),
    workDir: one.path("work"),
    now: () => new Date(),
    signal: new AbortController().signal,
    onEvent: () => {},
  } as MergeCommitOptions);
  assert.equal(added, 7);
  const { merged, uploadDue } = withDatabase(one.path("reviews.db"), readLedger);
  assert.equal(merged, null);
  assert.equal(uploadDue, true, "the guide's database is to be written anew");
  assert.deepEqual(await Array.fromAsync(Deno.readDir(one.path("work"))), []);
});

Deno.test("readHistory() lists the newest commits with their pages, and nothing without a dataset", async () => {
  await using hub = await startHub();
  const settings = settingsFor(hub);
  for (let n = 1; n <= 32; n++) hub.commitDirectly(REPO, { "n.txt": new Uint8Array([n]) }, { summary: `Number ${n}` });
  const entries = await readHistory(settings);
  assert.equal(entries.length, 30);
  const { head } = hub.repo(REPO)!;
  assert.deepEqual([entries[0]?.commit, entries[0]?.title], [head, "Number 32"]);
  assert.equal(entries[0]?.url, `${hub.url}/datasets/${REPO}/commit/${head}`);
  assert.deepEqual(await readHistory({ ...settings, dataset: undefined }), []);
});

interface Instance extends AsyncDisposable {
  hub: Hub;
  store: ReviewStore;
  backup: RunningBackup;
  start(): Promise<void>;
  until(holds: (status: BackupStatus) => boolean): Promise<BackupStatus>;
  /** Path of a file in its folder. */
  path(name: string): string;
  /** How many reviews the dataset's newest database holds. */
  uploaded(): number;
}

async function startInstance(): Promise<Instance> {
  const folder = await temporaryFolder();
  const hub = await startHub();
  const now = () => new Date();
  const store = await openSqliteStore({ path: folder.path("reviews.db"), now });
  let backup: RunningBackup | undefined;
  return {
    hub,
    store,
    path: folder.path,
    get backup() {
      return backup!;
    },
    start() {
      backup = startBackup({ store, dataDir: folder.path("."), settings: settingsFor(hub), now, log: () => {} });
      return Promise.resolve();
    },
    until(holds) {
      return new Promise((resolve) => {
        const stop = backup!.subscribe((status) => void (holds(status) && (stop(), resolve(status))));
        if (holds(backup!.status())) (stop(), resolve(backup!.status()));
      });
    },
    uploaded() {
      const path = folder.path("uploaded.db");
      Deno.writeFileSync(path, hub.repo(REPO)!.file("reviews.db")!);
      using db = new DatabaseSync(path, { readOnly: true });
      return Number(db.prepare("SELECT count(*) AS n FROM reviews").get()?.n);
    },
    async [Symbol.asyncDispose]() {
      await backup?.stop({ deadlineMs: 20_000 });
      await store.close();
      await hub.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function settingsFor(hub: Hub): BackupSettings {
  return {
    token: "hf_local_write",
    dataset: REPO,
    private: true,
    endpoint: hub.url,
    schedule: "0 0 1 1 *",
    soonSeconds: null,
    squashAfter: 0,
  };
}
