// A successor takes the place of the database that is in use: the union of both, while submits go on, or nothing at all.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { NOTHING_CARRIED } from "../../db/sqlite/carry_over.ts";
import { readLedger } from "../../db/sqlite/ledger.ts";
import { mergeDatabase } from "../../db/sqlite/merge.ts";
import type { Changes } from "../../db/sqlite/changes.ts";
import { exchangeDatabase } from "../../db/sqlite/exchange_database.ts";
import { openDatabase, openReadOnly, withDatabase } from "../../db/file/open_database.ts";
import { openSqliteStore, type SqliteReviewStore } from "../../db/sqlite/sqlite_store.ts";
import { type Exchangeable, mergeByExchange, scrubByExchange, type Successor } from "../../db/sqlite/successor.ts";
import { anyContents, fill, manyReviews, publish, rowsOf, setOf } from "./database_contents.ts";
import { isAppError, newReview } from "./store_contract.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const ORIGIN = { dataset: "ada/reviews", commit: "c1" };
const now = () => new Date("2026-10-10T12:00:00Z");

Deno.test("an exchange leaves what a merge leaves, with the published ids, and knows what the dataset lacks", async () => {
  await fc.assert(
    fc.asyncProperty(anyContents, anyContents, async (here, there) => {
      await using folder = await temporaryFolder();
      const [live, merged] = [fill(folder.path("live.db"), here), fill(folder.path("merged.db"), here)];
      const remote = publish(folder.path("remote.db"), there);
      const facts = mergeDatabase({ ...ORIGIN, local: merged, remote });
      const store = openSqliteStore({ path: live, now });
      const erased = new Set([...here.erasures, ...there.erasures]);
      const published = there.reviews.filter((review) => !erased.has(review.uid));

      const exchanged = await mergeByExchange(merging(store, { folder, remote }));
      if (exchanged === null) {
        assert.ok(there.reviews.every(({ uid }) => here.reviews.some((review) => review.uid === uid)));
        return await store.close();
      }
      assert.deepEqual(setOf(live), setOf(merged));
      assert.deepEqual({ ...exchanged, renumbered: 0 }, { ...facts, renumbered: 0 });
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

Deno.test("exchangeDatabase() leaves the old file where another program writes at the last moment", async () => {
  await using folder = await temporaryFolder();
  const path = fill(folder.path("live.db"), { reviews: [{ id: 1, uid: "a", comments: "here" }], erasures: [] });
  const successor = { path: folder.path("successor.db"), origin: null, carried: { erased: 0, renumbered: 0, new: 0 } };
  await Deno.copyFile(path, successor.path);
  using live = openDatabase(path);
  const take = () => {
    withDatabase(path, (db) => {
      db.exec("INSERT INTO reviews (uid, comments) VALUES ('b', 'at the last moment')");
      db.exec("UPDATE backup SET revision = revision + 1");
    });
    return [];
  };
  const changes = { take } as unknown as Changes;
  assert.throws(() => exchangeDatabase(live, { path, successor, changes }), isAppError("busy"));
  assert.deepEqual(live.prepare("SELECT uid FROM reviews ORDER BY id").all().map(({ uid }) => uid), ["a", "b"]);
  assert.deepEqual(rowsOf(path).map(({ uid }) => uid), ["a", "b"]);
});

Deno.test("an exchange under submits, reads, erasures and an export loses none of what was answered", async () => {
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
    for (let i = 0; sending; i++) {
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
  const before = answered.length;
  const facts = await mergeByExchange(merging(store, { folder, remote }));
  while (answered.length < before + 200) await new Promise((resolve) => setImmediate(resolve));
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

Deno.test("what is added, erased and put back between any two steps of an exchange is in the new file", async () => {
  await using folder = await temporaryFolder();
  const path = folder.path("reviews.db");
  const remote = publish(folder.path("remote.db"), manyReviews(300));
  const store = openSqliteStore({ path, now });
  const kept = new Set<string>();
  const erased = new Set<string>();
  let steps = 0;
  const step = async () => {
    const added = await Promise.all(Array.from({ length: ++steps === 3 ? 150 : 4 }, () => store.add(newReview())));
    for (const { review } of added) kept.add(review.uid);
    const gone = [added[0]!.review, added[1]!.review];
    for (const uid of [...gone.map((review) => review.uid), [...kept][0]!]) {
      if (await store.erase(uid)) erased.add(uid);
      kept.delete(uid);
    }
    const back = await store.putBack(gone[0]!, crypto.randomUUID());
    kept.add(back.uid);
  };
  await step();
  const busy: Exchangeable = {
    changes: async () => (await step(), await store.changes()),
    exchange: async (successor) => (await step(), await store.exchange(successor)),
  };
  const facts = await mergeByExchange({ ...merging(store, { folder, remote }), store: busy });

  assert.equal(steps, 5, "the many of the third step make one round more");
  assert.equal(facts?.added, 300);
  assert.equal((await store.stats()).total, 300 + kept.size);
  for (const uid of kept) assert.ok(await store.get(uid), uid);
  for (const uid of erased) await assert.rejects(store.add(newReview({ uid })), { code: "invalid" });
  assert.ok(store.pending() >= kept.size + erased.size);
  assert.equal((await store.list({ limit: 1 })).total, 300 + kept.size);
  await store.close();
  assertWhole(path);
});

Deno.test("an id that was given away while an exchange was prepared is not given again", async () => {
  await using folder = await temporaryFolder();
  const path = fill(folder.path("reviews.db"), manyReviews(20));
  const store = openSqliteStore({ path, now });
  let last = 0;
  const busy: Exchangeable = {
    changes: () => store.changes(),
    exchange: async (successor) => {
      const { review } = await store.add(newReview());
      last = review.id;
      await store.erase(review.uid);
      return await store.exchange(successor);
    },
  };
  assert.equal(await scrubByExchange({ store: busy, local: path, folder: folder.path("exchange") }), true);
  assert.equal(last, 21);
  assert.equal((await store.add(newReview())).review.id, 22);
  await store.close();
});

Deno.test("where somebody else wrote since an exchange was prepared, the old file stays in use", async () => {
  await using folder = await temporaryFolder();
  const path = folder.path("reviews.db");
  const remote = publish(folder.path("remote.db"), manyReviews(60));
  const store = openSqliteStore({ path, now });
  await store.add(newReview({ uid: "first" }));
  const meddleAt = async (at: number, sql: string) => {
    let step = 0;
    const meddle = () => void (++step === at && withDatabase(path, (db) => db.exec(sql)));
    const meddled: Exchangeable = {
      changes: () => (meddle(), store.changes()),
      exchange: (successor) => (meddle(), store.exchange(successor)),
    };
    const { ino } = Deno.statSync(path);
    assert.equal(await mergeByExchange({ ...merging(store, { folder, remote }), store: meddled }), null);
    assert.equal(Deno.statSync(path).ino, ino);
  };
  for (const at of [2, 3]) {
    await meddleAt(at, `INSERT INTO reviews (uid) VALUES ('by hand ${at}')`);
    await meddleAt(at, `UPDATE reviews SET name = 'by hand ${at}'`);
  }
  assert.deepEqual(rowsOf(path).map(({ uid, name }) => [uid, name]), [
    ["first", "by hand 3"],
    ["by hand 2", "by hand 3"],
    ["by hand 3", "by hand 3"],
  ]);
  await store.close();
});

Deno.test("where an exchange cannot be made, the old file stays in use and the error says why", async () => {
  await using folder = await temporaryFolder();
  const path = folder.path("reviews.db");
  const remote = publish(folder.path("remote.db"), manyReviews(100));
  const store = openSqliteStore({ path, now });
  const uids: string[] = [];
  const stays = async () => {
    uids.push(`after ${uids.length}`);
    await store.add(newReview({ uid: uids.at(-1)! }));
    assert.deepEqual(rowsOf(path).map((row) => row.uid), uids);
    await store.changes();
  };
  const refused = async (error: object, successor = remote) => {
    await assert.rejects(store.exchange(successorAt(successor)), error);
    await stays();
  };
  assert.equal(await store.exchange(successorAt(remote)), null, "nobody knows what it lacks");
  await stays();
  const other = openReadOnly(path);
  other.prepare("SELECT 1 FROM reviews").get();
  await refused({ code: "busy" });
  other.close();
  await refused({ code: "incompatible" }, stranger(folder.path("stranger.db")));
  Deno.writeTextFileSync(`${remote}.before`, "in the way of the link");
  await refused(Deno.errors.AlreadyExists);
  Deno.removeSync(`${remote}.before`);
  const many = Array.from({ length: 2001 }, (_, number) => `one of many ${number}`);
  await Promise.all(many.map((uid) => store.add(newReview({ uid }))));
  uids.push(...many);
  assert.equal(await store.exchange(successorAt(remote)), null, "too much to be carried over while people wait");
  await stays();

  const exchanging = mergeByExchange({ ...merging(store, { folder, remote }), atLeast: 100 });
  const [facts, { review }] = await Promise.all([exchanging, store.add(newReview({ uid: "meanwhile" }))]);
  assert.equal(facts?.added, 100);
  assert.ok((await store.get(review.uid))!.id > 100);
  assert.equal((await store.stats()).total, 100 + uids.length + 1);
  await store.close();
  assertWhole(path);
});

Deno.test("a store that is closed during an exchange finishes it, and one that is closed makes none", async () => {
  await using folder = await temporaryFolder();
  const path = folder.path("reviews.db");
  const remote = publish(folder.path("remote.db"), manyReviews(100));
  const store = openSqliteStore({ path, now });
  await store.changes();
  const adding = store.add(newReview({ uid: "first" }));
  const exchanging = store.exchange(successorAt(remote));
  const closing = store.close();
  await adding;
  assert.equal((await exchanging)?.localOnly, 1);
  await closing;
  assert.equal(rowsOf(path).length, 101);
  await assert.rejects(store.exchange(successorAt(remote)), /closed/);
  await assert.rejects(store.changes(), /closed/);
});

/** How to merge `remote` into the store of `live.db` or `reviews.db`, whichever is there. */
function merging(
  store: SqliteReviewStore,
  { folder, remote }: { folder: { path: (name: string) => string }; remote: string },
): Parameters<typeof mergeByExchange>[0] {
  const [local = ""] = ["live.db", "reviews.db"].map(folder.path).filter((path) => existsSync(path));
  return { ...ORIGIN, store, local, remote, folder: folder.path("exchange"), atLeast: 0 };
}

function successorAt(path: string): Successor {
  return { path, origin: ORIGIN, carried: NOTHING_CARRIED };
}

// Whether there is something to scrub depends on the way that was taken.
function ledgerOf(path: string) {
  return { ...withDatabase(path, readLedger), unscrubbed: null };
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
