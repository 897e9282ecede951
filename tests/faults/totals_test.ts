// Totals, chart, list and page say what the file holds, whoever wrote to it and whatever came of the job that did.
import assert from "node:assert/strict";
import { statfs } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { type Hub, startHub } from "../hub/hub.ts";
import { type RunningHearback, startHearback } from "../process.ts";
import { until } from "../until.ts";
import { press } from "./admin_buttons.ts";
import { readFile, remoteComments, REPO, startInstance, tempDir, TOKEN } from "./instance.ts";
import { backUpNow, sendReview, statusOf } from "./over_http.ts";
import { smallDisk } from "./small_disk.ts";

Deno.test("F45 a restore that fails after its CSV was merged and then succeeds leaves no wrong totals", async () => {
  await using hub = await hubWithDamage();
  await using dir = await tempDir();
  const older = hub.repo(REPO)!.commits[1]!.oid;
  const down = hub.faults.add({
    match: { method: "GET", path: new RegExp(`/resolve/${older}/reviews.db`) },
    status: 503,
  });
  await using hearback = await startHearback({ ...backupTo(hub), DATA_DIR: dir.path });
  await seen(hearback, 0); // a page that is kept is one of an empty table
  await until(async () => (await statusOf(hearback)).state === "failing");
  await agrees(hearback, dir.path);
  down.remove();
  await backUpNow(hearback);
  await until(async () => (await statusOf(hearback)).state === "idle");
  assert.equal((await agrees(hearback, dir.path)).total, 2);
});

Deno.test("F45 nor does one for which the disk is full in the middle of its merge", async () => {
  const total = 9_000;
  await using hub = await startHub();
  {
    await using other = await startInstance(hub);
    const filler = "x".repeat(300); // several parts of the merge, and each needs room
    for (let done = 0; done < total; done += 3000) {
      await Promise.all(Array.from({ length: 3000 }, (_, i) => other.submit(`${done + i} ${filler}`)));
    }
    await other.run();
  }
  await using disk = await smallDisk(32);
  if (disk === undefined) {
    assert.notEqual(Deno.env.get("CI"), "true", "F45 needs the right to mount, or a small /dev/shm");
    return console.warn("F45 was not tested with a full disk: it needs the right to mount, or a small /dev/shm");
  }
  const dir = `${disk.path}/data`;
  const read = Promise.withResolvers<void>();
  hub.faults.add({ times: 1, run: () => read.promise });
  await using hearback = await startHearback({ ...backupTo(hub), DATA_DIR: dir });
  await seen(hearback, 0);
  // Enough for the download, and not for all of its rows.
  const room = hub.repo(REPO)!.file("reviews.db")!.length * 1.7;
  const { bavail, bsize } = await statfs(disk.path);
  await Deno.writeFile(`${disk.path}/ballast`, new Uint8Array(bavail * bsize - Math.round(room)));
  read.resolve();
  await until(async () => (await statusOf(hearback)).state === "failing");
  const { total: merged } = await agrees(hearback, dir);
  assert.ok(merged > 0 && merged < total, `${merged} reviews were merged`);
  await disk.empty();
  await backUpNow(hearback);
  await until(async () => (await statusOf(hearback)).state === "idle");
  assert.equal((await agrees(hearback, dir)).total, total);
});

Deno.test("F45 nor does a commit that is brought back before a backup that fails", async () => {
  await using hub = await startHub();
  await using dir = await tempDir();
  for (const [repo, text] of [["ada/other", "Comes back"], [REPO, "Stays"]] as const) {
    await using other = await startInstance(hub, { repo });
    await other.submit(text);
    await other.run();
  }
  const database = hub.repo("ada/other")!.file("reviews.db")!;
  const { head, file } = hub.repo(REPO)!;
  const [db, csv] = [file("reviews.db", head)!, file("reviews.csv", head)!];
  const chosen = hub.commitDirectly(REPO, { "reviews.db": database });
  hub.commitDirectly(REPO, { "reviews.db": db, "reviews.csv": csv });

  await using hearback = await startHearback({ ...backupTo(hub), DATA_DIR: dir.path });
  await until(async () => (await statusOf(hearback)).state === "idle");
  await seen(hearback, 1);
  const down = hub.faults.add({ match: { method: "POST", path: /\/commit\// }, status: 503 });
  await press(hearback, { do: "restore", commit: chosen });
  await until(async () => (await statusOf(hearback)).state === "failing");
  await agrees(hearback, dir.path);
  down.remove();
  await backUpNow(hearback);
  await until(async () => (await statusOf(hearback)).state === "idle");
  assert.equal((await agrees(hearback, dir.path)).total, 2);
  assert.deepEqual(remoteComments(hub).sort(), ["Comes back", "Stays"]);
});

Deno.test("F45 nor do erasures from the dataset whose run fails afterwards", async () => {
  await using hub = await startHub();
  await using dir = await tempDir();
  await using other = await startInstance(hub);
  const { uid } = await other.submit("Erased elsewhere");
  await other.submit("Stays");
  await other.run();
  await using hearback = await startHearback({ ...backupTo(hub), DATA_DIR: dir.path });
  await until(async () => (await statusOf(hearback)).state === "idle");
  await seen(hearback, 2);
  await other.store.erase(uid);
  await other.run();
  const down = hub.faults.add({ match: { method: "POST", path: /\/commit\// }, skip: 1, status: 503 });
  await sendReview(hearback, "New"); // its commit is refused, because the head has moved: that is read, and the next commit fails
  await backUpNow(hearback);
  await until(async () => (await statusOf(hearback)).state === "failing");
  await agrees(hearback, dir.path);
  down.remove();
  await backUpNow(hearback);
  await until(async () => (await statusOf(hearback)).state === "idle");
  assert.equal((await agrees(hearback, dir.path)).total, 2);
});

Deno.test("F45 rows that another program deletes are missing from the totals after the next job", async () => {
  await using hub = await startHub();
  await using dir = await tempDir();
  await using hearback = await startHearback({ ...backupTo(hub), DATA_DIR: dir.path });
  await until(async () => (await statusOf(hearback)).state === "idle");
  for (const text of ["Deleted", "Stays"]) await sendReview(hearback, text);
  await seen(hearback, 2);
  const other = new DatabaseSync(`${dir.path}/reviews.db`, { timeout: 5_000 });
  other.exec("DELETE FROM reviews WHERE comments = 'Deleted'"); // before any backup, so that none brings it back
  other.close();
  await backUpNow(hearback);
  await until(async () => {
    const { state, lastBackup } = await statusOf(hearback);
    return state === "idle" && lastBackup !== null;
  });
  assert.equal((await agrees(hearback, dir.path)).total, 1);
});

/** The page once it shows that many reviews, so that whatever keeps answers has kept this one. */
async function seen({ url }: RunningHearback, total: number): Promise<void> {
  for (const path of ["", "api/stats"]) await (await fetch(url + path)).text();
  assert.equal((await (await fetch(`${url}api/stats`)).json()).total, total);
}

/** Checks that API, page, metrics and list say what the file holds, and returns the numbers. */
async function agrees({ url }: RunningHearback, dir: string): Promise<{ total: number }> {
  const rows = readFile<{ review: number; n: number }>(
    `${dir}/reviews.db`,
    "SELECT review, count(*) AS n FROM reviews GROUP BY review ORDER BY review",
  );
  const total = rows.reduce((sum, { n }) => sum + n, 0);
  const stats = await (await fetch(`${url}api/stats`)).json();
  assert.equal(stats.total, total);
  for (const { review, n } of rows) assert.equal(stats.counts[review], n);
  const listed = await (await fetch(`${url}api/reviews?limit=100`)).json();
  assert.equal(listed.reviews.length, Math.min(total, 100));
  const metrics = await (await fetch(`${url}metrics`)).text();
  assert.ok(metrics.includes(`hearback_reviews ${total}\n`), `${total} reviews`);
  const page = await (await fetch(url)).text();
  assert.match(page, new RegExp(`data-total="${total}"`));
  return { total };
}

/** A dataset of two backups with one review more each; of the newer, the database is damaged. */
async function hubWithDamage(): Promise<Hub> {
  const hub = await startHub();
  await using other = await startInstance(hub);
  for (const text of ["Monday", "Tuesday"]) {
    await other.submit(text);
    await other.run();
  }
  hub.damageObject(REPO, "reviews.db");
  return hub;
}

function backupTo(hub: Hub) {
  const connection = { HF_ENDPOINT: hub.url, HF_TOKEN: TOKEN, DATASET_REPO: REPO };
  return {
    ...connection,
    ADMIN_TOKEN: "swordfish",
    BACKUP_SOON: "off",
    BACKUP_SCHEDULE: "0 0 1 1 *",
    RATE_LIMIT: "off",
  };
}
