// A machine that is suspended, or whose clock is set, again and again: the schedule ticks on, and a stop waits for nothing that may never end.
import assert from "node:assert/strict";
import { startHub } from "../hub/hub.ts";
import { startHearback } from "../process.ts";
import { until } from "../until.ts";
import { clockTest, settableClock } from "./faked_clock.ts";
import { startInstance, tempDir } from "./instance.ts";
import { startRunning } from "./running.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

// Tells of each registration and each tick; scheduler, schedule and handler stay what they are.
const TELLING_CRON = `
  const { cron } = Deno;
  Object.defineProperty(Deno, "cron", {
    value(name, schedule, options, handler) {
      console.log("registered", JSON.stringify(name));
      return cron.call(Deno, name, schedule, options, () => {
        console.log("ticked", new Date().toISOString());
        return handler();
      });
    },
  });
`;

for (const where of ["backing up", "local only"]) {
  Deno.test(`F96 a schedule that never ends holds up no stop (${where})`, async () => {
    const original = Object.getOwnPropertyDescriptor(Deno, "cron")!;
    // As Deno's own did: it resolves neither with the signal nor ever.
    Object.defineProperty(Deno, "cron", { configurable: true, value: () => new Promise<void>(() => {}) });
    try {
      await using hub = await startHub();
      await using here = await startInstance(hub);
      const settings = where === "backing up" ? {} : { token: undefined };
      const { backup } = startRunning(hub, here, settings);
      await until(() => backup.settled() && backup.status().state !== "uploading");
      let saved: boolean | undefined;
      void backup.stop({ deadlineMs: 5_000 }).then((result) => saved = result.saved);
      await until(() => saved !== undefined, { withinMs: 10_000 });
      assert.equal(saved, true);
    } finally {
      Object.defineProperty(Deno, "cron", original);
    }
  });
}

clockTest(
  "F96 after four jumps of the clock the schedule still ticks once a minute, and SIGTERM ends the process",
  async () => {
    await Promise.all([jumpsAround("backing up"), jumpsAround("local only")]); // side by side, because a minute is a minute
  },
);

async function jumpsAround(where: string): Promise<void> {
  await using hub = await startHub();
  await using dir = await tempDir();
  const preload = `${dir.path}/telling_cron.js`;
  Deno.writeTextFileSync(preload, TELLING_CRON);
  const start = Date.parse("2026-11-22T12:00:30Z");
  const clock = settableClock(`${dir.path}/clock`, new Date(start).toISOString());
  const connection = { HF_ENDPOINT: hub.url, HF_TOKEN: "hf_local_write", DATASET_REPO: "ada/reviews" };
  const env = { ...(where === "backing up" ? connection : {}), DATA_DIR: `${dir.path}/data`, ...clock.env };
  const paths = `--allow-read=db,sync,dist,${dir.path}`;
  const args = ["run", "-P", paths, `--allow-write=${dir.path}/data`, `--preload=${preload}`, "main.ts"];
  await using hearback = await startHearback(env, { args });
  const lines = (kind: string) =>
    [...hearback.output().matchAll(new RegExp(`^${kind} "?(.*?)"?$`, "gm"))].map(([, text]) => text!);
  await until(() => lines("registered").length === 1);

  let last = "";
  for (const [jump, ms] of [3 * HOUR, 24 * HOUR, -5 * HOUR, 30 * 24 * HOUR].entries()) {
    const seen = lines("ticked").length;
    last = new Date(start + ms + 25 * SECOND).toISOString(); // five seconds before a minute begins
    clock.set(last);
    await until(() => lines("registered").length === jump + 2, { withinMs: 10_000 });
    await until(() => lines("ticked").length > seen, { withinMs: 10_000 });
  }
  // A full minute by the machine's own time: of no registration that is over a tick is left.
  const seen = lines("ticked").length;
  await until(() => lines("ticked").length > seen, { withinMs: 70_000 });
  assert.deepEqual(
    lines("ticked").slice(seen - 1).map((time) => time.slice(0, 16)),
    [1, 2].map((minutes) => new Date(Date.parse(last) + minutes * MINUTE - 5 * SECOND).toISOString().slice(0, 16)),
  );
  assert.equal(new Set(lines("registered")).size, 5, `${lines("registered")}`);

  let ended = false;
  hearback.kill("SIGTERM");
  void hearback.status.then(() => ended = true);
  await until(() => ended, { withinMs: 25_000 });
  assert.equal((await hearback.status).code, 0);
}
