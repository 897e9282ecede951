// The copy for upload: whole while others write, public, one file.
import assert from "node:assert/strict";
import { readMark, renewMark } from "../../db/sqlite/csv_mark.ts";
import { inspectDatabase } from "../../db/file/inspect.ts";
import { BLANK_LEDGER, readLedger, updateLedger } from "../../db/sqlite/ledger.ts";
import { openDatabase, openReadOnly } from "../../db/file/open_database.ts";
import { takeSnapshot } from "../../db/sqlite/snapshot.ts";
import { openSqliteStore } from "../../db/sqlite/sqlite_store.ts";
import { readRows } from "../../db/file/read_rows.ts";
import { isAppError, newReview } from "./store_contract.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const now = () => new Date("2026-11-22T12:00:00Z");

Deno.test("takeSnapshot() copies reviews and erasures into exactly one file, without this machine's ledger", async () => {
  await using folder = await temporaryFolder();
  const source = folder.path("reviews.db");
  const store = openSqliteStore({ path: source, now });
  const [first] = await Promise.all([store.add(newReview()), store.add(newReview()), store.add(newReview())]);
  await store.erase(first.review.uid);
  const db = openDatabase(source);
  updateLedger(db, { dataset: "ada/secret-dataset", merged: "c1", backedUp: 2, uploadDue: true, flawed: true });
  db.close();
  await Deno.mkdir(folder.path("out"));
  const target = folder.path("out/copy.db");
  const { now: { mark } } = renewMark(source);
  const facts = { revision: 4, merged: "c1", reviews: 2, erasures: 1, textRatings: false, mark };
  assert.deepEqual(takeSnapshot({ source, target }), facts);
  assert.deepEqual([...Deno.readDirSync(folder.path("out"))].map(({ name }) => name), ["copy.db"]);
  assert.deepEqual(inspectDatabase(target), {
    format: "hearback",
    reviews: 2,
    erasures: 1,
    leftOver: [],
  });
  assert.ok(!new TextDecoder().decode(await Deno.readFile(target)).includes("secret-dataset"));
  const copy = openReadOnly(target);
  assert.deepEqual(readLedger(copy), BLANK_LEDGER);
  assert.equal(readMark(copy), null);
  assert.deepEqual(
    [...readRows(copy)].map(({ uid }) => uid),
    (await store.list({ limit: 9 })).reviews.map(({ uid }) => uid).reverse(),
  );
  copy.close();
  assert.deepEqual([...Deno.readDirSync(folder.path("out"))].map(({ name }) => name), ["copy.db"]);
  await store.close();
});

Deno.test("takeSnapshot() of unchanged reviews gives the same bytes", async () => {
  await using folder = await temporaryFolder();
  const store = openSqliteStore({ path: folder.path("reviews.db"), now });
  await store.add(newReview());
  const copies = ["one.db", "two.db"].map((name) => {
    const db = openDatabase(folder.path("reviews.db"));
    updateLedger(db, { commitAt: name });
    db.close();
    renewMark(folder.path("reviews.db"));
    takeSnapshot({ source: folder.path("reviews.db"), target: folder.path(name) });
    return Deno.readFileSync(folder.path(name));
  });
  assert.deepEqual(copies[0], copies[1]);
  await store.close();
});

Deno.test("F13 a snapshot in a Worker is whole and holds every review answered before it, while submits go on", async () => {
  await using folder = await temporaryFolder();
  const source = folder.path("reviews.db");
  const store = openSqliteStore({ path: source, now });
  await Promise.all(Array.from({ length: 2000 }, () => store.add(newReview())));
  const worker = new Worker(new URL("./snapshot_worker.ts", import.meta.url), { type: "module" });
  for (let round = 0; round < 5; round++) {
    const answer = Promise.withResolvers<ReturnType<typeof takeSnapshot>>();
    worker.onmessage = ({ data }) => answer.resolve(data);
    worker.onerror = (event) => answer.reject(event.error);
    const before = (await store.stats()).total;
    worker.postMessage({ source, target: folder.path(`${round}.db`) });
    let running = true;
    answer.promise.finally(() => running = false);
    while (running) await Promise.all([store.add(newReview()), store.add(newReview())]);
    const { reviews, revision } = await answer.promise;
    assert.ok(reviews >= before && reviews === revision);
    assert.equal(inspectDatabase(folder.path(`${round}.db`)).reviews, reviews);
  }
  worker.terminate();
  await store.close();
});

Deno.test("F31 no byte of an erased text is in a snapshot, whatever became of the pages around it", async () => {
  await using folder = await temporaryFolder();
  const source = folder.path("reviews.db");
  const store = openSqliteStore({ path: source, now });
  // Long and short texts in turn, and ids that move, make SQLite rebalance its pages; a fixed pattern, so that every run is the same.
  const reviews = Array.from(
    { length: 2400 },
    (_, n) => newReview({ comments: `mark-${n}-`.repeat(1 + (n * 7919) % (n % 10 ? 40 : 500)) }),
  );
  await Promise.all(reviews.map((review) => store.add(review)));
  const erased = reviews.filter((_, n) => (n * 31) % 5 < 2);
  const db = openDatabase(source);
  db.exec("BEGIN");
  for (let n = 1; n <= 2400; n += 3) db.exec(`UPDATE reviews SET id = ${10_000 + (n * 7919) % 2400} WHERE id = ${n}`);
  for (const { uid } of erased) {
    db.exec(`INSERT INTO erasures VALUES ('${uid}', ''); DELETE FROM reviews WHERE uid = '${uid}'`);
  }
  db.exec("COMMIT");
  db.close();
  takeSnapshot({ source, target: folder.path("copy.db") });
  const bytes = new TextDecoder("latin1").decode(await Deno.readFile(folder.path("copy.db")));
  const marks = erased.map(({ comments }) => comments!.slice(0, comments!.indexOf("-", 5) + 1));
  assert.deepEqual(marks.filter((mark) => bytes.includes(mark)), []);
  assert.equal(inspectDatabase(folder.path("copy.db")).reviews, reviews.length - erased.length);
  await store.close();
});

Deno.test("takeSnapshot() says so when the copy cannot be written, and when the local database is damaged", async () => {
  await using folder = await temporaryFolder();
  const source = folder.path("reviews.db");
  const store = openSqliteStore({ path: source, now });
  await Promise.all(Array.from({ length: 500 }, () => store.add(newReview())));
  await store.close();
  assert.throws(() => takeSnapshot({ source, target: folder.path("missing/copy.db") }), isAppError("disk_full"));
  // The page of a table that nothing but a full check looks at.
  const bytes = await Deno.readFile(source);
  const page = Math.floor(new TextDecoder("latin1").decode(bytes).lastIndexOf("Fine") / 4096) * 4096;
  await Deno.writeFile(source, bytes.fill(7, page, page + 100));
  assert.throws(() => takeSnapshot({ source, target: folder.path("copy.db") }), isAppError("damaged"));
});
