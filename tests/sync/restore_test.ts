// Going back: lists backups, makes a local database out of one, and keeps what stood there.
import assert from "node:assert/strict";
import { openSqliteStore } from "../../db/sqlite/sqlite_store.ts";
import { runBackup } from "../../sync/jobs/back_up.ts";
import { listBackups, restoreCommit, type RestoreOptions } from "../../sync/jobs/restore.ts";
import { GUIDE_FILE } from "../db/guide_database.ts";
import { isAppError, newReview } from "../db/store_contract.ts";
import { type Hub, startHub } from "../hub/hub.ts";

const REPO = "ada/reviews";

Deno.test("listBackups() lists the commits newest first, with date and number of reviews, the guide's too", async () => {
  await using place = await makePlace();
  place.hub.commitDirectly(REPO, { "reviews.db": await Deno.readFile(GUIDE_FILE) }, { summary: "Update" });
  place.hub.commitDirectly(REPO, { "notes.txt": new TextEncoder().encode("hello") }, { summary: "Notes" });
  place.hub.commitDirectly(REPO, { "reviews.db": new Uint8Array(10) }, { summary: "Broken" });
  await place.backUp(["one"]);
  const found = await Array.fromAsync(listBackups(place.options));
  assert.deepEqual(found.map(({ title, reviews }) => [title, reviews]), [
    ["Backup of 8 reviews", 8],
    ["Broken", null],
    ["Notes", 7],
    ["Update", 7],
  ]);
  assert.ok(found.every(({ date }) => Math.abs(Date.now() - date.getTime()) < 60_000));
});

Deno.test("restoreCommit() makes the local database out of a commit and keeps the one that stood there", async () => {
  await using place = await makePlace();
  const first = await place.backUp(["one", "two"]);
  await place.backUp(["three"]);
  const { reviews, kept, commit } = await restoreCommit({ ...place.options, commit: first.slice(0, 9) });
  assert.deepEqual([reviews, commit], [2, first]);
  assert.deepEqual(await place.comments(), ["two", "one"]);
  assert.deepEqual(await place.comments(kept!), ["three", "two", "one"]);
});

Deno.test("restoreCommit() restores nothing that was erased here or in the newest backup", async () => {
  await using place = await makePlace();
  const first = await place.backUp(["erased here", "erased elsewhere", "kept"]);
  const other = await makePlace(place.hub);
  await other.backUp([]);
  await other.erase("erased elsewhere");
  await other.backUp([]);
  await other[Symbol.asyncDispose]();
  await place.erase("erased here");
  await restoreCommit({ ...place.options, commit: first });
  assert.deepEqual(await place.comments(), ["kept"]);
  const bytes = new TextDecoder("latin1").decode(await Deno.readFile(place.path));
  assert.equal(/erased (here|elsewhere)/.test(bytes), false);
});

Deno.test("restoreCommit() goes back past a damaged head, and the next run merges what is good", async () => {
  await using place = await makePlace();
  const first = await place.backUp(["one"]);
  place.hub.commitDirectly(REPO, { "reviews.db": new Uint8Array(0) }, { summary: "Damage" });
  await restoreCommit({ ...place.options, commit: first });
  assert.deepEqual(await place.comments(), ["one"]);
  await place.backUp(["two"]);
  assert.deepEqual(await place.comments(), ["two", "one"]);
});

Deno.test("restoreCommit() changes nothing while Hearback runs on the database", async () => {
  await using place = await makePlace();
  const first = await place.backUp(["one"]);
  const store = openSqliteStore({ path: place.path, now: place.options.now });
  await store.add(newReview({ comments: "two" }));
  await assert.rejects(restoreCommit({ ...place.options, commit: first }), isAppError("busy"));
  assert.equal((await store.stats()).total, 2);
  await store.close();
  assert.deepEqual(await place.comments(), ["two", "one"]);
  assert.deepEqual([...Deno.readDirSync(place.options.dataDir)].map(({ name }) => name), ["reviews.db"]);
});

Deno.test("restoreCommit() replaces a damaged local database with a leftover log, and keeps it", async () => {
  await using place = await makePlace();
  const first = await place.backUp(["one"]);
  await Deno.writeFile(place.path, new Uint8Array(5000).fill(7));
  await Deno.writeFile(`${place.path}-wal`, new Uint8Array(100));
  const { kept } = await restoreCommit({ ...place.options, commit: first });
  assert.deepEqual(await place.comments(), ["one"]);
  assert.equal((await Deno.readFile(kept!)).length, 5000);
});

Deno.test("restoreCommit() says what is wrong with a commit that is not there, is ambiguous or cannot be used", async () => {
  await using place = await makePlace();
  await place.backUp(["one"]);
  const broken = place.hub.commitDirectly(REPO, { "reviews.db": new TextEncoder().encode("<html>") });
  const reasons = {
    "zzz": /^No commit of the dataset begins with "zzz"$/,
    "": /^More than one commit/,
    [broken]: /cannot be used: The file is no SQLite database; it looks like HTML$/,
  };
  for (const [commit, message] of Object.entries(reasons)) {
    await assert.rejects(restoreCommit({ ...place.options, commit }), { name: "SyncError", message });
  }
  assert.deepEqual(await place.comments(), ["one"]);
});

interface Place extends AsyncDisposable {
  hub: Hub;
  path: string;
  options: RestoreOptions;
  /** Stores reviews and backs them up; returns the commit. */
  backUp(comments: string[]): Promise<string>;
  erase(comments: string): Promise<void>;
  /** The comments stored in the local or another database, newest first. */
  comments(path?: string): Promise<string[]>;
}

async function makePlace(shared?: Hub): Promise<Place> {
  const hub = shared ?? await startHub();
  const dataDir = await Deno.makeTempDir();
  const path = `${dataDir}/reviews.db`;
  const now = () => new Date();
  const settings = { endpoint: hub.url, repo: REPO, token: "hf_local_write", private: true };
  const signal = new AbortController().signal;
  return {
    hub,
    path,
    options: { settings, dataDir, now, signal, onProgress: () => {} },
    async backUp(comments) {
      const store = openSqliteStore({ path, now });
      for (const text of comments) await store.add(newReview({ comments: text }));
      await store.close();
      const [workDir, csvDir] = [`${dataDir}/work`, `${dataDir}/csv`];
      await runBackup({ settings, database: path, workDir, csvDir, readFirst: true, now, signal, onEvent: () => {} });
      for (const folder of [workDir, csvDir]) await Deno.remove(folder, { recursive: true });
      return hub.repo(REPO)!.head;
    },
    async erase(comments) {
      const store = openSqliteStore({ path, now });
      const { reviews } = await store.list({ limit: 100 });
      await store.erase(reviews.find((review) => review.comments === comments)!.uid);
      await store.close();
    },
    async comments(from = path) {
      const store = openSqliteStore({ path: from, now });
      const { reviews } = await store.list({ limit: 100 });
      await store.close();
      return reviews.map((review) => review.comments ?? "");
    },
    async [Symbol.asyncDispose]() {
      await Deno.remove(dataDir, { recursive: true });
      if (shared === undefined) await hub.close();
    },
  };
}
