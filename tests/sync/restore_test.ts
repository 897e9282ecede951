// Going back by hand: lists backups and merges one of them into the local database.
import assert from "node:assert/strict";
import { openSqliteStore } from "../../db/sqlite/sqlite_store.ts";
import { runBackup } from "../../sync/jobs/back_up.ts";
import type { JobOptions } from "../../sync/jobs/job.ts";
import { listBackups, restoreCommit } from "../../sync/jobs/restore.ts";
import { GUIDE_FILE } from "../db/guide_database.ts";
import { newReview } from "../db/store_contract.ts";
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

Deno.test("restoreCommit() merges a commit into the local database, or makes one where there is none", async () => {
  await using place = await makePlace();
  const first = await place.backUp(["one", "two"]);
  await place.backUp(["three"]);
  const { added, reviews, movedTo, commit } = await restoreCommit({ ...place.options, commit: first.slice(0, 9) });
  assert.deepEqual([added, reviews, movedTo, commit], [0, 3, null, first]);
  await Deno.remove(place.path);
  assert.equal((await restoreCommit({ ...place.options, commit: first })).added, 2);
  assert.deepEqual(await place.comments(), ["two", "one"]);
});

Deno.test("restoreCommit() restores nothing that was erased here, and the next run nothing that was erased elsewhere", async () => {
  await using place = await makePlace();
  const first = await place.backUp(["erased here", "erased elsewhere", "kept"]);
  const other = await makePlace(place.hub);
  await other.backUp([]);
  await other.erase("erased elsewhere");
  await other.backUp([]);
  await other[Symbol.asyncDispose]();
  await place.erase("erased here");
  await restoreCommit({ ...place.options, commit: first });
  assert.deepEqual((await place.comments()).toSorted(), ["erased elsewhere", "kept"]);
  await place.backUp([]);
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

Deno.test("restoreCommit() loses nothing beside a Hearback that runs on the database", async () => {
  await using place = await makePlace();
  const first = await place.backUp(["one"]);
  const store = openSqliteStore({ path: place.path, now: place.options.now });
  await store.add(newReview({ comments: "two" }));
  await restoreCommit({ ...place.options, commit: first });
  await store.add(newReview({ comments: "three" }));
  await store.close();
  assert.deepEqual(await place.comments(), ["three", "two", "one"]);
});

Deno.test("restoreCommit() moves a damaged local database aside with its log, and deletes nothing of it", async () => {
  await using place = await makePlace();
  const first = await place.backUp(["one"]);
  await Deno.writeFile(place.path, new Uint8Array(5000).fill(7));
  await Deno.writeFile(`${place.path}-wal`, new Uint8Array(100));
  const { movedTo } = await restoreCommit({ ...place.options, commit: first });
  assert.deepEqual(await place.comments(), ["one"]);
  assert.equal((await Deno.readFile(movedTo!)).length, 5000);
  assert.equal((await Deno.readFile(`${movedTo}-wal`)).length, 100);
});

Deno.test("restoreCommit() also moves a local database aside that opens and is damaged further in", async () => {
  await using place = await makePlace();
  const first = await place.backUp(["one"]);
  const store = openSqliteStore({ path: place.path, now: place.options.now });
  await Promise.all(Array.from({ length: 500 }, () => store.add(newReview())));
  await store.close();
  const bytes = await Deno.readFile(place.path);
  const page = Math.floor(new TextDecoder("latin1").decode(bytes).lastIndexOf("Fine") / 4096) * 4096;
  await Deno.writeFile(place.path, bytes.fill(7, page, page + 100));
  const { movedTo } = await restoreCommit({ ...place.options, commit: first });
  assert.notEqual(movedTo, null);
  assert.deepEqual(await place.comments(), ["one"]);
});

Deno.test("restoreCommit() says what is wrong with a commit that is not there, is ambiguous or cannot be used", async () => {
  await using place = await makePlace();
  await place.backUp(["one"]);
  const broken = place.hub.commitDirectly(REPO, { "reviews.db": new TextEncoder().encode("<html>") });
  const reasons = {
    "zzz": /^No commit of the dataset begins with "zzz"$/,
    "": /^More than one commit/,
    [broken]: /cannot be used: The file is no SQLite database/,
  };
  for (const [commit, message] of Object.entries(reasons)) {
    await assert.rejects(restoreCommit({ ...place.options, commit }), { name: "SyncError", message });
  }
  assert.deepEqual(await place.comments(), ["one"]);
});

interface Place extends AsyncDisposable {
  hub: Hub;
  path: string;
  options: JobOptions;
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
    options: { settings, database: path, workDir: `${dataDir}/command`, now, signal, onEvent: () => {} },
    async backUp(comments) {
      const store = openSqliteStore({ path, now });
      for (const text of comments) await store.add(newReview({ comments: text }));
      await store.close();
      const workDir = `${dataDir}/work`;
      await runBackup({ settings, database: path, workDir, readFirst: true, now, signal, onEvent: () => {} });
      await Deno.remove(workDir, { recursive: true });
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
