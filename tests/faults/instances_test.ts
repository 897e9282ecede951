// Several instances, old disks, emptied tables and rewritten histories: whoever meets whom, the union remains.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { RunEvent } from "../../sync/jobs/job.ts";
import { type Hub, startHub } from "../hub/hub.ts";
import { startHearback } from "../process.ts";
import { until } from "../until.ts";
import { remoteComments, REPO, startInstance, tempDir, TOKEN } from "./instance.ts";
import { backUpNow, commentsOf, sendReview, statusOf } from "./over_http.ts";

Deno.test("F16 two processes on one dataset both end with the union", async () => {
  await using hub = await startHub();
  await using dirs = await tempDir();
  const start = (name: string) => startHearback({ ...backupTo(hub), DATA_DIR: `${dirs.path}/${name}` });
  await using one = await start("one");
  await using other = await start("other");
  const both = [one, other];
  const idle = () =>
    Promise.all(both.map((hearback) => until(async () => (await statusOf(hearback)).state === "idle")));
  await idle();
  const sent: string[] = [];
  const send = (round: number) =>
    Promise.all(both.map(async (hearback, index) => {
      const { comments } = await sendReview(hearback, `${index} in round ${round}`);
      sent.push(comments!);
    }));
  await send(0);
  await Promise.all(both.map(backUpNow));
  await idle();
  assert.deepEqual(remoteComments(hub).sort(), sent.toSorted());
  await send(1);
  assert.deepEqual(await Promise.all(both.map((hearback) => hearback.stop())), [0, 0]);
  assert.deepEqual(remoteComments(hub).sort(), sent.toSorted());
  // The last to write has read the other; a start reads as well.
  await using again = await start("one");
  await using otherAgain = await start("other");
  for (const hearback of [again, otherAgain]) {
    await until(async () => (await statusOf(hearback)).state === "idle");
    assert.deepEqual((await commentsOf(hearback)).sort(), sent.toSorted());
  }
});

Deno.test("F16 an old instance with new reviews does not overwrite a new one that it has not read", async () => {
  await using hub = await startHub();
  await using old = await startInstance(hub);
  await old.submit("Before the rebuild");
  await old.run();
  await using fresh = await startInstance(hub);
  await fresh.run();
  await fresh.submit("To the new one");
  await fresh.run();
  await old.submit("To the old one");
  await old.run();
  const all = ["Before the rebuild", "To the new one", "To the old one"];
  assert.deepEqual(await old.comments(), all);
  assert.deepEqual(remoteComments(hub), all);
  await fresh.run({ readFirst: true });
  assert.deepEqual(await fresh.comments(), all);
});

Deno.test("F16 a commit that lands between the reading and the writing is merged before the writing", async () => {
  await using hub = await startHub();
  await using one = await startInstance(hub);
  await using other = await startInstance(hub);
  await one.run();
  await other.run();
  await one.submit("One");
  await other.submit("Other");
  hub.faults.add({ match: { method: "POST", path: /\/commit\// }, times: 1, run: async () => void await other.run() });
  await one.run();
  assert.deepEqual(remoteComments(hub), ["Other", "One"]);
  assert.deepEqual(await one.comments(), ["Other", "One"]);
});

Deno.test("F25 restore, write, restore, three times over: nothing lost, nothing doubled, ids and uids stable", async () => {
  await using hub = await startHub();
  const written: unknown[] = [];
  for (let round = 0; round < 3; round++) {
    await using here = await startInstance(hub);
    await here.run();
    assert.deepEqual(await here.reviews(), written);
    for (const nth of ["first", "second"]) written.push(await here.submit(`The ${nth} of round ${round}`));
    await here.run();
  }
  await using here = await startInstance(hub);
  await here.run();
  assert.deepEqual(await here.reviews(), written);
  assert.equal(written.length, 6);
});

Deno.test("F26 a local disk older than the dataset is merged with it, reviews of its own included", async () => {
  await using hub = await startHub();
  await using old = await tempDir();
  {
    await using here = await startInstance(hub, { dir: old.path });
    await here.submit("Everywhere");
    await here.run();
  }
  {
    await using moved = await startInstance(hub);
    await moved.run();
    await moved.submit("After the copy");
    await moved.run();
  }
  await using here = await startInstance(hub, { dir: old.path });
  await here.submit("On the old disk");
  const result = await here.run();
  assert.deepEqual(await here.comments(), ["Everywhere", "After the copy", "On the old disk"]);
  assert.deepEqual(remoteComments(hub), await here.comments());
  assert.equal(result.commit, hub.repo(REPO)!.head);
});

Deno.test("F27 rows that vanish outside the app come back from the dataset; only erasures remove", async () => {
  await using hub = await startHub();
  await using here = await startInstance(hub);
  for (const text of ["Kept", "Erased", "Kept as well"]) await here.submit(text);
  const erased = (await here.reviews())[1]!;
  await here.store.erase(erased.uid);
  await here.run();
  const before = await here.reviews();

  const shell = new DatabaseSync(here.database);
  shell.exec("DELETE FROM reviews");
  shell.close();
  await here.submit("After the mistake");
  await here.run();
  assert.deepEqual((await here.reviews()).slice(0, 2), before);
  assert.deepEqual(await here.comments(), ["Kept", "Kept as well", "After the mistake"]);
  assert.deepEqual(remoteComments(hub), ["Kept", "Kept as well", "After the mistake"]);
});

Deno.test("F27 rows that vanish while a backup is under way are not missing from the next one", async () => {
  await using hub = await startHub();
  await using here = await startInstance(hub);
  await here.submit("One");
  await here.run();
  await here.submit("Two");
  const emptied = () => {
    const shell = new DatabaseSync(here.database);
    shell.exec("DELETE FROM reviews WHERE comments = 'One'");
    shell.close();
  };
  hub.faults.add({ match: { method: "POST", path: /\/commit\// }, times: 1, run: emptied });
  await here.run();
  await here.submit("Three");
  await here.run();
  assert.deepEqual(await here.comments(), ["One", "Two", "Three"]);
  assert.deepEqual(remoteComments(hub), ["One", "Two", "Three"]);
});

Deno.test("F27 rows that vanish just before the snapshot are not uploaded as an emptiness", async () => {
  await using hub = await startHub();
  await using here = await startInstance(hub);
  await here.submit("One");
  await here.run();
  await here.submit("Two");
  let emptied = false;
  const onEvent = (event: RunEvent) => {
    if (emptied || event.type !== "progress" || event.step !== "taking a snapshot") return;
    emptied = true;
    const shell = new DatabaseSync(here.database);
    shell.exec("DELETE FROM reviews WHERE comments = 'One'");
    shell.close();
  };
  await here.run({ onEvent });
  assert.equal(emptied, true);
  assert.deepEqual(remoteComments(hub), ["One", "Two"]);
  for (const { oid, summary } of hub.repo(REPO)!.commits) {
    if (summary.startsWith("Backup")) assert.ok(remoteComments(hub, oid).includes("One"));
  }
});

Deno.test("F36 a head moved to an unrelated commit is read and merged, and the next commit stands on it", async () => {
  await using hub = await startHub();
  await using here = await startInstance(hub);
  await here.submit("Mine");
  await here.run();
  await using elsewhere = await startInstance(hub, { repo: "ada/elsewhere" });
  await elsewhere.submit("Theirs");
  await elsewhere.run();
  const theirs = hub.repo("ada/elsewhere")!.file("reviews.db")!;
  const root = hub.commitDirectly(REPO, { "reviews.db": theirs }, { unrelated: true });

  await here.submit("Mine again");
  await here.run();
  const all = new Set(["Mine", "Mine again", "Theirs"]);
  assert.deepEqual(new Set(await here.comments()), all);
  assert.deepEqual(new Set(remoteComments(hub)), all);
  assert.equal(hub.repo(REPO)!.commits.at(-1)!.oid, root);
});

Deno.test("F36 after somebody else squashed the history, and the old commits are gone, the backup goes on", async () => {
  await using hub = await startHub();
  await using here = await startInstance(hub);
  await here.submit("Mine");
  await here.run();
  const before = hub.repo(REPO)!.head;
  const answer = await fetch(`${hub.url}/api/datasets/${REPO}/super-squash/main`, {
    method: "POST",
    headers: { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" },
    body: JSON.stringify({ message: "Squashed by hand" }),
  });
  assert.equal(answer.status, 200, await answer.text());
  assert.throws(() => hub.repo(REPO)!.paths(before), { code: "RevisionNotFound" });
  await here.submit("Mine again");
  await here.run();
  assert.deepEqual(remoteComments(hub), ["Mine", "Mine again"]);
  assert.equal(hub.repo(REPO)!.commits.length, 2);
});

function backupTo(hub: Hub) {
  return { HF_ENDPOINT: hub.url, HF_TOKEN: TOKEN, DATASET_REPO: REPO, BACKUP_SOON: "off", ADMIN_TOKEN: "swordfish" };
}
