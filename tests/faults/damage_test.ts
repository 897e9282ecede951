// What the dataset holds is not what was put there: the newest good backup is found all the same, and nothing bad is taken over.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { restoreCommit } from "../../sync/jobs/restore.ts";
import { type Hub, startHub } from "../hub/hub.ts";
import { type Instance, jobOptions, readFile, remoteComments, REPO, startInstance, tempDir } from "./instance.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const POINTER = encode("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n");
const PAGE = encode("<!doctype html><title>Hugging Face</title><h1>Please log in</h1>");

for (const as of ["regular", "lfs"] as const) {
  Deno.test(`F04 a remote database of zero bytes (${as}) is passed over for the newest good commit`, async () => {
    await using hub = await hubWithBackups(["Monday", "Tuesday"]);
    hub.commitDirectly(REPO, { "reviews.db": new Uint8Array(), "reviews.csv": new Uint8Array() }, { as });
    await restoresTo(hub, ["Monday", "Tuesday"]);
  });
}

for (const uploadMode of ["lfs", "xet"] as const) {
  Deno.test(`F05 a remote database that is gone from the storage (${uploadMode}) is passed over as well`, async () => {
    await using hub = await hubWithBackups(["Monday", "Tuesday"], uploadMode);
    const [head] = hub.repo(REPO)!.commits;
    // Somebody made room: the commit still declares its files, and the storage has them no more.
    for (const path of ["reviews.db", "reviews.csv"]) {
      const answer = await fetch(`${hub.url}/datasets/${REPO}/resolve/${head!.oid}/${path}`, {
        headers: { Authorization: "Bearer hf_local_read", Accept: "application/vnd.xet-fileinfo+json, */*" },
      });
      await answer.body?.cancel();
      const hash = answer.headers.get("X-Xet-Hash");
      const gone = hash === null ? new URL(answer.url).pathname : `/reconstructions/${hash}`;
      hub.faults.add({ match: { host: "storage", path: new RegExp(gone) }, status: 404, body: { error: "Not found" } });
    }
    // It may be back in a moment: nothing is put on top for ten minutes.
    await using dir = await tempDir();
    const noon = new Date("2026-11-28T12:00:00Z");
    {
      await using here = await startInstance(hub, { dir: dir.path, now: () => noon });
      for (let tries = 0; tries < 3; tries++) {
        await assert.rejects(here.run(), { kind: "unreachable", hint: /ten minutes/ });
      }
    }
    assert.equal(hub.repo(REPO)!.head, head!.oid);
    const later = new Date(noon.getTime() + 11 * 60_000);
    await restoresTo(hub, ["Monday"], {
      reason: /cannot be fetched: the storage does not give it/,
      dir: dir.path,
      now: later,
    });
  });
}

for (const [what, bytes] of [["an LFS pointer", POINTER], ["an HTML page", PAGE]] as const) {
  Deno.test(`F05 ${what} in the place of the files is passed over for the newest good commit`, async () => {
    await using hub = await hubWithBackups(["Monday", "Tuesday"]);
    hub.commitDirectly(REPO, { "reviews.db": bytes, "reviews.csv": bytes });
    await restoresTo(hub, ["Monday", "Tuesday"], { reason: /not a database of reviews.*looks like/ });
  });
}

Deno.test("F05 what a proxy answers in place of the file is no backup, and counts as an answer that failed", async () => {
  await using hub = await hubWithBackups(["Monday"]);
  await using here = await startInstance(hub);
  const { head } = hub.repo(REPO)!;
  const headers = { "Content-Type": "text/html", "ETag": '"1"' };
  const proxy = hub.faults.add({ match: { path: /\/resolve\// }, status: 200, headers, body: "<h1>Log in</h1>" });
  await here.submit("New");
  await assert.rejects(here.run());
  assert.equal(hub.repo(REPO)!.head, head);
  proxy.remove();
  await here.run();
  assert.deepEqual(remoteComments(hub), ["Monday", "New"]);
});

for (const uploadMode of ["regular", "lfs", "xet"] as const) {
  Deno.test(`F06 a download that is cut off (${uploadMode}) is tried again, and half a file is never used`, async () => {
    await using hub = await hubWithBackups(["Monday", "Tuesday"], uploadMode);
    await using here = await startInstance(hub);
    const path = /\/(resolve|lfs|xorb-data)\//;
    const cut = hub.faults.add({ match: { method: "GET", path }, skip: 1, times: 1, cut: 1000 });
    await here.run();
    assert.equal(cut.hits, 1);
    assert.deepEqual(await here.comments(), ["Monday", "Tuesday"]);
  });
}

Deno.test("F06 while every download is cut off nothing is taken over and nothing uploaded", async () => {
  await using hub = await hubWithBackups(["Monday", "Tuesday"]);
  const { head } = hub.repo(REPO)!;
  await using here = await startInstance(hub);
  await here.submit("New");
  const cut = hub.faults.add({ match: { path: /\/resolve\// }, cut: 1000 });
  await assert.rejects(here.run(), { kind: "unreachable", retry: true });
  assert.deepEqual(await here.comments(), ["New"]);
  assert.equal(hub.repo(REPO)!.head, head);
  assert.deepEqual([...Deno.readDirSync(`${here.dir}/work`)], []);
  cut.remove();
  await here.run();
  assert.deepEqual(await here.comments(), ["Monday", "Tuesday", "New"]);
});

for (const uploadMode of ["regular", "lfs", "xet"] as const) {
  Deno.test(`F06 a file (${uploadMode}) that is stored short is noticed by its size`, async () => {
    await using hub = await hubWithBackups(["Monday", "Tuesday"], uploadMode);
    hub.truncateObject(REPO, "reviews.db", { size: 5000 });
    hub.truncateObject(REPO, "reviews.csv", { size: 60 });
    await restoresTo(hub, ["Monday"], { reason: /size or hash differ/ });
  });

  Deno.test(`F07 flipped bits in the remote files (${uploadMode}) are noticed, and the next older commit is taken`, async () => {
    await using hub = await hubWithBackups(["Monday", "Tuesday"], uploadMode);
    for (const path of ["reviews.db", "reviews.csv"]) hub.damageObject(REPO, path);
    await restoresTo(hub, ["Monday"], { reason: /size or hash differ/ });
  });
}

Deno.test("F07 with only the database damaged, its CSV brings what the older commit lacks", async () => {
  await using hub = await hubWithBackups(["Monday", "Tuesday"]);
  const [tuesday] = hub.repo(REPO)!.commits.map(({ oid }) => oid.slice(0, 7));
  hub.damageObject(REPO, "reviews.db");
  await restoresTo(hub, ["Monday", "Tuesday"], { reason: new RegExp(`took the CSV of commit ${tuesday}$`) });
});

Deno.test("F08 with the newest two commits bad it goes back to the third, and puts the next on top of them all", async () => {
  await using hub = await hubWithBackups(["Monday", "Tuesday", "Wednesday"]);
  const [newest, second] = hub.repo(REPO)!.commits;
  for (const path of ["reviews.db", "reviews.csv"]) {
    hub.damageObject(REPO, path, { revision: newest!.oid });
    hub.truncateObject(REPO, path, { revision: second!.oid, size: 10 });
  }
  await restoresTo(hub, ["Monday"]);
});

Deno.test("F08 an admin may pick a commit: its reviews come back, and what was erased stays erased", async () => {
  await using hub = await hubWithBackups(["Monday", "Tuesday", "Wednesday"]);
  await using dir = await tempDir();
  {
    await using here = await startInstance(hub, { dir: dir.path });
    await here.run();
    await here.store.erase((await here.reviews())[0]!.uid);
  }
  emptyTable(`${dir.path}/reviews.db`);
  const options = { now: () => new Date(), signal: new AbortController().signal, onEvent: () => {} };
  const job = { ...jobOptions({ database: `${dir.path}/reviews.db`, dir: dir.path }, hub), ...options };
  const tuesday = hub.repo(REPO)!.commits[1]!.oid;
  const { reviews, movedTo } = await restoreCommit({ ...job, commit: tuesday });
  assert.deepEqual([reviews, movedTo], [1, null]);
  await using here = await startInstance(hub, { dir: dir.path });
  assert.deepEqual(await here.comments(), ["Tuesday"]);
  await here.run();
  assert.deepEqual(await here.comments(), ["Tuesday", "Wednesday"]);
  assert.deepEqual(remoteComments(hub), ["Tuesday", "Wednesday"]);
});

Deno.test("F08 where no commit is good nothing is uploaded over them", async () => {
  await using hub = await hubWithBackups(["Monday"]);
  for (const path of ["reviews.db", "reviews.csv"]) hub.damageObject(REPO, path);
  const { head } = hub.repo(REPO)!;
  await using here = await startInstance(hub);
  await here.submit("New");
  await assert.rejects(here.run(), { kind: "damaged", hint: /replaced or deleted/ });
  assert.equal(hub.repo(REPO)!.head, head);
  assert.deepEqual(await here.comments(), ["New"]);
});

Deno.test("F09 of a hostile database only the rows of the known table are taken, never its schema", async () => {
  await using hub = await hubWithBackups(["Monday"]);
  const db = new DatabaseSync(":memory:");
  db.deserialize(hub.repo(REPO)!.file("reviews.db")!);
  db.exec(`
    INSERT INTO reviews (id, comments, uid) VALUES (7, 'Harmless', 'u7');
    UPDATE backup SET merged = '${"0".repeat(40)}', dataset = 'somebody/else', revision = 99, backed_up = 99;
    CREATE TRIGGER eats AFTER INSERT ON reviews BEGIN DELETE FROM reviews WHERE id <> NEW.id; END;
    CREATE TRIGGER talks AFTER UPDATE ON backup BEGIN INSERT INTO reviews (comments, uid) VALUES ('Spam', hex(randomblob(8))); END;
    CREATE TABLE secrets (text TEXT); INSERT INTO secrets VALUES ('payload');
    CREATE VIEW reviews_of_today AS SELECT load_extension('evil.so');
  `);
  hub.commitDirectly(REPO, { "reviews.db": new Uint8Array(db.serialize()) });
  db.close();

  await using here = await startInstance(hub);
  await here.submit("Before");
  await here.run();
  await here.submit("After");
  await here.run();
  assert.deepEqual(await here.comments(), ["Monday", "Harmless", "Before", "After"]);
  assert.deepEqual(remoteComments(hub), ["Monday", "Harmless", "Before", "After"]);
  await using fresh = await startInstance(hub, { repo: "ada/fresh" });
  await fresh.submit("Any");
  await fresh.run();
  const schema = (repo: string) => readFile(hub.repo(repo)!.file("reviews.db"), "SELECT * FROM sqlite_schema");
  assert.deepEqual(schema(REPO), schema("ada/fresh"));
  assert.equal(new TextDecoder("latin1").decode(hub.repo(REPO)!.file("reviews.db")).includes("payload"), false);
});

const FOREIGN = {
  "a view in the place of the table": `CREATE TABLE real (id INTEGER PRIMARY KEY, created_at, name, review, comments);
    CREATE VIEW reviews AS SELECT * FROM real`,
  "other tables": "CREATE TABLE notes (id INTEGER PRIMARY KEY, text); INSERT INTO notes VALUES (1, 'Mine')",
  "another program's mark":
    `CREATE TABLE reviews (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, created_at, name, review, comments);
    INSERT INTO reviews (comments) VALUES ('Theirs'); PRAGMA application_id = 7`,
  "a computed column": `CREATE TABLE reviews (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, created_at, name, review,
    comments TEXT GENERATED ALWAYS AS (hex(zeroblob(1000))) VIRTUAL)`,
};
for (const [what, sql] of Object.entries(FOREIGN)) {
  Deno.test(`F09 a foreign database (${what}) is passed over for the newest good commit`, async () => {
    await using hub = await hubWithBackups(["Monday", "Tuesday"]);
    const db = new DatabaseSync(":memory:");
    db.exec(sql);
    hub.commitDirectly(REPO, { "reviews.db": new Uint8Array(db.serialize()), "reviews.csv": null });
    db.close();
    await restoresTo(hub, ["Monday", "Tuesday"], { reason: /not a database of reviews/ });
  });
}

/** A Hub whose dataset got one commit with each of `comments`, made by an instance that is gone. */
async function hubWithBackups(comments: string[], uploadMode: "regular" | "lfs" | "xet" = "regular"): Promise<Hub> {
  const hub = await startHub({ uploadMode });
  await using other = await startInstance(hub);
  for (const text of comments) {
    await other.submit(text);
    await other.run();
  }
  return hub;
}

/** A fresh instance finds `expected`, says that there was damage, and mends the head without losing a commit or a review. */
async function restoresTo(
  hub: Hub,
  expected: string[],
  { reason = /damaged/, now = new Date(), ...options }: { reason?: RegExp; dir?: string; now?: Date } = {},
): Promise<void> {
  const before = hub.repo(REPO)!.commits.map(({ oid }) => oid);
  await using here = await startInstance(hub, { now: () => now, ...options });
  await here.submit("New");
  const { notice } = await here.run();
  assert.match(notice ?? "", reason);
  assert.deepEqual(await here.comments(), [...expected, "New"]);
  const after = hub.repo(REPO)!.commits.map(({ oid }) => oid);
  assert.deepEqual(after.slice(1), before);
  await endsWith(hub, here);
}

async function endsWith(hub: Hub, { comments }: Instance): Promise<void> {
  await using next = await startInstance(hub);
  const { notice } = await next.run();
  assert.equal(notice, null);
  assert.deepEqual(await next.comments(), await comments());
}

function emptyTable(path: string): void {
  using db = new DatabaseSync(path);
  db.exec("DELETE FROM reviews");
}
