// Another file takes the place of the database that is in use: the union of both, while submits go on, or nothing at all.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { readLedger } from "../../db/sqlite/ledger.ts";
import { mergeDatabase } from "../../db/sqlite/merge.ts";
import { MOST_LOCAL, type Replacement } from "../../db/sqlite/replacement.ts";
import { openReadOnly, withDatabase } from "../../db/file/open_database.ts";
import { openSqliteStore, type SqliteReviewStore } from "../../db/sqlite/sqlite_store.ts";
import { mergeByReplacement, type Replaceable, scrubByReplacement } from "../../db/sqlite/build_replacement.ts";
import { anyContents, fill, manyReviews, publish, rowsOf, setOf } from "./database_contents.ts";
import { newReview } from "./store_contract.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const ORIGIN = { dataset: "ada/reviews", commit: "c1" };
const now = () => new Date("2026-10-10T12:00:00Z");

Deno.test("a replacement leaves what a merge leaves, with the published ids, and knows what the dataset lacks", async () => {
  await fc.assert(
    fc.asyncProperty(anyContents, anyContents, async (here, there) => {
      await using folder = await temporaryFolder();
      const [live, merged] = [fill(folder.path("live.db"), here), fill(folder.path("merged.db"), here)];
      const remote = publish(folder.path("remote.db"), there);
      const facts = mergeDatabase({ ...ORIGIN, local: merged, remote });
      const store = openSqliteStore({ path: live, now });
      const erased = new Set([...here.erasures, ...there.erasures]);
      const published = there.reviews.filter((review) => !erased.has(review.uid));

      const replaced = await mergeByReplacement(merging(store, { folder, remote }));
      if (replaced === null) {
        assert.deepEqual(there.reviews, []);
        return await store.close();
      }
      assert.deepEqual(setOf(live), setOf(merged));
      assert.deepEqual({ ...replaced, renumbered: 0 }, { ...facts, renumbered: 0 });
      const rows = rowsOf(live);
      for (const { id, uid } of published) assert.equal(rows.find((row) => row.uid === uid)?.id, id);
      assert.deepEqual(ledgerOf(live), ledgerOf(merged));
      assert.equal(store.pending(), facts.localOnly);
      assert.equal((await store.stats()).total, rows.length);

      const { review } = await store.add(newReview({ uid: "later" }));
      const highest = Math.max(0, ...[...here.reviews, ...there.reviews].map(({ id }) => id));
      assert.ok(review.id > highest, "no id is given twice");
      await store.close();
    }),
    { numRuns: 60 },
  );
});

Deno.test("a replacement under submits, reads, erasures and an export loses none of what was answered", async () => {
  await using folder = await temporaryFolder();
  const path = folder.path("reviews.db");
  const remote = publish(folder.path("remote.db"), manyReviews(5000));
  const store = openSqliteStore({ path, now });
  const changes: boolean[] = [];
  store.subscribe(({ reload }) => changes.push(reload));
  const answered: string[] = [];
  const erased: string[] = [];
  let sending = true;
  const senders = Array.from({ length: 8 }, async (_, number) => {
    for (let i = 0; sending && i < 60; i++) {
      const { review } = await store.add(newReview({ uid: `${number}-${i}` }));
      if (i % 10 === 3 && await store.erase(review.uid)) erased.push(review.uid);
      else answered.push(review.uid);
      await store.list({ limit: 10 });
    }
  });
  while (answered.length < 100) await new Promise((resolve) => setImmediate(resolve));
  const exported: string[] = [];
  const exporting = (async () => {
    for await (const slice of store.export({})) exported.push(...slice.map(({ uid }) => uid));
  })();
  const facts = await mergeByReplacement(merging(store, { folder, remote }));
  sending = false;
  await Promise.all([...senders, exporting]);

  assert.equal(facts?.added, 5000);
  assert.equal(changes.filter((reload) => reload).length, 1);
  assert.ok(exported.length >= 100);
  assert.equal((await store.stats()).total, 5000 + answered.length);
  assert.ok(store.pending() >= answered.length + erased.length);
  for (const uid of answered) assert.ok(await store.get(uid), uid);
  for (const uid of erased) assert.equal(await store.get(uid), undefined);
  await store.close();
  assertWhole(path);
});

Deno.test("what is written while a copy is scrubbed is in the new file, and no id is given twice", async () => {
  await using folder = await temporaryFolder();
  const path = fill(folder.path("reviews.db"), manyReviews(20));
  const store = openSqliteStore({ path, now });
  const erased: string[] = [];
  const holds: boolean[] = [];
  const writing: Promise<unknown>[] = [];
  const busy: Replaceable = {
    prepare: async (options) => (holds.push(options.hold), await store.prepare(options)),
    replace: async (replacement) => {
      // The first time it is written at once, the second time it waits for the new file.
      const adding = store.add(newReview());
      if (holds.length === 1) {
        const { review } = await adding;
        await store.erase(review.uid);
        erased.push(review.uid);
      } else writing.push(adding);
      return await store.replace(replacement);
    },
  };
  const { ino } = Deno.statSync(path);
  assert.equal(await scrubByReplacement({ store: busy, local: path, folder: folder.path("work") }), true);
  await Promise.all(writing);
  assert.deepEqual(holds, [false, true]);
  assert.notEqual(Deno.statSync(path).ino, ino);
  assert.equal((await store.add(newReview())).review.id, 23);
  assert.equal((await store.stats()).total, 22);
  for (const uid of erased) await assert.rejects(store.add(newReview({ uid })), { code: "invalid" });
  await store.close();
  assertWhole(path);
});

Deno.test("reads go on while writes wait for a replacement, and a store that gives it up lets them go on", async () => {
  await using folder = await temporaryFolder();
  const store = openSqliteStore({ path: folder.path("reviews.db"), now });
  await store.add(newReview({ uid: "before" }));
  await store.prepare({ hold: true });
  let isAnswered = false;
  const adding = store.add(newReview({ uid: "held" })).then(() => isAnswered = true);
  assert.equal((await store.list({ limit: 9 })).total, 1);
  assert.equal(isAnswered, false);
  store.release();
  await adding;
  await store.prepare({ hold: true });
  const late = store.add(newReview({ uid: "late" })).catch((error) => String(error));
  await store.close();
  assert.match(String(await late), /closed/);
});

Deno.test("what another program writes while a copy is scrubbed is in the file that stays", async () => {
  await using folder = await temporaryFolder();
  const path = folder.path("reviews.db");
  const store = openSqliteStore({ path, now });
  await store.add(newReview({ uid: "first" }));
  let nth = 0;
  const insert = () => `INSERT INTO reviews (uid) VALUES ('by hand ${++nth}')`;
  const update = () => `UPDATE reviews SET name = 'by hand ${++nth}'`;
  for (const sql of [insert, update]) {
    const meddled: Replaceable = {
      prepare: (options) => store.prepare(options),
      replace: async (replacement) => {
        withDatabase(path, (db) => db.exec(sql()));
        return await store.replace(replacement);
      },
    };
    assert.equal(await scrubByReplacement({ store: meddled, local: path, folder: folder.path("work") }), false);
  }
  assert.deepEqual(rowsOf(path).map(({ name }) => name), ["by hand 4", "by hand 4", "by hand 4"]);
  assert.equal((await store.add(newReview())).created, true, "nobody waits any more");
  await store.close();
});

Deno.test("F58 where no link to the file can be made, no copy of it is scrubbed", async () => {
  await using folder = await temporaryFolder();
  const store: Replaceable = {
    prepare: () => assert.fail("it was begun"),
    replace: () => assert.fail("it was copied"),
  };
  const scrubbing = scrubByReplacement({ store, local: folder.path("elsewhere.db"), folder: folder.path("work") });
  await assert.rejects(scrubbing, Deno.errors.NotFound);
  assert.equal(existsSync(folder.path("work")), false);
});

Deno.test("where much is local, or a replacement cannot be made, the old file stays in use and the error says why", async () => {
  await using folder = await temporaryFolder();
  const path = folder.path("reviews.db");
  const remote = publish(folder.path("remote.db"), manyReviews(100));
  const store = openSqliteStore({ path, now });
  const uids: string[] = [];
  const stays = async () => {
    uids.push(`after ${uids.length}`);
    await store.add(newReview({ uid: uids.at(-1)! }));
    assert.deepEqual(rowsOf(path).map((row) => row.uid), uids);
  };
  const refused = async (error: object, replacement = remote) => {
    await assert.rejects(store.replace(replacementAt(replacement)), error);
    await stays();
  };
  const other = openReadOnly(path);
  other.prepare("SELECT 1 FROM reviews").get();
  await refused({ code: "busy" });
  other.close();
  await refused({ code: "incompatible" }, stranger(folder.path("stranger.db")));
  Deno.writeTextFileSync(`${remote}.before`, "in the way of the link");
  await refused(Deno.errors.AlreadyExists);
  Deno.removeSync(`${remote}.before`);
  const many = Array.from({ length: MOST_LOCAL }, (_, number) => `one of many ${number}`);
  await Promise.all(many.map((uid) => store.add(newReview({ uid }))));
  uids.push(...many);
  assert.equal(await store.replace(replacementAt(remote)), null);
  await stays();
  assert.equal(await mergeByReplacement(merging(store, { folder, remote })), null);
  await stays();
  await store.close();
  assertWhole(path);
});

Deno.test("a store that is closed during a replacement finishes it, and one that is closed makes none", async () => {
  await using folder = await temporaryFolder();
  const path = folder.path("reviews.db");
  const remote = publish(folder.path("remote.db"), manyReviews(100));
  const store = openSqliteStore({ path, now });
  const adding = store.add(newReview({ uid: "first" }));
  const replacing = store.replace(replacementAt(remote));
  const closing = store.close();
  await adding;
  assert.equal((await replacing)?.localOnly, 1);
  await closing;
  assert.equal(rowsOf(path).length, 101);
  await assert.rejects(store.replace(replacementAt(remote)), /closed/);
});

/** How to merge `remote` into the store of `live.db` or `reviews.db`, whichever is there. */
function merging(
  store: SqliteReviewStore,
  { folder, remote }: { folder: { path: (name: string) => string }; remote: string },
): Parameters<typeof mergeByReplacement>[0] {
  const [local = ""] = ["live.db", "reviews.db"].map(folder.path).filter((path) => existsSync(path));
  return { ...ORIGIN, store, local, remote, folder: folder.path("work"), atLeast: 0 };
}

function replacementAt(path: string): Replacement {
  return { path, origin: ORIGIN };
}

// Whether there is something to scrub, and what the store was told, depends on the way that was taken.
function ledgerOf(path: string) {
  return { ...withDatabase(path, readLedger), unscrubbed: null, merges: null };
}

function stranger(path: string): string {
  using db = new DatabaseSync(path);
  db.exec("CREATE TABLE reviews (id INTEGER PRIMARY KEY)");
  return path;
}

function assertWhole(path: string): void {
  for (const ending of ["-wal", "-shm", "-journal"]) assert.throws(() => Deno.statSync(path + ending));
  using db = openReadOnly(path);
  assert.equal(db.prepare("PRAGMA integrity_check").get()?.integrity_check, "ok");
}
