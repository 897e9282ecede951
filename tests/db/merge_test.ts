// The merge: a union keyed by uid, whoever merges what in which order, and whoever writes meanwhile.
import assert from "node:assert/strict";
import fc from "fast-check";
import { readCsv, writeCsv } from "../../db/file/csv.ts";
import { readLedger } from "../../db/sqlite/ledger.ts";
import { mergeDatabase, mergeRows } from "../../db/sqlite/merge.ts";
import { openDatabase } from "../../db/file/open_database.ts";
import { takeSnapshot } from "../../db/sqlite/snapshot.ts";
import { openSqliteStore } from "../../db/sqlite/sqlite_store.ts";
import { anyContents, change, type Contents, fill, rowsOf, setOf } from "./database_contents.ts";
import { GUIDE_FILE } from "./guide_database.ts";
import { isAppError, newReview } from "./store_contract.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const runs = { numRuns: 30 };
const merging = { dataset: "ada/reviews", commit: "c1" };

Deno.test("mergeDatabase() is commutative and idempotent, and equals the union", async () => {
  await fc.assert(
    fc.asyncProperty(anyContents, anyContents, async (a, b) => {
      await using folder = await temporaryFolder();
      const [left, right] = [fill(folder.path("ab.db"), a), fill(folder.path("ba.db"), b)];
      mergeDatabase({ ...merging, local: left, remote: fill(folder.path("b.db"), b) });
      mergeDatabase({ ...merging, local: right, remote: fill(folder.path("a.db"), a) });
      const both = setOf(left);
      assert.deepEqual(setOf(right), both);
      const erased = new Set([...a.erasures, ...b.erasures]);
      assert.deepEqual(both.erasures, [...erased].sort());
      const uids = new Set([...a.reviews, ...b.reviews].map((review) => review.uid).filter((one) => !erased.has(one)));
      assert.deepEqual(both.reviews.map((review) => review.uid), [...uids].sort());
      const facts = mergeDatabase({ ...merging, local: left, remote: folder.path("a.db") });
      assert.deepEqual([facts.added, facts.erased], [0, 0]);
      assert.deepEqual(setOf(left), both);
    }),
    runs,
  );
});

Deno.test("mergeDatabase() is associative", async () => {
  await fc.assert(
    fc.asyncProperty(anyContents, anyContents, anyContents, async (a, b, c) => {
      await using folder = await temporaryFolder();
      const path = (name: string, what: Contents) => fill(folder.path(name), what);
      const [first, second] = [path("first.db", a), path("second.db", a)];
      mergeDatabase({ ...merging, local: first, remote: path("b1.db", b) });
      mergeDatabase({ ...merging, local: first, remote: path("c1.db", c) });
      const bc = path("bc.db", b);
      mergeDatabase({ ...merging, local: bc, remote: path("c2.db", c) });
      mergeDatabase({ ...merging, local: second, remote: bc });
      assert.deepEqual(setOf(first), setOf(second));
    }),
    runs,
  );
});

Deno.test("mergeDatabase() changes no published id, gives none twice, and knows what the dataset lacks", async () => {
  await fc.assert(
    fc.asyncProperty(anyContents, anyContents, fc.boolean(), async (here, there, published) => {
      await using folder = await temporaryFolder();
      const [local, remote] = [fill(folder.path("local.db"), here), fill(folder.path("remote.db"), there)];
      if (published) takeSnapshot({ source: remote, target: folder.path("published.db") });
      const facts = mergeDatabase({ ...merging, local, remote: published ? folder.path("published.db") : remote });
      const rows = rowsOf(local);
      const idOf = new Map(rows.map((row) => [row.uid, row.id]));
      for (const { uid, id } of there.reviews) {
        if (!here.erasures.includes(uid)) assert.equal(idOf.get(uid), id);
      }
      assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
      const highest = Math.max(0, ...[...here.reviews, ...there.reviews].map(({ id }) => id));
      for (const { uid, id } of here.reviews) {
        const now = idOf.get(uid);
        const isThere = there.reviews.some((other) => other.uid === uid);
        if (now !== undefined && !isThere) assert.ok(now === id || now > highest, `${uid}: ${id} became ${now}`);
      }
      const inserted = Number(change(local, "INSERT INTO reviews (uid) VALUES ('new')").lastInsertRowid);
      assert.ok(inserted > Math.max(highest, ...rows.map(({ id }) => id)));
      const lacking = rows.filter((row) =>
        !there.reviews.some(({ uid, comments, rating }) =>
          uid === row.uid && comments === row.comments && rating === row.review
        )
      );
      const localOnly = lacking.length + here.erasures.filter((one) => !there.erasures.includes(one)).length;
      assert.equal(facts.localOnly, localOnly);
      const db = openDatabase(local);
      const { dataset, merged, revision, backedUp, uploadDue } = readLedger(db);
      db.close();
      assert.deepEqual({ dataset, merged, pending: revision - backedUp, uploadDue }, {
        dataset: "ada/reviews",
        merged: "c1",
        pending: localOnly,
        uploadDue: localOnly > 0,
      });
    }),
    runs,
  );
});

Deno.test("mergeRows() does with a CSV what mergeDatabase() does, erasures apart", async () => {
  await fc.assert(
    fc.asyncProperty(anyContents, anyContents, async (here, there) => {
      await using folder = await temporaryFolder();
      const remote = fill(folder.path("remote.db"), { ...there, erasures: [] });
      await writeCsv({ database: remote, target: folder.path("reviews.csv") });
      const [one, two] = [fill(folder.path("one.db"), here), fill(folder.path("two.db"), here)];
      const facts = mergeDatabase({ ...merging, local: one, remote });
      assert.deepEqual(await mergeRows({ ...merging, local: two, rows: readCsv(folder.path("reviews.csv")) }), facts);
      assert.deepEqual(rowsOf(two), rowsOf(one));
      const db = openDatabase(two);
      assert.equal(
        readLedger(db).uploadDue,
        facts.localOnly > 0,
        "whether a bad file is to be replaced is its reader's decision",
      );
      db.close();
    }),
    { numRuns: 30 },
  );
});

Deno.test("F26 the guide's database merges with its migrated copy without a doubled row, and is to be written anew", async () => {
  await using folder = await temporaryFolder();
  await Deno.copyFile(GUIDE_FILE, folder.path("local.db"));
  const facts = mergeDatabase({ ...merging, local: folder.path("local.db"), remote: GUIDE_FILE.pathname });
  assert.deepEqual(facts, { added: 0, erased: 0, renumbered: 0, localOnly: 0 });
  assert.deepEqual(mergeDatabase({ ...merging, local: folder.path("new.db"), remote: GUIDE_FILE.pathname }), {
    ...facts,
    added: 7,
  });
  assert.deepEqual(rowsOf(folder.path("new.db")), rowsOf(folder.path("local.db")));
  const db = openDatabase(folder.path("new.db"));
  assert.deepEqual([readLedger(db).uploadDue, readLedger(db).revision - readLedger(db).backedUp], [true, 0]);
  assert.equal(db.prepare("INSERT INTO reviews (uid) VALUES ('next')").run().lastInsertRowid, 9);
  db.close();
});

Deno.test("an id that the dataset once gave away is not given again after its review was erased", async () => {
  await using folder = await temporaryFolder();
  const store = openSqliteStore({ path: folder.path("remote.db"), now: () => new Date() });
  await store.add(newReview());
  const { review } = await store.add(newReview());
  await store.erase(review.uid);
  await store.close();
  mergeDatabase({ ...merging, local: folder.path("local.db"), remote: folder.path("remote.db") });
  assert.equal(change(folder.path("local.db"), "INSERT INTO reviews (uid) VALUES ('next')").lastInsertRowid, 3);
});

Deno.test("F31 a review that was erased elsewhere is in no byte here after the merge", async () => {
  await using folder = await temporaryFolder();
  const [here, there] = [folder.path("here.db"), folder.path("there.db")];
  const review = newReview({ comments: "secret-".repeat(50) });
  for (const path of [here, there]) {
    const store = openSqliteStore({ path, now: () => new Date() });
    await store.add(review);
    if (path === there) await store.erase(review.uid);
    await store.close();
  }
  const store = openSqliteStore({ path: here, now: () => new Date() });
  assert.equal(mergeDatabase({ ...merging, local: here, remote: there }).erased, 1);
  for (const path of [here, `${here}-wal`]) {
    assert.ok(!new TextDecoder().decode(await Deno.readFile(path)).includes("secret-"));
  }
  await store.refresh();
  assert.equal((await store.stats()).total, 0);
  await store.close();
});

Deno.test("submits and erasures during a merge are stored, count as pending, and are never undone", async () => {
  await using folder = await temporaryFolder();
  const [local, remote] = [folder.path("local.db"), folder.path("remote.db")];
  const reviews = Array.from({ length: 20_000 }, () => newReview());
  const writer = openSqliteStore({ path: remote, now: () => new Date() });
  for (let at = 0; at < reviews.length; at += 4000) {
    await Promise.all(reviews.slice(at, at + 4000).map((review) => writer.add(review)));
  }
  await writer.close();
  const store = openSqliteStore({ path: local, now: () => new Date() });
  const worker = new Worker(new URL("./merge_worker.ts", import.meta.url), { type: "module" });
  const merged = Promise.withResolvers<unknown>();
  const begun = Promise.withResolvers<void>();
  worker.onmessage = ({ data }) => data.progress ? begun.resolve() : merged.resolve(data);
  worker.onerror = (event) => (event.preventDefault(), merged.reject(new Error(event.message)));
  worker.postMessage({ ...merging, local, remote });
  await begun.promise;
  let running = true;
  merged.promise.finally(() => running = false).catch(() => {});
  const added: string[] = [];
  const erased: string[] = [];
  while (running) {
    added.push((await store.add(newReview())).review.uid);
    const victim = reviews[erased.length]!.uid;
    if (await store.erase(victim)) erased.push(victim);
  }
  await merged.promise;
  worker.terminate();
  await store.refresh();
  assert.equal((await store.stats()).total, reviews.length + added.length - erased.length);
  for (const uid of added) assert.ok(await store.get(uid));
  for (const uid of erased) assert.equal(await store.get(uid), undefined);
  assert.ok(store.pending() >= added.length + erased.length);
  assert.ok(added.length > 0);
  await store.close();
});

Deno.test("F11 F45 a merge that ends half-way is completed by the next, and the totals are right after both", async () => {
  await using folder = await temporaryFolder();
  const [local, remote] = [folder.path("local.db"), folder.path("remote.db")];
  fill(remote, {
    reviews: Array.from({ length: 5000 }, (_, n) => ({ id: n + 1, uid: `u${n}`, comments: null, rating: 1 })),
    erasures: [],
  });
  fill(local, { reviews: [{ id: 1, uid: "mine", comments: "mine", rating: 5 }], erasures: ["u7"] });
  const stop = new Error("killed");
  const killed = () => {
    throw stop;
  };
  const store = openSqliteStore({ path: local, now: () => new Date() });
  assert.throws(() => mergeDatabase({ ...merging, local, remote, onProgress: killed }), stop);
  const db = openDatabase(local);
  assert.equal(readLedger(db).merged, null);
  db.close();
  const totals = async () => {
    await store.refresh();
    const { total, counts } = await store.stats();
    assert.equal(total, rowsOf(local).length);
    assert.equal(counts[1], total - 1);
    return total;
  };
  assert.equal(await totals(), 2000);
  assert.equal(mergeDatabase({ ...merging, local, remote }).localOnly, 2);
  assert.equal(await totals(), 5000);
  const before = store.version();
  assert.equal(mergeDatabase({ ...merging, local, remote }).added, 0);
  await store.refresh();
  assert.equal(store.version(), before, "nothing changed, so nobody is told");
  await store.close();
  const rows = rowsOf(local);
  assert.equal(rows.length, 5000);
  assert.deepEqual(rows.at(-1), { ...rows.at(-1), uid: "mine", id: 5001 });
});

Deno.test("F27 rows that vanish by hand during a merge keep the dataset unread", async () => {
  await using folder = await temporaryFolder();
  const [local, remote] = [folder.path("local.db"), folder.path("remote.db")];
  fill(remote, {
    reviews: Array.from({ length: 3000 }, (_, n) => ({ id: n + 1, uid: `u${n}`, comments: null, rating: 1 })),
    erasures: [],
  });
  let emptied = false;
  const empty = () => {
    if (!emptied) change(local, "DELETE FROM reviews");
    emptied = true;
  };
  assert.throws(() => mergeDatabase({ ...merging, local, remote, onProgress: empty }), isAppError("busy"));
  assert.equal(mergeDatabase({ ...merging, local, remote, onProgress: empty }).added, 2000);
  assert.equal(rowsOf(local).length, 3000);
});
