// A reviews.db that holds more than reviews: they are taken over, and the file stays in the head for the rest.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type Hub, startHub } from "../hub/hub.ts";
import { hearbackCommand } from "../process.ts";
import {
  asidesOf,
  backupPage,
  type Bytes,
  bytesOf,
  checkSetAside,
  databaseOf,
  eventsOf,
  fixture,
  GUIDE_TABLE,
  isSame,
  lifeWithBackup,
  live,
  oneLife,
  squashHistory,
  untilIdle,
} from "./dataset_life.ts";
import { readFile, remoteComments, REPO, tempDir, TOKEN } from "./instance.ts";

const GUIDE_COLUMNS =
  "id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, created_at, name TEXT, review INTEGER, comments TEXT";
const TWO = "(1, '2026-03-01 10:00:00', 'Ann', 5, 'good'), (2, '2026-03-01 10:05:00', 'Bob', 3, 'so so')";

/** Databases that hold more than reviews, the comments in them, and the words for the rest. */
const EXTENDED: Record<string, { file: Bytes; comments: string[]; words: RegExp[]; as?: "lfs" }> = {
  "a column that is unknown": { file: fixture("cases/extra_column.db"), comments: ["good"], words: [/email/] },
  "a table that is unknown": {
    file: fixture("cases/extra_table.db"),
    comments: ["good", "so so", "bad"],
    words: [/replies/],
  },
  "an unknown table of 1.5 MB, in the storage": {
    file: databaseOf(`${GUIDE_TABLE} INSERT INTO reviews VALUES ${TWO};
      CREATE TABLE pictures (content BLOB); INSERT INTO pictures VALUES (randomblob(1500000))`),
    comments: ["good", "so so"],
    words: [/pictures/],
    as: "lfs",
  },
  "two columns and an older table of reviews": {
    file: databaseOf(`CREATE TABLE Reviews (${GUIDE_COLUMNS}, email TEXT, "page url" TEXT);
      INSERT INTO reviews VALUES (1, '2026-03-01', 'Ann', 5, 'good', 'ann@example.org', 'https://example.org');
      CREATE TABLE reviews_2025 (${GUIDE_COLUMNS}); INSERT INTO reviews_2025 VALUES ${TWO}`),
    comments: ["good"],
    words: [/email/, /page url/, /reviews_2025/],
  },
};
for (const [what, { file, comments, words, as }] of Object.entries(EXTENDED)) {
  Deno.test(`F40 ${what}: the rows are taken, the file stays in the head, and notice, log and card say what it holds`, async () => {
    await using hub = await startHub();
    await using disk = await tempDir();
    hub.commitDirectly(REPO, { "reviews.db": file }, as && { as });
    const old = { path: "reviews.db", bytes: file };
    const dir = `${disk.path}/data`;

    const first = await oneLife(hub, { send: ["New"], dir });
    assert.deepEqual(first.comments, comments);
    const name = checkSetAside(hub, old);
    checkTold(hub, first.status.notice, name);
    const logged = eventsOf(first, "set-aside");
    assert.deepEqual(logged.map(({ path, keptAs }) => ({ path, keptAs })), [{ path: "reviews.db", keptAs: name }]);
    for (const word of words) assert.match(String(logged[0]?.reason), word);

    // Kept disk, lost disk, and the owner's own squash.
    checkTold(hub, (await oneLife(hub, { send: ["Kept disk"], dir })).status.notice, name);
    assert.equal(checkSetAside(hub, old), name);
    const lost = await lifeWithBackup(hub, { text: "Lost disk", env: { SQUASH_AFTER: "2" } });
    checkTold(hub, lost.notice, name);
    assert.equal(checkSetAside(hub, old), name);
    {
      await using hearback = await live(hub, `${disk.path}/squashes`);
      await untilIdle(hearback);
      await squashHistory(hub, hearback);
    }
    assert.equal(checkSetAside(hub, old), name);
    const last = await oneLife(hub, { send: ["After the squash"] });
    checkTold(hub, last.status.notice, name);
    assert.equal(checkSetAside(hub, old), name);
    const all = [...comments, "New", "Kept disk", "Lost disk", "After the squash"];
    assert.deepEqual(remoteComments(hub), all);
    assert.equal(asidesOf(hub, "reviews.db").length, 1);

    function checkTold(hub: Hub, notice: string | null, name: string): void {
      const card = new TextDecoder().decode(hub.repo(REPO)!.file("README.md"));
      for (const text of [notice ?? "", card]) {
        assert.ok(text.includes(name), text);
        for (const word of words) assert.match(text, word);
      }
    }
  });
}

Deno.test("F40 the list of backups and the admin's page show what is set aside", async () => {
  await using hub = await startHub();
  await using disk = await tempDir();
  const file = fixture("cases/extra_column.db");
  hub.commitDirectly(REPO, { "reviews.db": file });
  const dir = `${disk.path}/data`;
  await oneLife(hub, { send: ["New"], dir });
  const name = checkSetAside(hub, { path: "reviews.db", bytes: file });
  const env = { DATA_DIR: dir, HF_ENDPOINT: hub.url, HF_TOKEN: TOKEN, DATASET_REPO: REPO };
  const { stdout } = await hearbackCommand(env, { command: ["restore", "--list"] }).output();
  const listed = new TextDecoder().decode(stdout);
  assert.ok(listed.includes(name) && /email/.test(listed), listed);

  await using hearback = await live(hub, dir);
  await untilIdle(hearback);
  const { html } = await backupPage(hearback);
  assert.ok(html.includes(name) && /email/.test(html), html);
});

Deno.test("F40 a table that somebody put into Hearback's own database is kept", async () => {
  await using hub = await startHub();
  await oneLife(hub, { send: ["Mine"] });
  using db = new DatabaseSync(":memory:");
  db.deserialize(hub.repo(REPO)!.file("reviews.db")!);
  db.exec("CREATE TABLE labels (uid TEXT, label TEXT); INSERT INTO labels SELECT uid, 'praise' FROM reviews");
  const file = new Uint8Array(db.serialize());
  hub.commitDirectly(REPO, { "reviews.db": file });
  const { comments, status } = await oneLife(hub, { send: ["New"] });
  assert.deepEqual(comments, ["Mine"]);
  assert.match(status.notice ?? "", /labels/);
  const name = checkSetAside(hub, { path: "reviews.db", bytes: file });
  assert.equal(readFile(hub.repo(REPO)!.file(name), "SELECT * FROM labels").length, 1);
  assert.deepEqual(remoteComments(hub), ["Mine", "New"]);
});

Deno.test("F40 two extended databases, one after the other, are both kept", async () => {
  await using hub = await startHub();
  await using disk = await tempDir();
  const [one, other] = [fixture("cases/extra_column.db"), fixture("cases/extra_table.db")];
  hub.commitDirectly(REPO, { "reviews.db": one });
  await oneLife(hub, { send: ["New"], dir: `${disk.path}/data` });
  const first = checkSetAside(hub, { path: "reviews.db", bytes: one });
  hub.commitDirectly(REPO, { "reviews.db": other });
  const { status } = await oneLife(hub, { send: ["Newer"], dir: `${disk.path}/data` });
  const second = checkSetAside(hub, { path: "reviews.db", bytes: other });
  for (const name of [first, second]) assert.ok(status.notice?.includes(name), status.notice ?? "");
  assert.ok(isSame(hub.repo(REPO)!.file(first), one));
  const { comments } = await oneLife(hub);
  for (const text of ["good", "so so", "bad", "New", "Newer"]) assert.ok(comments.includes(text), text);
  assert.equal(asidesOf(hub, "reviews.db").length, 2);
});

Deno.test("F40 a card that somebody wrote stays as it is, whatever is set aside", async () => {
  await using hub = await startHub();
  const card = bytesOf("# Our own words\n");
  hub.commitDirectly(REPO, { "reviews.db": fixture("cases/extra_column.db"), "README.md": card });
  await oneLife(hub, { send: ["New"] });
  checkSetAside(hub, { path: "reviews.db", bytes: fixture("cases/extra_column.db") });
  assert.ok(isSame(hub.repo(REPO)!.file("README.md"), card));
});
