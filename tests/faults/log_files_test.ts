// A database that was copied while it was in use: what SQLite kept beside it is part of it, and never stays beside another one.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type Hub, startHub } from "../hub/hub.ts";
import {
  asidesOf,
  type Bytes,
  bytesOf,
  fixture,
  GUIDE_TABLE,
  isSame,
  lifeWithBackup,
  live,
  oneLife,
  placesOf,
  untilIdle,
} from "./dataset_life.ts";
import { remoteComments, REPO, tempDir } from "./instance.ts";
import { sendReview } from "./over_http.ts";

type Files = Record<string, Bytes>;

/** Folders as a folder sync brings them into a dataset; all of them make one whole database. */
const TOGETHER: Record<string, () => Promise<Files>> = {
  "the -wal of another program": () =>
    Promise.resolve({
      "reviews.db": fixture("cases/wal_dataset/reviews.db"),
      "reviews.db-wal": fixture("cases/wal_dataset/reviews.db-wal"),
    }),
  "a -wal with all there is, and a -shm": () =>
    copied((db) => {
      db.exec(`PRAGMA journal_mode = WAL; ${GUIDE_TABLE}
        INSERT INTO reviews (name, review, comments) VALUES ('Ann', 5, 'one'), ('Bob', 4, 'two')`);
    }),
  "a -wal that is cut off in a transaction": () =>
    copied((db) => {
      db.exec(`PRAGMA journal_mode = WAL; ${GUIDE_TABLE} PRAGMA wal_checkpoint(TRUNCATE);
        INSERT INTO reviews (comments) VALUES ('whole');
        INSERT INTO reviews (comments) VALUES ('half')`);
    }).then(({ "reviews.db-wal": wal, ...files }) => ({ ...files, "reviews.db-wal": wal!.slice(0, -1000) })),
  "a -wal that changes and deletes rows of the database": () =>
    copied((db) => {
      db.exec(`PRAGMA journal_mode = WAL; ${GUIDE_TABLE}
        INSERT INTO reviews (comments) VALUES ('old text'), ('goes'), ('stays'); PRAGMA wal_checkpoint(TRUNCATE);
        UPDATE reviews SET comments = 'new text' WHERE id = 1; DELETE FROM reviews WHERE id = 2`);
    }),
  "a hot -journal": () => hotJournal("DELETE"),
  "a hot -journal of a program that keeps it": () => hotJournal("PERSIST"),
  "a -journal that is over": () =>
    copied((db) => {
      db.exec(`PRAGMA journal_mode = PERSIST; ${GUIDE_TABLE} INSERT INTO reviews (comments) VALUES ('one'), ('two')`);
    }),
  "an empty -wal": () =>
    Promise.resolve({ "reviews.db": fixture("guide_reviews.db"), "reviews.db-wal": new Uint8Array() }),
};
for (const [what, make] of Object.entries(TOGETHER)) {
  Deno.test(`F41 ${what} is read with its reviews.db, and gone from the head with the commit that replaces that`, async () => {
    const files = await make();
    const rows = await readTogether(files);
    await using hub = await startHub();
    hub.commitDirectly(REPO, files);
    const { comments, output } = await oneLife(hub, { send: ["New"] });
    assert.deepEqual(comments, rows);
    assert.doesNotMatch(output, /damaged/i);
    assert.deepEqual(remoteComments(hub), [...rows, "New"]);
    await checkWhole(hub, files, [...rows, "New"]);
    assert.deepEqual((await oneLife(hub)).comments, [...rows, "New"]);
  });
}

Deno.test("F41 the logs of Hearback's own DATA_DIR are read as well", async () => {
  await using hub = await startHub();
  await using disk = await tempDir();
  await oneLife(hub, { send: ["In the file"] });
  const path = `${disk.path}/reviews.db`;
  Deno.writeFileSync(path, hub.repo(REPO)!.file("reviews.db")!);
  using db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
  db.prepare("INSERT INTO reviews (name, review, comments, uid) VALUES ('Ann', 5, 'In the log', ?)").run(
    crypto.randomUUID(),
  );
  const files = folder(disk.path);
  hub.commitDirectly(REPO, { ...files, "reviews.csv": null });
  const { comments } = await oneLife(hub, { send: ["New"] });
  assert.deepEqual(comments, ["In the file", "In the log"]);
  await checkWhole(hub, files, ["In the file", "In the log", "New"]);
});

Deno.test("F41 a -wal in the storage, beside a database of another shape, is read as well", async () => {
  const files = await copied((db) => {
    db.exec(`PRAGMA journal_mode = WAL;
      CREATE TABLE Reviews (id INTEGER PRIMARY KEY, created_at TEXT, name TEXT, review INTEGER, comments TEXT, email TEXT);
      INSERT INTO reviews VALUES (1, '2026-03-01', 'Ann', 5, 'in file', NULL); PRAGMA wal_checkpoint(TRUNCATE);
      INSERT INTO reviews VALUES (2, '2026-03-02', 'Bob', 4, 'in wal', 'bob@example.org')`);
  });
  await using hub = await startHub();
  hub.commitDirectly(REPO, files, { as: "lfs" });
  const { comments, status } = await oneLife(hub, { send: ["New"] });
  assert.deepEqual(comments, ["in file", "in wal"]);
  assert.match(status.notice ?? "", /email/);
  // The column is in the log alone, so both are needed to have it.
  const { file, paths } = hub.repo(REPO)!;
  for (const bytes of [files["reviews.db"]!, files["reviews.db-wal"]!]) {
    assert.ok(paths().some((path) => /\.aside-[0-9a-f]{7}$/.test(path) && isSame(file(path), bytes)), `${paths()}`);
  }
  await checkWhole(hub, files, ["in file", "in wal", "New"]);
});

Deno.test("F41 what comes with a -wal while Hearback runs is read before anything is put over it", async () => {
  await using hub = await startHub();
  await using disk = await tempDir();
  const files = await TOGETHER["the -wal of another program"]!();
  await using hearback = await live(hub, `${disk.path}/data`);
  await untilIdle(hearback);
  await sendReview(hearback, "Mine");
  hub.commitDirectly(REPO, files);
  assert.equal(await hearback.stop(), 0, hearback.output());
  assert.deepEqual(remoteComments(hub).sort(), ["Mine", ...await readTogether(files)].sort());
  await checkWhole(hub, files, remoteComments(hub));
});

const USELESS: Record<string, (db: Bytes) => Promise<Files>> = {
  "an HTML page as -wal": (db) =>
    Promise.resolve({ "reviews.db": db, "reviews.db-wal": bytesOf("<html>Log in</html>") }),
  "a -wal of another database": async (db) => {
    const other = await copied((db) => {
      db.exec(`PRAGMA journal_mode = WAL; CREATE TABLE notes (text); PRAGMA wal_checkpoint(TRUNCATE);
        INSERT INTO notes VALUES ('mine'); CREATE TABLE more (text); INSERT INTO more VALUES ('of it')`);
    });
    return { "reviews.db": db, "reviews.db-wal": other["reviews.db-wal"]! };
  },
  "a -wal without its database": async () => {
    const { "reviews.db-wal": wal } = await TOGETHER["a -wal with all there is, and a -shm"]!();
    return { "reviews.db-wal": wal! };
  },
};
for (const [what, make] of Object.entries(USELESS)) {
  Deno.test(`F41 ${what} spoils nothing, and not one byte of what was there is lost`, async () => {
    const files = await make(fixture("guide_reviews.db"));
    await using hub = await startHub();
    hub.commitDirectly(REPO, files);
    const env = { SQUASH_AFTER: "2" };
    for (const text of ["New", "Newer", "Newest"]) await lifeWithBackup(hub, { text, env });
    await checkWhole(hub, files, remoteComments(hub));
    for (const [path, bytes] of Object.entries(files)) assert.ok(placesOf(hub, bytes).length > 0, `${path} is gone`);
    const held = remoteComments(hub);
    assert.deepEqual(held.slice(-3), ["New", "Newer", "Newest"]);
    // Either the database was read without the log, or both are kept.
    const isKept = asidesOf(hub, "reviews.db").length > 0;
    if ("reviews.db" in files && !isKept) assert.ok(held.includes("Great for demos"), `${held}`);
  });
}

/** Whoever downloads the whole head has a database that opens, with all rows; no log is left beside it. */
async function checkWhole(hub: Hub, files: Files, rows: unknown[]): Promise<void> {
  const { commits, paths, file } = hub.repo(REPO)!;
  const held = Object.fromEntries(paths().map((path) => [path, file(path)!]));
  assert.deepEqual(paths().filter((path) => /^reviews\.db-(wal|shm|journal)$/.test(path)), []);
  assert.deepEqual(await readTogether(held), rows);
  for (const { oid } of commits) {
    if (files["reviews.db"] !== undefined && isSame(file("reviews.db", oid), files["reviews.db"])) break;
    if (file("reviews.db", oid) === undefined) break;
    const logs = paths(oid).filter((path) => /^reviews\.db-(wal|shm|journal)$/.test(path));
    assert.deepEqual(logs, [], "another reviews.db stood beside it");
  }
}

/** The comments that SQLite reads from files that lie in one folder. */
async function readTogether(files: Files): Promise<unknown[]> {
  await using dir = await tempDir();
  for (const [path, bytes] of Object.entries(files)) {
    if (!path.includes("/")) Deno.writeFileSync(`${dir.path}/${path}`, bytes);
  }
  using db = new DatabaseSync(`${dir.path}/reviews.db`);
  assert.deepEqual(db.prepare("PRAGMA integrity_check").all().map((row) => ({ ...row })), [{ integrity_check: "ok" }]);
  return db.prepare("SELECT comments FROM reviews ORDER BY id").all().map(({ comments }) => comments);
}

/** Copies of all files of a database while it is open. */
async function copied(write: (db: DatabaseSync) => void): Promise<Files> {
  await using dir = await tempDir();
  using db = new DatabaseSync(`${dir.path}/reviews.db`);
  db.exec("PRAGMA wal_autocheckpoint = 0");
  write(db);
  return folder(dir.path);
}

/** The files of a database in the middle of a transaction that has changed the file: only the journal says what was there before. */
async function hotJournal(mode: "DELETE" | "PERSIST"): Promise<Files> {
  const files = await copied((db) => {
    // Many pages: only what no longer fits into memory is written before the transaction ends.
    db.exec(`PRAGMA page_size = 512; PRAGMA journal_mode = ${mode}; ${GUIDE_TABLE}`);
    const insert = db.prepare("INSERT INTO reviews (name, review, comments) VALUES ('Ann', 5, ?)");
    for (let count = 1; count <= 60; count++) insert.run(`kept ${count} ${"x".repeat(6000)}`);
    db.exec("PRAGMA cache_size = 1; BEGIN; DELETE FROM reviews");
    for (let count = 1; count <= 120; count++) insert.run(`half written ${"y".repeat(6000)}`);
  });
  assert.notDeepEqual(files["reviews.db-journal"]?.slice(0, 8), new Uint8Array(8), "the journal is hot");
  await assert.rejects(async () => {
    const alone = await readTogether({ "reviews.db": files["reviews.db"]! });
    assert.deepEqual(alone, await readTogether(files));
  }, "without its journal the file holds something else");
  return files;
}

function folder(dir: string): Files {
  const names = [...Deno.readDirSync(dir)].map(({ name }) => name);
  return Object.fromEntries(names.map((name) => [name, Deno.readFileSync(`${dir}/${name}`)]));
}
