// A large backup takes the place of the local database as a whole file: in the running app, over and over, and killed at each step.
import assert from "node:assert/strict";
import { withDatabase } from "../../db/file/open_database.ts";
import { openSqliteStore } from "../../db/sqlite/sqlite_store.ts";
import { takeSnapshot } from "../../db/sqlite/snapshot.ts";
import { runAsked, type Verdict } from "./asked_process.ts";
import { startHub } from "../hub/hub.ts";
import { remoteComments, startInstance, tempDir } from "./instance.ts";
import { startRunning } from "./running.ts";

const MANY = 20_000;

<<<<<<<< HEAD:tests/faults/replacement_test.ts
Deno.test("F11 a large backup is taken over as a whole file, with what was sent before it had come", async () => {
========
for (const uploadMode of ["regular", "lfs", "xet"] as const) {
  for (const paths of [["reviews.db"], ["reviews.csv"], BOTH]) {
    Deno.test(`F47 damage of ${paths.join(" and ")} (${uploadMode}) that a drill finds is replaced and read back, and fails until then`, async () => {
      await using hub = await startHub({ uploadMode });
      await using dir = await tempDir();
      await using hearback = await startOnKeptDisk(hub, dir.path);
      const { head } = hub.repo(REPO)!;
      const sent = hub.repo(REPO)!.file("reviews.db")!;
      for (const path of paths) hub.damageObject(REPO, path);
      const states: string[] = [];
      const tell = async () => void states.push((await statusOf(hearback)).state);
      hub.faults.add({ match: COMMIT, run: tell });
      // Downloads of a commit that is not there yet.
      const reading = hub.faults.add({
        match: { method: "GET", path: new RegExp(`/resolve/(?!${head})`) },
        run: tell,
      });
      await press(hearback, { do: "drill" });
      await until(async () => (await statusOf(hearback)).drill?.ok === false);
      await until(async () => (await statusOf(hearback)).state === "idle", { withinMs: 20_000 });

      assert.deepEqual(states.filter((state) => state !== "failing"), [], `${states}`);
      assert.ok(reading.hits > 0, "it was read back");
      assert.deepEqual(remoteComments(hub), ["Monday"]);
      assert.match(text(hub, "reviews.csv"), /^id,[^\n]*\n[^\n]*Monday[^\n]*\n$/);
      assert.equal(hub.repo(REPO)!.commits[1]!.oid, head, "one commit did it");
      if (paths.includes("reviews.db")) assert.notDeepEqual(hub.repo(REPO)!.file("reviews.db"), sent);
      await press(hearback, { do: "drill" });
      await until(async () => (await statusOf(hearback)).drill?.ok);
      assert.equal(await hearback.stop(), 0);
    });
  }
}

Deno.test("F47 with nothing else to do a good drill after the damage was found does not make it idle by itself", async () => {
  await using hub = await startHub({ uploadMode: "lfs" });
  await using dir = await tempDir();
  await using hearback = await startOnKeptDisk(hub, dir.path);
  hub.damageObject(REPO, "reviews.db");
  const refused = hub.faults.add({ match: COMMIT, status: 503 });
  await press(hearback, { do: "drill" });
  await until(() => refused.hits > 0);
  await until(async () => (await statusOf(hearback)).state === "failing", { withinMs: 10_000 });
  assert.notEqual((await statusOf(hearback)).failure, null);
  assert.doesNotMatch((await statusOf(hearback)).notice ?? "", /replaced/);
  refused.remove();
  await backUpNow(hearback);
  await until(async () => (await statusOf(hearback)).state === "idle", { withinMs: 20_000 });
  assert.deepEqual(remoteComments(hub), ["Monday"]);
});

Deno.test("F47 a replacement that is damaged in its turn is no success: it fails until one can be read back", async () => {
  await using one = await startTimed({ hub: { uploadMode: "lfs" } });
  const { hub, here, running } = one;
  await running.until(({ state }) => state === "idle");
  await here.submit("Monday");
  running.backup.start();
  await one.passUntil(({ state, drill }) => state === "idle" && drill !== null);
  await one.clock.pass(61_000);
  hub.damageObject(REPO, "reviews.db");
  // Of the first replacement too the storage keeps other bytes than it was given.
  let commits = 0;
  const states: string[] = [];
  running.backup.subscribe(({ state, failure }) => void states.push(`${state} after ${commits}`, `${failure?.kind}`));
  hub.faults.add({ match: COMMIT, run: () => void commits++ });
  const { head } = hub.repo(REPO)!;
  hub.faults.add({
    match: { method: "GET", path: /\/resolve\// },
    run() {
      if (commits === 1 && hub.repo(REPO)!.head !== head && !isDamaged) {
        hub.damageObject(REPO, "reviews.db");
        isDamaged = true;
      }
    },
  });
  let isDamaged = false;
  running.backup.start({ drill: true });
  await one.passUntil(() => isDamaged);
  await one.passUntil(({ state }) => state === "idle" && commits > 1);
  assert.equal(commits, 2);
  assert.equal(states.includes("idle after 1"), false, `${states}`);
  assert.deepEqual(remoteComments(hub), ["Monday"]);
});

Deno.test("F48 what was told of a restore is over once a drill finds the replacement good", async () => {
>>>>>>>> faults_b:tests/faults/damage_replaced_test.ts
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
  assert.deepEqual(running.log.filter(({ event }) => event === "replacement-failed"), []);
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
    let replaced = 0;
    await here.run({
      replaceFrom: 1,
      store: {
        prepare: (options) => here.store.prepare(options),
        replace: async (replacement) => {
          const facts = await here.store.replace(replacement);
          replaced += Number(facts !== null);
          return facts;
        },
      },
    });
    assert.equal(replaced, 1);
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

Deno.test("F11 killed at each step of a replacement, one of the two files stands there with every answered review", async () => {
  await using dir = await tempDir();
  const remote = `${dir.path}/remote.db`;
  fill(`${remote}.source`, 200);
  takeSnapshot({ source: `${remote}.source`, target: remote });
  const run = async (name: string, judge: (step: number, path: string) => Verdict) => {
    const folder = `${dir.path}/${name}`;
    Deno.mkdirSync(folder);
    let steps = 0;
    const socket = `${folder}.sock`;
    const lines = await runAsked({
      script: replacing(folder, remote),
      socket,
      judge: (_, path) => judge(++steps, path),
    });
    const answered = lines.filter((line) => line.length === 36);
    const path = `${folder}/reviews.db`;
    const store = openSqliteStore({ path, now: () => new Date() });
    for (const uid of answered) assert.ok(await store.get(uid), `${name}: ${uid}`);
    const { total } = await store.stats();
    await store.close();
    withDatabase(path, (db) => assert.equal(db.prepare("PRAGMA integrity_check").get()?.integrity_check, "ok"));
    const isNew = total > answered.length;
    if (isNew) assert.equal(total, 200 + answered.length);
    return { steps, isNew, answered: answered.length, exchanged: lines.includes("true") };
  };
  const { steps, ...whole } = await run("whole", () => "allow");
  assert.deepEqual(whole, { isNew: true, answered: 9, exchanged: true });
  const ends: boolean[] = [];
  for (let at = 2; at <= steps; at++) {
    const { isNew } = await run(`killed at ${at}`, (step) => step === at ? "kill" : "allow");
    ends.push(isNew);
  }
  assert.ok(ends.includes(false) && ends.includes(true));
  assert.deepEqual(ends, ends.toSorted(), "once the new file is there, it stays");

  // The folder is opened only once the new file stands there, to make that last.
  const refused = await run("refused", (_, path) => path.endsWith("/refused") ? "deny" : "allow");
  assert.deepEqual(refused, { steps: refused.steps, isNew: false, answered: 9, exchanged: false });

  // Where the way back fails too, the new file, which stands there and holds everything, is used.
  let isRefused = false;
  const stuck = await run("stuck", (_, path) => {
    isRefused ||= path.endsWith("/stuck");
    return path.endsWith("/stuck") || (isRefused && path.endsWith(".before")) ? "deny" : "allow";
  });
  assert.deepEqual(stuck, { steps: stuck.steps, isNew: true, answered: 9, exchanged: true });
});

/** A process that merges by a replacement with reviews at every stage, and prints the uid of each that was answered. */
function replacing(folder: string, remote: string): string {
  const module = (path: string) => JSON.stringify(new URL(`../../${path}`, import.meta.url).href);
  return `
    import { openSqliteStore } from ${module("db/sqlite/sqlite_store.ts")};
    import { mergeByReplacement } from ${module("db/sqlite/build_replacement.ts")};
    import { newReview } from ${module("tests/db/store_contract.ts")};
    const [local, remote] = ${JSON.stringify([`${folder}/reviews.db`, remote])};
    const print = (line) => Deno.stdout.writeSync(new TextEncoder().encode(line + "\\n"));
    const store = openSqliteStore({ path: local, now: () => new Date() });
    const add = async () => {
      const { review } = await store.add(newReview({ comments: "x".repeat(100) }));
      print(review.uid);
    };
    for (let number = 0; number < 7; number++) await add();
    const busy = { replace: async (replacement) => (await add(), await store.replace(replacement)) };
    const options = { dataset: "d", commit: "c", atLeast: 1, folder: ${JSON.stringify(`${folder}/work`)} };
    const facts = await mergeByReplacement({ ...options, store: busy, local, remote });
    await add();
    print(String(facts !== null));
    await store.close();`;
}

function fill(path: string, reviews: number): void {
  withDatabase(path, (db) => {
    db.exec(`WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${reviews})
      INSERT INTO reviews (id, name, review, comments, uid)
        SELECT n, '', 5, 'Number ' || n, printf('00000000-0000-7000-8000-%012d', n) FROM numbers;
      UPDATE backup SET revision = revision + ${reviews}`);
  });
}
