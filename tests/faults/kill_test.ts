// Processes killed where it hurts: at every step of a restore, in the middle of its merge, and under load.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { startHub } from "../hub/hub.ts";
import { type RunningHearback, startHearback } from "../process.ts";
import { until } from "../until.ts";
import { readFile, remoteComments, REPO, startInstance, tempDir, TOKEN } from "./instance.ts";
import { commentsOf, sendReview, statusOf } from "./over_http.ts";

Deno.test("F11 a restore that is killed at any of its requests is whole after the next start", async () => {
  await using hub = await startHub();
  {
    await using other = await startInstance(hub);
    for (const text of ["One", "Two", "Three"]) await other.submit(text);
    await other.run();
  }
  await using dir = await tempDir();
  const { head } = hub.repo(REPO)!;
  let whole = false;
  for (let step = 0; !whole; step++) {
    const started = Promise.withResolvers<RunningHearback>();
    const kill = hub.faults.add({ skip: step, times: 1, run: async () => (await started.promise).kill("SIGKILL") });
    await using hearback = await startHearback({ ...backupTo(hub.url), DATA_DIR: dir.path });
    started.resolve(hearback);
    const idle = until(async () => (await statusOf(hearback)).state === "idle").catch(() => {});
    await Promise.race([idle, hearback.status]);
    whole = kill.hits === 0;
    if (whole) assert.deepEqual(await commentsOf(hearback), ["One", "Two", "Three"]);
    else assert.equal((await hearback.status).signal, "SIGKILL");
    await hearback.stop("SIGKILL");
    await idle;
    kill.remove();
    assert.equal(hub.repo(REPO)!.head, head);
  }
});

Deno.test("F11 a restore that is killed in the middle of its merge is whole after the next start", async () => {
  const total = 9_000;
  await using hub = await startHub();
  {
    await using other = await startInstance(hub);
    for (let done = 0; done < total; done += 3000) {
      await Promise.all(Array.from({ length: 3000 }, (_, i) => other.submit(`Review ${done + i}`)));
    }
    await other.run();
  }
  await using dir = await tempDir();
  const database = `${dir.path}/reviews.db`;
  const env = { ...backupTo(hub.url), DATA_DIR: dir.path };
  {
    const started = Promise.withResolvers<void>();
    hub.faults.add({ match: { path: /\/resolve\// }, times: 1, run: () => started.promise });
    await using hearback = await startHearback(env);
    const db = new DatabaseSync(database, { readOnly: true });
    const count = db.prepare("SELECT count(*) AS n FROM reviews");
    started.resolve();
    await until(() => Number(count.get()?.n) > 0);
    assert.equal(await hearback.stop("SIGKILL"), 137);
    const merged = Number(count.get()?.n);
    db.close();
    assert.ok(merged > 0 && merged < total, `${merged} reviews were merged when it was killed`);
  }
  await using hearback = await startHearback(env);
  await until(async () => (await statusOf(hearback)).state === "idle");
  assert.equal(await hearback.stop(), 0);
  assert.deepEqual(
    readFile(database, "SELECT id, uid, comments FROM reviews ORDER BY id"),
    readFile(hub.repo(REPO)!.file("reviews.db"), "SELECT id, uid, comments FROM reviews ORDER BY id"),
  );
});

Deno.test("F24 after SIGKILL under load every answered review is there, and goes into the dataset", async () => {
  await using hub = await startHub();
  await using dir = await tempDir();
  // The schedule comes all the time, so that it is killed in all states of a backup.
  const env = { ...backupTo(hub.url), DATA_DIR: dir.path, DENO_CRON_TEST_SCHEDULE_OFFSET: "10", RATE_LIMIT: "off" };
  const answered: string[] = [];
  for (let round = 1; round <= 3; round++) {
    await using hearback = await startHearback(env);
    const senders = Array.from({ length: 10 }, async (_, sender) => {
      for (let i = 0;; i++) {
        answered.push((await sendReview(hearback, `${round} ${sender} ${i}`)).uid);
        if (answered.length === round * 150) hearback.kill("SIGKILL");
      }
    });
    await Promise.allSettled(senders); // each ends with the connection
    assert.equal((await hearback.status).signal, "SIGKILL");
  }
  await using last = await startHearback(env);
  await until(async () => (await statusOf(last)).state === "idle");
  assert.equal(await last.stop(), 0);
  for (const file of [`${dir.path}/reviews.db`, hub.repo(REPO)!.file("reviews.db")]) {
    const uids = readFile(file, "SELECT uid FROM reviews").map(({ uid }) => uid);
    assert.deepEqual(answered.filter((uid) => !uids.includes(uid)), []);
    assert.equal(new Set(uids).size, uids.length);
  }
  assert.ok(remoteComments(hub).length >= 450);
});

function backupTo(endpoint: string) {
  return { HF_ENDPOINT: endpoint, HF_TOKEN: TOKEN, DATASET_REPO: REPO, BACKUP_SOON: "off" };
}
