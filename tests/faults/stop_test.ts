// What is optional holds up nothing that is required: neither the last backup at a stop nor one that is due.
import assert from "node:assert/strict";
import { runInWorker } from "../../sync/run_in_worker.ts";
import { type Fault, type Hub, type HubOptions, startHub } from "../hub/hub.ts";
import { type RunningHearback, startHearback } from "../process.ts";
import { until } from "../until.ts";
import { turn } from "../virtual_clock.ts";
import { press } from "./admin_buttons.ts";
import { remoteComments, REPO, startInstance, tempDir, TOKEN } from "./instance.ts";
import { backUpNow, sendReview, statusOf } from "./over_http.ts";
import { startRunning } from "./running.ts";

const DOWNLOAD = { method: "GET", path: /\/resolve\// };
const DRILL = { do: "drill" };
const SQUASH = { do: "squash", sure: "yes" };

/** Optional work that hangs: the button that starts it, and the request that gets no answer. */
interface Hanging {
  button: (commit: string) => Record<string, string>;
  fault: Fault;
  uploadMode?: HubOptions["uploadMode"];
}

const HANGING: Record<string, Hanging> = {
  "a drill": { button: () => DRILL, fault: { match: DOWNLOAD } },
  "a drill, at its first question,": { button: () => DRILL, fault: { match: { path: /\/api\/datasets\// } } },
  "a drill, at the storage,": { button: () => DRILL, fault: { match: { host: "storage" } }, uploadMode: "lfs" },
  "erasing the history": { button: () => SQUASH, fault: { match: { path: /super-squash/ } } },
  "erasing the history, which was done without an answer,": {
    button: () => SQUASH,
    fault: { match: { path: /super-squash/ }, after: true },
  },
  "bringing back a commit": { button: (commit) => ({ do: "restore", commit }), fault: { match: DOWNLOAD } },
};

for (const [what, { button, fault, uploadMode = "auto" }] of Object.entries(HANGING)) {
  Deno.test(`F43 at SIGTERM ${what} that hangs is given up, and the last run happens`, async () => {
    await using hub = await startHub({ uploadMode });
    await using dir = await tempDir();
    await using hearback = await startHearback({ ...backupTo(hub), DATA_DIR: dir.path });
    await until(async () => (await statusOf(hearback)).state === "idle");
    await sendReview(hearback, "Backed up");
    await backUpNow(hearback);
    await until(async () => (await statusOf(hearback)).drill?.ok);

    const hang = hub.faults.add({ ...fault, times: 1, hang: true });
    await press(hearback, button(hub.repo(REPO)!.head));
    await until(() => hang.hits === 1);
    await sendReview(hearback, "Last words");
    const began = performance.now();
    assert.equal(await hearback.stop(), 0);
    assert.ok(performance.now() - began < 15_000, "it did not wait for the deadline");
    assert.deepEqual(remoteComments(hub), ["Backed up", "Last words"]);
    assert.match(hearback.output(), /"event":"stopped","saved":true/);
  });
}

Deno.test("F43 at a stop a scrub that hangs is given up, and the last run happens", async () => {
  await using hub = await startHub();
  await using here = await startInstance(hub);
  const hanging = Promise.withResolvers<void>();
  await using running = startRunning(hub, here, {
    runJob(job, options) {
      if (job !== "scrub") return runInWorker(job, options);
      hanging.resolve();
      return new Promise<never>((_, reject) =>
        options.signal.addEventListener("abort", () => reject(new Error("Cut")))
      );
    },
  });
  await until(() => running.backup.status().state === "idle");
  const { uid } = await here.submit("Erased");
  await here.submit("Kept");
  await here.store.erase(uid);
  running.backup.start();
  await hanging.promise;
  assert.deepEqual(await running.backup.stop({ deadlineMs: 15_000 }), { saved: true });
  assert.deepEqual(remoteComments(hub), ["Kept"]);
});

const WAYS: Record<string, { env: Record<string, string>; ask?: (hearback: RunningHearback) => Promise<void> }> = {
  "asked for": { env: {}, ask: backUpNow },
  "due after BACKUP_SOON": { env: { BACKUP_SOON: "0" } },
  "due by the schedule": { env: { BACKUP_SCHEDULE: "* * * * *", DENO_CRON_TEST_SCHEDULE_OFFSET: "100" } },
};

for (const [way, { env, ask = () => Promise.resolve() }] of Object.entries(WAYS)) {
  for (const what of ["a drill", "erasing the history", "bringing back a commit"]) {
    if (way !== "asked for" && what !== "a drill") continue;
    Deno.test(`F43 while ${what} hangs, a backup that is ${way} is made at once, and the other after it`, async () => {
      await using hub = await startHub();
      await using dir = await tempDir();
      // This process makes no commit of its own before, so that none has to keep its distance from it.
      await backedUp(hub, "Monday");
      const { head } = hub.repo(REPO)!;
      await using hearback = await startHearback({ ...backupTo(hub), ...env, DATA_DIR: dir.path });
      await until(async () => (await statusOf(hearback)).state === "idle");
      await press(hearback, DRILL);
      const { at } = await until(async () => (await statusOf(hearback)).drill ?? undefined);

      const { button, fault } = HANGING[what]!;
      const hang = hub.faults.add({ ...fault, times: 1, hang: true });
      await press(hearback, button(head));
      await until(() => hang.hits === 1);
      await sendReview(hearback, "Meanwhile");
      await ask(hearback);
      await until(() => remoteComments(hub).includes("Meanwhile"), { withinMs: 15_000 });

      const fulfilled = async () => {
        if (what === "erasing the history") return hub.repo(REPO)!.commits.length === 1;
        const { drill, notice } = await statusOf(hearback);
        return what === "a drill" ? drill!.ok && drill!.at > at : notice?.includes("came back from commit");
      };
      await until(fulfilled);
      assert.deepEqual(remoteComments(hub), ["Monday", "Meanwhile"]);
      assert.equal(await hearback.stop(), 0);
    });
  }
}

Deno.test("F43 a process that starts on an empty disk fetches the newest backup once", async () => {
  await using hub = await startHub();
  await using dir = await tempDir();
  await backedUp(hub, "Monday");
  const { head } = hub.repo(REPO)!;
  await using hearback = await startHearback({ ...backupTo(hub), DATA_DIR: dir.path });
  await until(async () => (await statusOf(hearback)).state === "idle");
  await sendReview(hearback, "Tuesday");
  await backUpNow(hearback); // which comes after whatever the restore brings with it
  await until(() => hub.repo(REPO)!.head !== head);
  assert.equal(await hearback.stop(), 0);
  assert.equal(downloads(hub, head), 1);
});

Deno.test("F43 no drill follows a restore that has just read the same bytes, but one does follow the next backup", async () => {
  await using hub = await startHub();
  await backedUp(hub, "Monday");
  const { head } = hub.repo(REPO)!;
  await using here = await startInstance(hub);
  const jobs: string[] = [];
  await using running = startRunning(hub, here, {
    runJob(job, options) {
      jobs.push(job);
      return runInWorker(job, options);
    },
  });
  await until(() => running.backup.status().state === "idle");
  for (let turns = 0; turns < 20; turns++) await turn(); // whatever follows the run begins now
  assert.deepEqual(jobs, ["backup"]);
  assert.equal(downloads(hub, head), 1);
  assert.equal(running.backup.status().drill?.ok ?? true, true);

  running.backup.start({ drill: true });
  await until(() => jobs.includes("drill") && running.backup.status().drill?.ok);
});

/** Lets an instance that is gone afterwards make a backup with one review. */
async function backedUp(hub: Hub, comments: string): Promise<void> {
  await using other = await startInstance(hub);
  await other.submit(comments);
  await other.run();
}

/** How often the database of `commit` was fetched. */
function downloads({ requests }: Hub, commit: string): number {
  const files = [`/resolve/${commit}/reviews.db`, "/resolve/main/reviews.db"];
  const asked = requests.filter(({ method, path }) => method === "GET" && files.some((file) => path.includes(file)));
  return asked.length / 2; // the client asks what the file is, and then for it
}

function backupTo(hub: Hub) {
  const connection = { HF_ENDPOINT: hub.url, HF_TOKEN: TOKEN, DATASET_REPO: REPO };
  return { ...connection, ADMIN_TOKEN: "swordfish", BACKUP_SOON: "off", BACKUP_SCHEDULE: "0 0 1 1 *" };
}
