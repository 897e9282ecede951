// A reviews.db that Hearback did not write: what can be read is taken over, and what cannot is kept beside the new one.
import assert from "node:assert/strict";
import { noise } from "../hub/call.ts";
import { startHub } from "../hub/hub.ts";
import {
  asidesOf,
  type Bytes,
  bytesOf,
  checkSetAside,
  databaseOf,
  eventsOf,
  fixture,
  GUIDE_TABLE,
  isSame,
  live,
  oneLife,
  untilIdle,
} from "./dataset_life.ts";
import { remoteComments, REPO, tempDir } from "./instance.ts";
import { sendReview } from "./over_http.ts";

const GUIDE_COLUMNS =
  "id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, created_at, name TEXT, review INTEGER, comments TEXT";
const TWO = "(1, '2026-03-01 10:00:00', 'Ann', 5, 'good'), (2, '2026-03-01 10:05:00', 'Bob', 3, 'so so')";

/** Shapes that can be read, with name, rating and comments of each row in the order of ids. */
const READABLE: Record<string, { file: Bytes; rows: unknown[][]; ids?: number[]; mayBeKept?: boolean }> = {
  "a table in other case": { file: fixture("cases/table_in_other_case.db"), rows: [["Ann", 5, "good"]] },
  "an INT PRIMARY KEY": { file: fixture("cases/int_primary_key.db"), rows: [["Ann", 5, "good"]], ids: [1] },
  "pandas' to_sql": {
    file: fixture("cases/pandas_to_sql.db"),
    rows: [["Ann", 5, "good"], ["Bob", null, "x"]],
    ids: [1, 2],
    mayBeKept: true, // for its column "index"
  },
  "an index and its statistics": {
    file: fixture("cases/extra_index.db"),
    rows: [["Ann", 5, "good"], ["Bob", 3, "so so"], ["Cyd", 1, "bad"]],
    ids: [1, 2, 3],
  },
  "to_sql that appended the same ids twice": {
    file: databaseOf(`CREATE TABLE reviews (id INTEGER, created_at TIMESTAMP, name TEXT, review REAL, comments TEXT);
      INSERT INTO reviews VALUES ${TWO}, (1, '2026-03-02 10:00:00', 'Cyd', 4.0, 'later'), (2, NULL, 'Dan', NULL, 'last')`),
    rows: [["Ann", 5, "good"], ["Bob", 3, "so so"], ["Cyd", 4, "later"], ["Dan", null, "last"]],
    mayBeKept: true, // for the ids that it gave them
  },
  "ids and ratings that became floats": {
    file: databaseOf(`CREATE TABLE reviews (id REAL, created_at TEXT, name TEXT, review REAL, comments TEXT);
      INSERT INTO reviews VALUES (7.0, '2026-03-01 10:00:00', 'Ann', 5.0, 'good'), (9.0, NULL, 'Bob', 3.0, 'so so')`),
    rows: [["Ann", 5, "good"], ["Bob", 3, "so so"]],
    ids: [7, 9],
  },
  "no column of ids": {
    file: databaseOf(`CREATE TABLE reviews (created_at TIMESTAMP, name TEXT, review INTEGER, comments TEXT);
      INSERT INTO reviews VALUES ('2026-03-01 10:00:00', 'Ann', 5, 'good'), ('2026-03-01 10:05:00', 'Bob', 3, 'so so')`),
    rows: [["Ann", 5, "good"], ["Bob", 3, "so so"]],
  },
  "a table WITHOUT ROWID": {
    file: databaseOf(
      `CREATE TABLE reviews (id INTEGER PRIMARY KEY, created_at, name TEXT, review INTEGER, comments TEXT)
      WITHOUT ROWID; INSERT INTO reviews VALUES ${TWO}`,
    ),
    rows: [["Ann", 5, "good"], ["Bob", 3, "so so"]],
    ids: [1, 2],
  },
  "texts as keys": {
    file: databaseOf(`CREATE TABLE reviews (id TEXT PRIMARY KEY, created_at, name TEXT, review INTEGER, comments TEXT);
      INSERT INTO reviews VALUES ('rec_b', '2026-03-01', 'Ann', 5, 'good'), ('rec_a', '2026-03-02', 'Bob', 3, 'so so')`),
    rows: [["Ann", 5, "good"], ["Bob", 3, "so so"]],
    mayBeKept: true, // for its keys
  },
  "columns in another order and case": {
    file: databaseOf(
      `CREATE TABLE "REVIEWS" (COMMENTS TEXT, Review INTEGER, NAME TEXT, Created_At TEXT, ID INTEGER PRIMARY KEY);
      INSERT INTO reviews VALUES ('good', 5, 'Ann', '2026-03-01', 1), ('so so', 3, 'Bob', '2026-03-02', 2)`,
    ),
    rows: [["Ann", 5, "good"], ["Bob", 3, "so so"]],
    ids: [1, 2],
  },
  "UTF-16": {
    file: databaseOf(`PRAGMA encoding = 'UTF-16le'; CREATE TABLE Reviews (${GUIDE_COLUMNS});
      INSERT INTO reviews VALUES (1, '2026-03-01', 'Jörg', 5, 'gut 🙏')`),
    rows: [["Jörg", 5, "gut 🙏"]],
    ids: [1],
  },
  "the mark of WAL mode, without a log": {
    file: databaseOf(`CREATE TABLE Reviews (${GUIDE_COLUMNS}); INSERT INTO reviews VALUES ${TWO}`)
      .map((byte, at) => at === 18 || at === 19 ? 2 : byte),
    rows: [["Ann", 5, "good"], ["Bob", 3, "so so"]],
    ids: [1, 2],
  },
};
for (const [what, { file, rows, ids, mayBeKept = false }] of Object.entries(READABLE)) {
  Deno.test(`F38 a database with ${what} is read, and nobody calls it damaged`, async () => {
    await using hub = await startHub();
    hub.commitDirectly(REPO, { "reviews.db": file });
    await using disk = await tempDir();
    {
      await using hearback = await live(hub, `${disk.path}/data`);
      const { notice } = await untilIdle(hearback);
      const { reviews } = await (await fetch(`${hearback.url}api/reviews?limit=100`)).json();
      const shown = reviews.toSorted((one: { id: number }, other: { id: number }) => one.id - other.id);
      assert.deepEqual(
        shown.map((review: Record<string, unknown>) => [review.name, review.rating, review.comments]),
        rows,
      );
      if (ids !== undefined) assert.deepEqual(shown.map(({ id }: { id: number }) => id), ids);
      await sendReview(hearback, "New");
      assert.equal(await hearback.stop(), 0);
      assert.doesNotMatch(`${notice} ${hearback.output()}`, /damaged/i);
      if (!mayBeKept) assert.equal(notice, null);
    }
    const comments = [...rows.map(([, , text]) => text), "New"];
    assert.deepEqual(remoteComments(hub), comments);
    const asides = asidesOf(hub, "reviews.db");
    if (mayBeKept) { for (const { bytes } of asides) assert.ok(isSame(bytes, file)); }
    else assert.deepEqual(hub.repo(REPO)!.paths(), [".gitattributes", "README.md", "reviews.csv", "reviews.db"]);
    assert.deepEqual((await oneLife(hub)).comments.sort(), comments.sort());
  });
}

const SOUND = databaseOf(`${GUIDE_TABLE} INSERT INTO reviews VALUES ${TWO}`);
const FEEDBACK =
  "CREATE TABLE feedback (id INTEGER PRIMARY KEY, stars INTEGER, text TEXT); INSERT INTO feedback VALUES (1, 5, 'good')";

/** What cannot be read as reviews, with a word that tells the owner what it is. */
const UNREADABLE: Record<string, { file: Bytes; word: RegExp; as?: "lfs" }> = {
  "a gzipped database": { file: await gzipped(SOUND), word: /gzip/i },
  "an LFS pointer kept as text": {
    file: bytesOf("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"),
    word: /LFS|pointer/i,
  },
  "an HTML page": { file: bytesOf("<!doctype html><title>Hugging Face</title><h1>Log in</h1>"), word: /HTML/i },
  "a table `feedback`": { file: databaseOf(FEEDBACK), word: /table/i },
  "a table `feedback` of 1.5 MB, in the storage": {
    file: databaseOf(`${FEEDBACK}; CREATE TABLE files (content BLOB); INSERT INTO files VALUES (randomblob(1500000))`),
    word: /table/i,
    as: "lfs",
  },
  "a table of reviews with other columns": {
    file: databaseOf(
      "CREATE TABLE reviews (asin TEXT, stars INT, body TEXT); INSERT INTO reviews VALUES ('B01', 5, 'good')",
    ),
    word: /table/i,
  },
  "another program's mark": {
    file: databaseOf(`${GUIDE_TABLE} INSERT INTO reviews VALUES ${TWO}; PRAGMA application_id = 7`),
    word: /program|application/i,
  },
  "a view in the place of the table": {
    file: databaseOf(`CREATE TABLE real (${GUIDE_COLUMNS}); INSERT INTO real VALUES ${TWO};
      CREATE VIEW reviews AS SELECT * FROM real`),
    word: /table|view/i,
  },
  "an SQL dump": {
    file: bytesOf(`BEGIN TRANSACTION;\n${GUIDE_TABLE}\nINSERT INTO reviews VALUES ${TWO};\nCOMMIT;\n`),
    word: /SQL/,
  },
  "a ZIP archive": { file: new Uint8Array([0x50, 0x4b, 3, 4, ...noise(500)]), word: /zip/i },
  "bytes that say nothing": { file: noise(5000, 7), word: /SQLite|database/i },
  "a table of CSV": {
    file: bytesOf("id,created_at,name,review,comments\n1,2026-03-01,Ann,5,good\n"),
    word: /SQLite|database|CSV/i,
  },
};
for (const [what, { file, word, as }] of Object.entries(UNREADABLE)) {
  Deno.test(`F38 ${what} is not damaged, and is kept beside what is put in its place`, async () => {
    await using hub = await startHub();
    hub.commitDirectly(REPO, { "reviews.db": file }, as && { as });
    const first = await oneLife(hub, { send: ["New"] });
    assert.deepEqual(first.comments, []);
    const name = checkSetAside(hub, { path: "reviews.db", bytes: file });
    assert.deepEqual(remoteComments(hub), ["New"]);
    assert.match(first.status.notice ?? "", /reviews\.db/);
    assert.match(first.status.notice ?? "", word);
    assert.doesNotMatch(`${first.status.notice} ${first.output}`, /damaged/i);
    const lines = eventsOf(first, "set-aside").map(({ path, keptAs }) => ({ path, keptAs }));
    assert.deepEqual(lines, [{ path: "reviews.db", keptAs: name }]);

    // Another disk knows it as well, and neither reads it again nor loses it.
    const next = await oneLife(hub, { send: ["Newer"] });
    assert.deepEqual(next.comments, ["New"]);
    assert.match(next.status.notice ?? "", word);
    assert.equal(checkSetAside(hub, { path: "reviews.db", bytes: file }), name);
    assert.deepEqual(remoteComments(hub), ["New", "Newer"]);
  });
}

for (const [what, { file, word }] of Object.entries(UNREADABLE).slice(0, 4)) {
  Deno.test(`F38 ${what} on top of own backups is kept as well, and their reviews come back`, async () => {
    await using hub = await startHub();
    await oneLife(hub, { send: ["Mine"] });
    hub.commitDirectly(REPO, { "reviews.db": file, "reviews.csv": null });
    const { comments, status } = await oneLife(hub, { send: ["New"] });
    assert.deepEqual(comments, ["Mine"]);
    assert.match(status.notice ?? "", word);
    checkSetAside(hub, { path: "reviews.db", bytes: file });
    assert.deepEqual(remoteComments(hub), ["Mine", "New"]);
  });
}

Deno.test("F38 somebody's file that comes while Hearback runs is kept, and nothing of what is here is lost", async () => {
  await using hub = await startHub();
  await using disk = await tempDir();
  await using hearback = await live(hub, `${disk.path}/data`);
  await untilIdle(hearback);
  await sendReview(hearback, "Mine");
  const { file } = UNREADABLE["a gzipped database"]!;
  hub.commitDirectly(REPO, { "reviews.db": file });
  assert.equal(await hearback.stop(), 0, hearback.output());
  checkSetAside(hub, { path: "reviews.db", bytes: file });
  assert.deepEqual(remoteComments(hub), ["Mine"]);
});

Deno.test("F38 a database that somebody committed cut in half is kept too: it may be all there is", async () => {
  await using hub = await startHub();
  const whole = fixture("guide_reviews.db");
  const half = whole.slice(0, whole.length >> 1);
  hub.commitDirectly(REPO, { "reviews.db": half });
  const { status } = await oneLife(hub, { send: ["New"] });
  assert.match(status.notice ?? "", /reviews\.db/);
  checkSetAside(hub, { path: "reviews.db", bytes: half });
  assert.deepEqual(remoteComments(hub), ["New"]);
});

async function gzipped(bytes: Bytes): Promise<Bytes> {
  return await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"))).bytes();
}
