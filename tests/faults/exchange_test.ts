// A large backup takes the place of a small local database as a whole file: in the running app, over and over, and killed at any moment.
import assert from "node:assert/strict";
import { withDatabase } from "../../db/open_database.ts";
import { openSqliteStore } from "../../db/sqlite_store.ts";
import { takeSnapshot } from "../../db/snapshot.ts";
import { startHub } from "../hub/hub.ts";
import { remoteComments, startInstance, tempDir } from "./instance.ts";
import { startRunning } from "./running.ts";

const MANY = 20_000;

Deno.test("F11 a large backup is taken over as a whole file, with what was sent before it had come", async () => {
  await using hub = await startHub();
  {
    await using other = await startInstance(hub);
    fill(other.database, MANY);
    await other.run();
  }
  await using here = await startInstance(hub);
  const emptyFile = Deno.statSync(here.database).ino;
  const sent = await here.submit("Sent while it was fetched");
  await using running = startRunning(hub, here);
  await running.until(({ state, pending }) => state === "idle" && pending === 0);

  assert.notEqual(Deno.statSync(here.database).ino, emptyFile);
  assert.deepEqual(running.log.filter(({ event }) => event === "exchange-failed"), []);
  assert.equal((await here.store.stats()).total, MANY + 1);
  assert.equal((await here.store.get(sent.uid))?.id, MANY + 1);
  assert.deepEqual(remoteComments(hub).slice(-2), [`Number ${MANY}`, "Sent while it was fetched"]);
  await running.backup.stop({ deadlineMs: 5000 });
});

Deno.test("F25 taken over, written and taken over three times: nothing is lost or doubled, ids and uids are stable", async () => {
  await using hub = await startHub();
  {
    await using first = await startInstance(hub);
    for (let number = 1; number <= 20; number++) await first.submit(`Review ${number}`);
    await first.run();
  }
  const expected = new Map<string, number>();
  for (let round = 1; round <= 3; round++) {
    await using here = await startInstance(hub);
    const early = await here.submit(`Early ${round}`);
    let exchanged = 0;
    await here.run({
      exchangeFrom: 1,
      exchange: async (successor) => {
        const facts = await here.store.exchange(successor);
        exchanged += Number(facts !== null);
        return facts;
      },
    });
    assert.equal(exchanged, 1);
    const late = await here.submit(`Late ${round}`);
    await here.store.erase((await here.reviews())[round]!.uid);
    await here.run();
    const ids = new Map((await here.reviews()).map(({ uid, id }) => [uid, id]));
    for (const [uid, id] of expected) assert.ok(ids.get(uid) === id || !ids.has(uid));
    assert.equal(ids.size, 20 + round);
    assert.ok(ids.has(early.uid) && ids.has(late.uid));
    for (const [uid, id] of ids) expected.set(uid, id);
  }
});

Deno.test("F11 killed at any moment of the exchange, one of the two files stands there with every answered review", async () => {
  await using dir = await tempDir();
  const remote = `${dir.path}/remote.db`;
  fill(`${remote}.source`, MANY);
  takeSnapshot({ source: `${remote}.source`, target: remote });
  const totals = new Set<number>();
  for (let round = 0; round < 12; round++) {
    const folder = `${dir.path}/${round}`;
    Deno.mkdirSync(`${folder}/work`, { recursive: true });
    Deno.copyFileSync(remote, `${folder}/work/successor.db`);
    const child = exchanger(folder).spawn();
    const answered: string[] = [];
    let killing: ReturnType<typeof setTimeout> | undefined;
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      answered.push(...text.split("\n").filter((line) => line !== ""));
      // The exchange begins with the 300th review and takes some milliseconds: the rounds end all over it.
      if (answered.length >= 300) killing ??= setTimeout(() => child.kill("SIGKILL"), round * 8);
    }
    await child.status;
    clearTimeout(killing);
    const store = openSqliteStore({ path: `${folder}/reviews.db`, now: () => new Date() });
    for (const uid of answered) assert.ok(uid === "exchanged" || await store.get(uid), `round ${round}: ${uid}`);
    const { total } = await store.stats();
    if (answered.includes("exchanged")) assert.ok(total > MANY);
    totals.add(total > MANY ? MANY : 0);
    await store.close();
    withDatabase(`${folder}/reviews.db`, (db) => {
      assert.equal(db.prepare("PRAGMA integrity_check").get()?.integrity_check, "ok");
    });
  }
  assert.ok(totals.has(MANY), "some rounds came to the new file");
});

/** A process that adds reviews, puts the successor in place of its file after 300 of them, and prints the uid of each that was answered. */
function exchanger(folder: string): Deno.Command {
  const root = new URL("../../", import.meta.url);
  const script = `
    import { openSqliteStore } from ${JSON.stringify(new URL("db/sqlite_store.ts", root).href)};
    const store = openSqliteStore({ path: ${JSON.stringify(`${folder}/reviews.db`)}, now: () => new Date() });
    const print = (line) => Deno.stdout.writeSync(new TextEncoder().encode(line + "\\n"));
    for (let number = 1;; number++) {
      const uid = crypto.randomUUID();
      await store.add({ uid, name: "", rating: 1, comments: "x".repeat(100), source: null });
      print(uid);
      if (number !== 300) continue;
      const successor = { path: ${
    JSON.stringify(`${folder}/work/successor.db`)
  }, dataset: "d", commit: "c", room: 2000 };
      void store.exchange(successor).then(() => print("exchanged"));
    }`;
  const module = `data:application/typescript,${encodeURIComponent(script)}`;
  const args = ["run", "--config", new URL("deno.json", root).pathname, "--allow-read", "--allow-write", module];
  return new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "inherit" });
}

function fill(path: string, reviews: number): void {
  withDatabase(path, (db) => {
    db.exec(`WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${reviews})
      INSERT INTO reviews (id, name, review, comments, uid)
        SELECT n, '', 5, 'Number ' || n, printf('00000000-0000-7000-8000-%012d', n) FROM numbers;
      UPDATE backup SET revision = revision + ${reviews}`);
  });
}
