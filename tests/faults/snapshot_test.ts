// Snapshots that are taken while people send reviews, and none where nobody did.
import assert from "node:assert/strict";
import { parse } from "csv-parse/sync";
import { NULL_CELL } from "../../db/file/csv.ts";
import { beginningOf, nameOf, namesIn } from "../../sync/jobs/kept_csv_files.ts";
import { runInWorker } from "../../sync/run_in_worker.ts";
import { startHub } from "../hub/hub.ts";
import { jobOptions, readFile, REPO, startInstance, tempDir } from "./instance.ts";
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

Deno.test("F14 a new process goes on with no CSV that it finds, whole as it looks: another version may write it otherwise", async () => {
  await using hub = await startHub();
  await using dir = await tempDir();
  {
    await using here = await startInstance(hub, { dir: dir.path });
    await here.submit("Earlier");
    await here.run();
  }
  const [name = ""] = namesIn(`${dir.path}/csv`);
  const otherwise = new TextEncoder().encode(
    (await Deno.readTextFile(`${dir.path}/csv/${name}`)).replace("Earlier", "'Earlier'"),
  );
  await Deno.remove(`${dir.path}/csv/${name}`);
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", otherwise)).toHex();
  const kept = nameOf({ ...beginningOf(name)!, size: otherwise.length, sha256 });
  await Deno.writeFile(`${dir.path}/csv/${kept}`, otherwise);

  await using here = await startInstance(hub, { dir: dir.path });
  await here.submit("Later");
  await here.run();
  const [, ...lines] = parse(Buffer.from(hub.repo(REPO)!.file("reviews.csv")!)) as string[][];
  assert.deepEqual(lines.map((cells) => cells[4]), ["Earlier", "Later"]);
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
