// What is erased is gone: from every byte that is uploaded or kept here, from other instances, and on request from the history.
import assert from "node:assert/strict";
import { squashHistory } from "../../sync/jobs/squash.ts";
import { startHearback } from "../process.ts";
import { until } from "../until.ts";
import { type Hub, startHub } from "../hub/hub.ts";
import { type Instance, jobOptions, readFile, remoteComments, REPO, startInstance, tempDir } from "./instance.ts";
import { startRunning } from "./running.ts";

const SECRET = "Please forget that I was ever here, 0123456789";

Deno.test("F30 a history that grows is squashed, and what follows stands on the new head", async () => {
  await using hub = await startHub();
  await using here = await startInstance(hub);
  await using running = startRunning(hub, here, { squashAfter: 4 });
  const lengths: number[] = [];
  for (let count = 1; count <= 6; count++) {
    await here.submit(`Review ${count}`);
    running.backup.start();
    await running.until(({ state, pending }) => state === "idle" && pending === 0);
    const { length } = hub.repo(REPO)!.commits;
    if (length >= 4) await until(() => hub.repo(REPO)!.commits.length < length); // else it would give way to the next run
    lengths.push(length);
  }
  assert.ok(Math.max(...lengths) <= 5, `${lengths}`);
  await until(() => running.log.some(({ event }) => event === "squashed"));
  assert.equal(remoteComments(hub).length, 6);
  assert.deepEqual(running.log.filter(({ event }) => event === "backup-failed"), []);
});

Deno.test("F30 the history is not squashed while the head holds something that is not contained here", async () => {
  await using hub = await startHub();
  await using here = await startInstance(hub);
  await using other = await startInstance(hub);
  await here.submit("Mine");
  await here.run();
  await other.submit("Theirs");
  await other.run();
  const { commits } = hub.repo(REPO)!;
  await assert.rejects(squashed(hub, here), { kind: "conflict" });
  assert.deepEqual(hub.repo(REPO)!.commits, commits);
});

Deno.test("F30 what somebody commits just before the squash is neither lost nor passed over", async () => {
  await using hub = await startHub();
  await using here = await startInstance(hub);
  await using other = await startInstance(hub);
  await here.submit("Mine");
  await here.run();
  await other.submit("Theirs");
  hub.faults.add({ match: { path: /super-squash/ }, times: 1, run: async () => void await other.run() });
  await squashed(hub, here);
  assert.equal(hub.repo(REPO)!.commits.length, 1);
  for (const [instance, text] of [[here, "After, here"], [other, "After, there"]] as const) {
    await instance.submit(text);
    await instance.run();
  }
  assert.deepEqual(remoteComments(hub), ["Mine", "Theirs", "After, here", "After, there"]);
});

Deno.test("F30 a history with a damaged head is not squashed unasked", async () => {
  await using hub = await startHub();
  {
    await using before = await startInstance(hub);
    for (const text of ["One", "Two"]) {
      await before.submit(text);
      await before.run();
    }
  }
  for (const path of ["reviews.db", "reviews.csv"]) hub.damageObject(REPO, path);
  await using here = await startInstance(hub);
  await using running = startRunning(hub, here, { squashAfter: 2 });
  await running.until(({ state, notice }) => state === "idle" && notice !== null);
  await here.submit("Three");
  running.backup.start();
  await running.until(({ state, pending }) => state === "idle" && pending === 0);
  assert.equal(running.log.some(({ event }) => event === "squashed"), false);
  assert.equal(hub.repo(REPO)!.commits.length, 5);
});

for (const uploadMode of ["regular", "xet"] as const) {
  Deno.test(`F31 the text of an erased review is in no byte of the uploaded (${uploadMode}) and the local files`, async () => {
    await using hub = await startHub({ uploadMode });
    await using here = await startInstance(hub);
    for (let i = 0; i < 50; i++) await here.submit(`Stays ${i}`);
    const review = await here.submit(SECRET, { name: "Anonymous Nobody" });
    for (let i = 50; i < 100; i++) await here.submit(`Stays ${i}`);
    await here.run();
    assert.equal(holds(hub.repo(REPO)!.file("reviews.db")!, SECRET), true);
    assert.equal(holds(hub.repo(REPO)!.file("reviews.csv")!, SECRET), true);

    assert.equal(await here.store.erase(review.uid), true);
    await here.run();
    assert.equal(remoteComments(hub).length, 100);
    for (const text of [SECRET, "Anonymous Nobody"]) {
      for (const path of hub.repo(REPO)!.paths()) assert.equal(holds(hub.repo(REPO)!.file(path)!, text), false, path);
      for (const path of localFiles(here.dir)) assert.equal(holds(Deno.readFileSync(path), text), false, path);
    }
  });
}

Deno.test("F31 an erased text leaves every file of a process that has to wait an hour for its next backup", async () => {
  await using hub = await startHub();
  await using dir = await tempDir();
  await using hearback = await startHearback({
    HF_ENDPOINT: hub.url,
    HF_TOKEN: "hf_local_write",
    DATASET_REPO: REPO,
    BACKUP_SOON: "0",
    DATA_DIR: dir.path,
    ADMIN_TOKEN: "sesame",
    DENO_CRON_TEST_SCHEDULE_OFFSET: "100",
  });
  const ask = async (path: string, init: RequestInit = {}) => {
    const headers = { "Content-Type": "application/json", "Authorization": "Bearer sesame" };
    const answer = await fetch(hearback.url + path, { ...init, headers });
    return await answer.json().catch(() => null);
  };
  const submit = (comments: string) =>
    ask("api/reviews", { method: "POST", body: JSON.stringify({ rating: 5, comments }) });
  await until(async () => (await ask("api/status")).state === "idle");
  hub.faults.add({ status: 429, match: { path: /\/commit\// }, headers: { "Retry-After": "3600" } });
  const { uid } = await submit(SECRET);
  await until(async () => (await ask("api/status")).state === "failing");
  await ask(`api/reviews/${uid}`, { method: "DELETE" });
  await until(() => localFiles(dir.path).every((path) => !holds(Deno.readFileSync(path), SECRET)));
  assert.equal((await ask("api/status")).state, "failing");
});

Deno.test("F31 an erasure reaches every instance, and no old disk or late backup brings the review back", async () => {
  await using hub = await startHub();
  await using here = await startInstance(hub);
  const review = await here.submit(SECRET);
  await here.submit("Stays");
  await here.run();
  await using other = await startInstance(hub);
  await other.run();
  await here.store.erase(review.uid);
  await here.run();
  await other.submit("From the other");
  await other.run();
  for (const comments of [await other.comments(), remoteComments(hub)]) {
    assert.deepEqual(comments, ["Stays", "From the other"]);
  }
  for (const path of localFiles(other.dir)) assert.equal(holds(Deno.readFileSync(path), SECRET), false, path);
  await assert.rejects(other.store.add({ ...review, name: "", comments: SECRET }), { code: "invalid" });
});

Deno.test("F31 erased from the history, the text is in no commit and no stored object of the dataset", async () => {
  await using hub = await startHub({ uploadMode: "lfs" });
  await using here = await startInstance(hub);
  await using running = startRunning(hub, here);
  await running.until(({ state }) => state === "idle");
  const review = await here.submit(SECRET);
  running.backup.start();
  await running.until(({ state, pending }) => state === "idle" && pending === 0);
  const before = hub.repo(REPO)!.head;
  await here.store.erase(review.uid);
  await here.submit("Stays");
  running.backup.start({ squash: true });
  await running.until(({ state, pending }) =>
    state === "idle" && pending === 0 && hub.repo(REPO)!.commits.length === 1
  );
  assert.throws(() => hub.repo(REPO)!.paths(before), { code: "RevisionNotFound" });
  assert.deepEqual(remoteComments(hub), ["Stays"]);
  const { erasures } = readFile(hub.repo(REPO)!.file("reviews.db"), "SELECT count(*) AS erasures FROM erasures")[0]!;
  assert.equal(erasures, 1);
});

function squashed(hub: Hub, here: Instance) {
  const { signal } = new AbortController();
  return squashHistory({ ...jobOptions(here, hub), now: () => new Date(), signal, onEvent: () => {}, isAsked: true });
}

function holds(bytes: Uint8Array<ArrayBuffer>, text: string): boolean {
  return new TextDecoder("latin1").decode(bytes).includes(text);
}

function localFiles(dir: string): string[] {
  return [...Deno.readDirSync(dir)].flatMap(({ name, isDirectory }) =>
    isDirectory ? localFiles(`${dir}/${name}`) : [`${dir}/${name}`]
  );
}
