// The disk: leftovers of other files, no room, and somebody else's lock.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { parse } from "csv-parse/sync";
import { openSqliteStore } from "../../db/sqlite/sqlite_store.ts";
import { openDataset } from "../../sync/hub/dataset.ts";
import { restoreCommit } from "../../sync/jobs/restore.ts";
import { startHub } from "../hub/hub.ts";
import { startHearback } from "../process.ts";
import { json, testApp } from "../routes/test_app.ts";
import { until } from "../until.ts";
import { jobOptions, readFile, remoteComments, REPO, startInstance, tempDir, TOKEN } from "./instance.ts";
import { backUpNow, sendReview, statusOf } from "./over_http.ts";
import { holdLock } from "./hold_lock.ts";
import { smallDisk } from "./small_disk.ts";

const LEFTOVERS = ["-wal", "-shm", "-journal"];

Deno.test("F12 logs left over from another database do no harm to the one that is restored", async () => {
  await using hub = await startHub();
  await using other = await startInstance(hub);
  for (const text of ["One", "Two"]) await other.submit(text);
  await other.run();
  await using dir = await tempDir();
  await leaveLogs(`${dir.path}/reviews.db`);
  await Deno.mkdir(`${dir.path}/work`);
  const { head } = hub.repo(REPO)!;
  await leaveLogs(`${dir.path}/work/reviews.db`);
  await leaveLogs(`${dir.path}/work/remote-${head.slice(0, 7)}-reviews.db`);

  await using here = await startInstance(hub, { dir: dir.path });
  await here.submit("Three");
  await here.run();
  assert.deepEqual(await here.reviews(), [...await other.reviews(), (await here.reviews())[2]]);
  assert.deepEqual(remoteComments(hub), ["One", "Two", "Three"]);
  for (const file of [hub.repo(REPO)!.file("reviews.db"), here.database]) {
    assert.equal(readFile(file, "PRAGMA integrity_check")[0]?.integrity_check, "ok");
  }
  assert.deepEqual([...Deno.readDirSync(`${dir.path}/work`)], []);
});

Deno.test("F12 going back to a commit leaves no log of the old file beside the new one", async () => {
  await using hub = await startHub();
  await using dir = await tempDir();
  {
    await using here = await startInstance(hub, { dir: dir.path });
    for (const text of ["One", "Two"]) {
      await here.submit(text);
      await here.run();
    }
  }
  const path = `${dir.path}/reviews.db`;
  const commit = hub.repo(REPO)!.commits[1]!.oid;
  for (const [day, state] of ["whole", "damaged", "gone"].entries()) {
    if (state === "damaged") await Deno.writeFile(path, new TextEncoder().encode("no database".repeat(500)));
    if (state === "gone") await Deno.remove(path);
    await leaveLogs(path);
    const { signal } = new AbortController();
    const now = () => new Date(Date.UTC(2026, 10, 22 + day));
    await restoreCommit({
      ...jobOptions({ database: path, dir: dir.path }, hub),
      now,
      signal,
      commit,
      onEvent: () => {},
    });
    for (const ending of LEFTOVERS) assert.throws(() => Deno.statSync(path + ending), Deno.errors.NotFound);
    assert.equal(readFile(path, "PRAGMA integrity_check")[0]?.integrity_check, "ok");
    assert.deepEqual(readFile(path, "SELECT comments FROM reviews").map(({ comments }) => comments), ["One"]);
  }
});

Deno.test("F28 on a full disk people get a 507 and keep their text, working files go, and room heals it", async () => {
  await using disk = await smallDisk(4);
  if (disk === undefined) {
    assert.notEqual(Deno.env.get("CI"), "true", "F28 needs the right to mount, or a small /dev/shm");
    return console.warn("F28 was not tested: it needs the right to mount, or a small /dev/shm");
  }
  await using hub = await startHub();
  const env = { HF_ENDPOINT: hub.url, HF_TOKEN: TOKEN, DATASET_REPO: REPO, ADMIN_TOKEN: "swordfish" };
  const settings = { DATA_DIR: `${disk.path}/data`, RATE_LIMIT: "off", BACKUP_SOON: "off" };
  await using hearback = await startHearback({ ...env, ...settings });
  await until(async () => (await statusOf(hearback)).state === "idle");
  const answered = [await sendReview(hearback, "While there is room")];
  await disk.fill();

  const comments = "y".repeat(5000);
  const send = (index: number) =>
    fetch(`${hearback.url}api/reviews`, json({ rating: 3, comments: `${index} ${comments.slice(10)}` }));
  const refused = await until(async () => {
    const answer = await send(answered.length);
    if (answer.status === 507) return answer;
    answered.push(await answer.json());
    return undefined;
  });
  assert.equal(refused.headers.get("Content-Type"), "application/problem+json");
  const problem = await refused.text();
  assert.match(problem, /The disk is full; nothing was stored/);
  assert.equal(problem.includes(disk.path), false);
  const form = await fetch(`${hearback.url}reviews`, {
    method: "POST",
    body: new URLSearchParams({ rating: "3", comments }),
  });
  assert.equal(form.status, 507);
  assert.ok((await form.text()).includes(comments), "the text is kept in the form");

  await backUpNow(hearback);
  const failure = await until(async () => (await statusOf(hearback)).failure ?? undefined);
  assert.equal(failure.kind, "disk");
  assert.match(failure.hint, /Make room/);
  assert.deepEqual([...Deno.readDirSync(`${disk.path}/data/work`)], []);

  await disk.empty();
  answered.push(await sendReview(hearback, "There is room again"));
  await backUpNow(hearback);
  await until(async () => (await statusOf(hearback)).state === "idle");
  const { file } = hub.repo(REPO)!;
  const stored = readFile(file("reviews.db"), "SELECT uid, comments FROM reviews ORDER BY id");
  assert.deepEqual(stored.map(({ uid }) => uid), answered.map(({ uid }) => uid));
  const [, ...lines] = parse(Buffer.from(file("reviews.csv")!)) as string[][];
  assert.deepEqual(lines.map((cells) => ({ uid: cells[5], comments: cells[4] })), stored.map((row) => ({ ...row })));
  assert.equal(await hearback.stop(), 0);
});

Deno.test("F28 a backup that cannot be downloaded for lack of room is a matter of the disk, not of the Hub", async () => {
  await using disk = await smallDisk(4);
  if (disk === undefined) {
    assert.notEqual(Deno.env.get("CI"), "true", "F28 needs the right to mount, or a small /dev/shm");
    return console.warn("F28 was not tested: it needs the right to mount, or a small /dev/shm");
  }
  await using hub = await startHub();
  hub.commitDirectly(REPO, { "reviews.db": new Uint8Array(2 ** 20).fill(7) });
  const { head } = hub.repo(REPO)!;
  const dataset = openDataset(
    { endpoint: hub.url, repo: REPO, token: TOKEN, private: true },
    new AbortController().signal,
  );
  const file = (await dataset.files(head, ["reviews.db"])).get("reviews.db")!;
  await disk.fill();
  const download = () => dataset.download(file, { revision: head, target: `${disk.path}/reviews.db` });
  await assert.rejects(download(), { kind: "disk", hint: /Make room/ });
  await disk.empty();
  await download();
});

Deno.test("F29 while another process holds the lock a review waits, and is stored once the lock is free", async () => {
  await using dir = await tempDir();
  const store = openSqliteStore({ path: `${dir.path}/reviews.db`, now: () => new Date() });
  await using app = await testApp({ deps: () => ({ store }) });
  const lock = await holdLock(`${dir.path}/reviews.db`);
  let answered = false;
  const sent = app.ask("/api/reviews", json({ rating: 5, comments: "Patience" })).finally(() => answered = true);
  const page = await app.ask("/"); // is served meanwhile
  assert.equal(page.status, 200);
  await page.text();
  assert.equal(answered, false);
  await lock.release();
  assert.equal((await sent).status, 201);
  assert.equal((await store.stats()).total, 1);
  await store.close();
});

Deno.test("F29 a lock that is held for too long is a 503 with Retry-After, and the text is kept in the form", async () => {
  await using dir = await tempDir();
  const store = openSqliteStore({ path: `${dir.path}/reviews.db`, now: () => new Date(), patience: 100 });
  await using app = await testApp({ deps: () => ({ store }) });
  const lock = await holdLock(`${dir.path}/reviews.db`);
  const refused = await app.ask("/api/reviews", json({ rating: 5, comments: "Impatience" }));
  assert.equal(refused.status, 503);
  assert.match(refused.headers.get("Retry-After") ?? "", /^\d+$/);
  assert.match((await refused.json()).detail, /in use by another program; please try again/);
  const form = await app.submit({ rating: "5", comments: "Impatience in a form" });
  assert.equal(form.status, 503);
  assert.match(form.headers.get("Retry-After") ?? "", /^\d+$/);
  assert.match(await form.text(), /Impatience in a form<\/textarea>/);
  await lock.release();
  assert.equal((await app.ask("/api/reviews", json({ rating: 5, comments: "Impatience" }))).status, 201);
  assert.equal((await store.stats()).total, 1);
  await store.close();
});

/** Puts the logs of another database, taken in the middle of its work, beside `path`. */
async function leaveLogs(path: string): Promise<void> {
  await using dir = await tempDir();
  const foreign = `${dir.path}/foreign.db`;
  for (const mode of ["WAL", "DELETE"]) {
    const db = new DatabaseSync(foreign);
    db.exec(`PRAGMA journal_mode = ${mode}; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = 10;
      CREATE TABLE IF NOT EXISTS reviews (id INTEGER PRIMARY KEY, text); BEGIN;`);
    const insert = db.prepare("INSERT INTO reviews (text) VALUES (?)");
    for (let i = 0; i < 500; i++) insert.run(`Somebody else's ${i} ${"z".repeat(500)}`);
    if (mode === "WAL") db.exec("COMMIT");
    for (const ending of LEFTOVERS) await Deno.copyFile(foreign + ending, path + ending).catch(() => {});
    if (mode === "DELETE") db.exec("ROLLBACK");
    db.close();
  }
  for (const ending of LEFTOVERS) assert.ok(Deno.statSync(path + ending).size > 0, ending);
}
