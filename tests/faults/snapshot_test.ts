// Snapshots that are taken while people send reviews, and none where nobody did.
import assert from "node:assert/strict";
import { parse } from "csv-parse/sync";
import { NULL_CELL } from "../../db/file/csv.ts";
import { runInWorker } from "../../sync/run_in_worker.ts";
import { startHub } from "../hub/hub.ts";
import { jobOptions, readFile, REPO, startInstance } from "./instance.ts";
import { startRunning } from "./running.ts";

const ODD = [
  'She said "fine", twice',
  "two\nlines",
  "carriage\rreturn",
  "=1+1",
  "007",
  "NA",
  "",
  " ",
  "ü 👩‍💻",
  "x".repeat(1000),
];

Deno.test("F13 every snapshot opens, is whole and holds every review answered before it began", async () => {
  for await (const { db, answeredBefore } of backupsUnderSubmits()) {
    assert.equal(readFile(db, "PRAGMA integrity_check")[0]?.integrity_check, "ok");
    const rows = readFile<{ id: number; uid: string }>(db, "SELECT id, uid FROM reviews ORDER BY id");
    assert.deepEqual(rows.map(({ id }) => id), rows.map((_, index) => index + 1));
    const uids = new Set(rows.map(({ uid }) => uid));
    assert.deepEqual(answeredBefore.filter((uid) => !uids.has(uid)), []);
  }
});

Deno.test("F14 the CSV equals the uploaded database row by row", async () => {
  for await (const { db, csv } of backupsUnderSubmits()) {
    const [header, ...lines] = parse(csv) as string[][];
    assert.deepEqual(header, ["id", "created_at", "name", "review", "comments", "uid", "source"]);
    const rows = readFile(db, "SELECT id, created_at, name, review, comments, uid, source FROM reviews ORDER BY id");
    assert.deepEqual(lines, rows.map((row) => Object.values(row).map((value) => String(value ?? NULL_CELL))));
  }
});

Deno.test("F15 while nothing changes there is no request, however often a run is due", async () => {
  await using hub = await startHub();
  await using here = await startInstance(hub);
  await using running = startRunning(hub, here);
  await here.submit("One");
  running.backup.start();
  await running.until(({ state, drill }) => state === "idle" && drill !== null);
  hub.requests.length = 0;
  for (let minute = 0; minute < 60; minute++) {
    running.backup.start();
    await running.until(({ state }) => state === "idle");
  }
  await running.backup.stop({ deadlineMs: 5000 });
  assert.deepEqual(hub.requests, []);
});

/** Five backups while reviews are sent without a pause, each with what had been answered before it began. */
async function* backupsUnderSubmits() {
  await using hub = await startHub();
  await using here = await startInstance(hub);
  const answered: string[] = [];
  let sending = true;
  const sender = (async () => {
    for (let i = 0; sending; i++) {
      answered.push((await here.submit(ODD[i % ODD.length]!, { name: `${i}` })).uid);
      await new Promise((resolve) => setTimeout(resolve, 1)); // so that the test is about the snapshots and not the load
    }
  })();
  try {
    for (let round = 0; round < 5; round++) {
      const answeredBefore = [...answered];
      const { commit } = await runInWorker("backup", {
        ...jobOptions(here, hub),
        readFirst: round === 0,
        signal: new AbortController().signal,
        onEvent: () => {},
      });
      assert.ok(commit !== null && answered.length > answeredBefore.length, "reviews came while the backup was made");
      const { file } = hub.repo(REPO)!;
      yield {
        db: file("reviews.db", commit),
        csv: new TextDecoder().decode(file("reviews.csv", commit)),
        answeredBefore,
      };
    }
  } finally {
    sending = false;
    await sender;
  }
}
