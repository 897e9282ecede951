// Nothing that is told of the backup, and nothing that hears of an error, can end the process or the backup.
import assert from "node:assert/strict";
import { type Hub, startHub } from "../hub/hub.ts";
import { type RunningHearback, startHearback } from "../process.ts";
import { until } from "../until.ts";
import { turn } from "../virtual_clock.ts";
import { remoteComments, REPO, startInstance, tempDir, TOKEN } from "./instance.ts";
import { backUpNow, sendReview, statusOf } from "./over_http.ts";
import { startRunning } from "./running.ts";

Deno.test("F51 a listener of the status that throws is no failure of the backup, and the others hear all the same", async () => {
  await using quiet = errorsOfThisProcess();
  await using hub = await startHub();
  await using here = await startInstance(hub);
  await using running = startRunning(hub, here);
  const heard: string[] = [];
  running.backup.subscribe(() => {
    throw new Error("The first listener");
  });
  running.backup.subscribe(({ state }) => void heard.push(state));
  await until(() => running.backup.status().state === "idle");
  for (const text of ["One", "Two"]) await here.submit(text);
  running.backup.start();
  await until(() => hub.repo(REPO)?.file("reviews.db") !== undefined && remoteComments(hub).length === 2, SOON);
  assert.ok(heard.includes("pending"), `${heard}`);
  assert.equal(running.backup.status().failure, null);
  assert.deepEqual(await running.backup.stop({ deadlineMs: 15_000 }), { saved: true });
  assert.deepEqual(quiet.errors, []);
});

Deno.test("F51 nor is one that throws while the backup fails", async () => {
  await using quiet = errorsOfThisProcess();
  await using hub = await startHub();
  await using here = await startInstance(hub);
  await using running = startRunning(hub, here);
  await until(() => running.backup.status().state === "idle");
  running.backup.subscribe(({ state }) => {
    if (state === "failing") throw new Error("This one cannot stand it");
  });
  const down = hub.faults.add({ match: { path: /\/commit\// }, status: 503 });
  await here.submit("Kept");
  running.backup.start();
  await until(() => running.backup.status().state === "failing", SOON);
  down.remove();
  running.backup.start();
  await until(() => running.backup.status().state === "idle", SOON);
  assert.deepEqual(remoteComments(hub), ["Kept"]);
  assert.deepEqual(quiet.errors, []);
});

Deno.test("F51 a log that throws, as one whose pipe is closed, ends nothing", async () => {
  await using quiet = errorsOfThisProcess();
  await using hub = await startHub();
  await using here = await startInstance(hub);
  const onLog = () => {
    throw new Error("Nobody reads this");
  };
  await using running = startRunning(hub, here, { onLog });
  await until(() => running.backup.status().state === "idle", SOON);
  const down = hub.faults.add({ match: { path: /\/commit\// }, times: 1, status: 503 });
  await here.submit("Kept");
  running.backup.start();
  await until(() => down.hits === 1 && running.backup.status().state === "failing", SOON);
  running.backup.start({ drill: true });
  await until(() => running.backup.status().drill !== null, SOON);
  assert.deepEqual(remoteComments(hub), ["Kept"]);
  assert.deepEqual(await running.backup.stop({ deadlineMs: 15_000 }), { saved: true });
  assert.deepEqual(quiet.errors, []);
});

for (const order of ["before", "after"]) {
  Deno.test(`F51 a listener of the store that came ${order} the backup and throws costs neither the answer nor the backup`, async () => {
    await using quiet = errorsOfThisProcess();
    await using hub = await startHub();
    await using here = await startInstance(hub);
    const throwing = () =>
      here.store.subscribe(() => {
        throw new Error("A listener of the store");
      });
    if (order === "before") throwing();
    await using running = startRunning(hub, here, { soonSeconds: 0 });
    await until(() => running.backup.status().state === "idle");
    if (order === "after") throwing();
    const { uid } = await here.submit("Erased");
    await here.submit("Kept");
    assert.equal(await here.store.erase(uid), true);
    await until(() => hub.repo(REPO)?.file("reviews.db") !== undefined && remoteComments(hub).length > 0, SOON);
    await running.backup.stop({ deadlineMs: 15_000 });
    assert.deepEqual(remoteComments(hub), ["Kept"]);
    // They surface where uncaught errors do, and main.ts logs those.
    assert.deepEqual([...new Set(quiet.errors)], ["Error: A listener of the store"]);
  });
}

/** What somebody does to the files of a running process, and undoes. */
const MISHAPS: Record<string, { harm: (path: string) => void; undo: (path: string) => void }> = {
  "the database is moved away": { harm: moveAway, undo: moveBack },
  "a folder stands in place of the database": {
    harm(path) {
      moveAway(path);
      Deno.mkdirSync(path);
    },
    undo(path) {
      Deno.removeSync(path);
      moveBack(path);
    },
  },
  "the database is overwritten with something else": {
    harm(path) {
      moveAway(path);
      Deno.writeTextFileSync(path, "This is no database, but a text of some length. ".repeat(200));
    },
    undo(path) {
      Deno.removeSync(path);
      moveBack(path);
    },
  },
};
for (const [what, { harm, undo }] of Object.entries(MISHAPS)) {
  // Whether it heals once SQLite has opened something else under that name is about the file and not about who hears of it.
  const heals = !what.includes("overwritten");
  Deno.test(`F51 while ${what} the process stays up and says so${heals ? ", and it heals" : ""}`, async () => {
    await using hub = await startHub();
    await using dir = await tempDir();
    const database = `${dir.path}/reviews.db`;
    await using hearback = await startHearback({
      ...backupTo(hub),
      DATA_DIR: dir.path,
      DENO_CRON_TEST_SCHEDULE_OFFSET: "100",
    });
    await until(async () => (await statusOf(hearback)).state === "idle");
    await sendReview(hearback, "Only here");
    hub.faults.add({ match: { path: /\/commit\// }, times: 1, status: 503, run: () => harm(database) });
    await backUpNow(hearback);
    await until(async () => (await statusOf(hearback)).state === "failing", SOON);
    for (const fields of ["", "?drill=1", "?squash=1"]) await ask(hearback, fields);
    const { failure } = await until(async () => {
      const status = await statusOf(hearback); // that it answers is what is tried here
      return status.failure?.kind !== "unreachable" && status;
    }, SOON);
    assert.match(`${failure?.kind}`, /disk|internal/);
    const healthy = await fetch(`${hearback.url}healthz`);
    await healthy.body?.cancel();
    assert.equal(healthy.status, 200);
    if (!heals) return;
    undo(database);
    await backUpNow(hearback);
    await until(async () => (await statusOf(hearback)).state === "idle", SOON);
    assert.deepEqual(remoteComments(hub), ["Only here"]);
  });

  Deno.test(`F51 while ${what} SIGTERM ends the process in good order, and it says that something is not backed up`, async () => {
    await using hub = await startHub();
    await using dir = await tempDir();
    await using hearback = await startHearback({ ...backupTo(hub), DATA_DIR: dir.path });
    await until(async () => (await statusOf(hearback)).state === "idle");
    await sendReview(hearback, "Only here");
    harm(`${dir.path}/reviews.db`);
    assert.equal(await hearback.stop(), 1);
    assert.match(hearback.output(), /"event":"stopped","saved":false/);
  });
}

const SOON = { withinMs: 15_000 };

/** Keeps what would end this process, so that a test can say that there was nothing. */
function errorsOfThisProcess(): AsyncDisposable & { errors: string[] } {
  const errors: string[] = [];
  const keep = (event: ErrorEvent | PromiseRejectionEvent) => {
    event.preventDefault();
    errors.push(String("reason" in event ? event.reason : event.error));
  };
  const types = ["error", "unhandledrejection"] as const;
  for (const type of types) addEventListener(type, keep);
  return {
    errors,
    async [Symbol.asyncDispose]() {
      await turn();
      for (const type of types) removeEventListener(type, keep);
    },
  };
}

function moveAway(path: string): void {
  Deno.renameSync(path, `${path}.away`);
}

function moveBack(path: string): void {
  Deno.renameSync(`${path}.away`, path);
}

async function ask({ url }: RunningHearback, query: string): Promise<void> {
  const headers = { Authorization: "Bearer swordfish" };
  const answer = await fetch(`${url}api/backup${query}`, { method: "POST", headers });
  await answer.body?.cancel();
  assert.equal(answer.status, 202);
}

function backupTo(hub: Hub) {
  const connection = { HF_ENDPOINT: hub.url, HF_TOKEN: TOKEN, DATASET_REPO: REPO };
  return { ...connection, ADMIN_TOKEN: "swordfish", BACKUP_SOON: "off" };
}
