// The real scheduler drives the backup, under the name and the schedule that the settings give.
import assert from "node:assert/strict";
import { openSqliteStore } from "../db/sqlite/sqlite_store.ts";
import { startBackup } from "../sync/backup.ts";
import { temporaryFolder } from "./db/temporary_folder.ts";
import { startInstance } from "./faults/instance.ts";
import { startRunning } from "./faults/running.ts";
import { startHub } from "./hub/hub.ts";
import { startHearback } from "./process.ts";
import { until } from "./until.ts";

Deno.test("Deno.cron backs up what is new without being asked, again and again", async () => {
  await using hub = await startHub();
  await using folder = await temporaryFolder();
  await using hearback = await startHearback({
    DATA_DIR: folder.path("data"),
    HF_ENDPOINT: hub.url,
    HF_TOKEN: "hf_local_write",
    DATASET_REPO: "ada/reviews",
    BACKUP_SOON: "off",
    // Deno's own switch for tests: every tick comes this many milliseconds after the one before.
    DENO_CRON_TEST_SCHEDULE_OFFSET: "100",
  });
  const commits = () => hub.repo("ada/reviews")?.commits.length ?? 0;
  for (const comments of ["first", "second"]) {
    const before = await until(() => commits() || undefined);
    const answer = await fetch(`${hearback.url}api/reviews`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ rating: 5, comments }),
    });
    const { uid } = await answer.json();
    await until(() => commits() > before, { withinMs: 100_000 }); // two commits are a minute apart
    assert.match(new TextDecoder().decode(hub.repo("ada/reviews")?.file("reviews.csv")), new RegExp(uid));
    await until(async () => (await (await fetch(`${hearback.url}api/status`)).json()).state === "idle");
  }
});

Deno.test("the job is registered once, with BACKUP_SCHEDULE, and ends with stop()", async () => {
  const original = Object.getOwnPropertyDescriptor(Deno, "cron");
  assert.ok(original);
  const registered: unknown[][] = [];
  const signals: AbortSignal[] = [];
  Object.defineProperty(Deno, "cron", {
    configurable: true,
    value(name: string, schedule: string, { signal }: { signal: AbortSignal }) {
      registered.push([name, schedule]);
      signals.push(signal);
      return new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    },
  });
  try {
    await using hub = await startHub();
    await using folder = await temporaryFolder();
    const now = () => new Date();
    const store = openSqliteStore({ path: folder.path("reviews.db"), now });
    const settings = {
      token: "hf_local_write",
      dataset: "ada/reviews",
      private: true,
      endpoint: hub.url,
      schedule: "*/7 * * * *",
      soonSeconds: null,
      squashAfter: 0,
    };
    const backup = startBackup({ store, dataDir: folder.path("."), settings, now, log: () => {} });
    assert.deepEqual(registered.map(([, schedule]) => schedule), ["*/7 * * * *"]);
    await backup.stop({ deadlineMs: 20_000 });
    assert.ok(signals.every((signal) => signal.aborted));
    await store.close();
  } finally {
    Object.defineProperty(Deno, "cron", original);
  }
});

Deno.test("while the Hub wants to be left alone the ticks of the schedule ask it nothing", async () => {
  const original = Object.getOwnPropertyDescriptor(Deno, "cron");
  assert.ok(original);
  let tick = () => {};
  Object.defineProperty(Deno, "cron", {
    configurable: true,
    value(_name: string, _schedule: string, { signal }: { signal: AbortSignal }, handler: () => void) {
      tick = handler;
      return new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    },
  });
  try {
    await using hub = await startHub();
    await using here = await startInstance(hub);
    await using running = startRunning(hub, here);
    await running.until(({ state }) => state === "idle");
    hub.faults.add({ match: { path: /\/commit\// }, status: 429, headers: { "Retry-After": "3600" } });
    await here.submit("Waits");
    tick();
    await running.until(({ state }) => state === "failing");
    tick(); // comes while the waiting time lasts
    await running.backup.stop({ deadlineMs: 20_000 }); // waits for what the tick began, and makes the last run
    assert.equal(running.log.filter(({ event }) => event === "backup-failed").length, 2);
  } finally {
    Object.defineProperty(Deno, "cron", original);
  }
});
