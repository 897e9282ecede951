// The CSV that is kept and continued: whatever happens to the database in between, it is the one that would be written whole.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { writeCsv } from "../../db/file/csv.ts";
import { mergeRows } from "../../db/sqlite/merge.ts";
import { openSqliteStore, type SqliteReviewStore } from "../../db/sqlite/sqlite_store.ts";
import { scrubByExchange } from "../../db/sqlite/successor.ts";
import { takeWholeSnapshot } from "../../sync/jobs/commit_snapshot.ts";
import { dropStaleCsv } from "../../sync/jobs/kept_csv_files.ts";
import { emptyFolder } from "../../sync/jobs/empty_folder.ts";
import { isAppError, newReview } from "../db/store_contract.ts";
import { temporaryFolder } from "../db/temporary_folder.ts";

const now = () => new Date("2026-11-22T12:00:00Z");

Deno.test("a snapshot after new reviews goes on with the CSV of the one before, and after any other change it does not", async () => {
  await using desk = await startDesk();
  const file = () => [...Deno.readDirSync(desk.folder.path("csv"))].map(({ name }) => desk.folder.path(`csv/${name}`));
  await desk.acts.add(3);
  await desk.snapshot();
  const [first] = file();
  const { ino } = Deno.statSync(first!);
  await desk.acts.add(2);
  await desk.snapshot();
  assert.deepEqual(file().map((path) => Deno.statSync(path).ino), [ino]);
  assert.notEqual(file()[0], first);
  using kept = Deno.openSync(file()[0]!); // so that its inode is not given to another file
  await desk.acts.erase(1);
  await desk.snapshot();
  assert.equal(file().length, 1);
  assert.notEqual(Deno.statSync(file()[0]!).ino, kept.statSync().ino);
});

Deno.test("a kept CSV is whole, the same as one written anew, after whatever happened to the database and to itself", async () => {
  const small = fc.nat(7);
  const act = fc.oneof(
    { weight: 5, arbitrary: fc.constant(["snapshot", 0] as const) },
    { weight: 4, arbitrary: fc.tuple(fc.constant("add" as const), small) },
    {
      weight: 8,
      arbitrary: fc.tuple(
        fc.constantFrom(
          ...(["erase", "putBack", "merge", "renumber", "edit", "replaceById", "replaceByUid", "vanish"] as const),
          ...([
            "keepDisk",
            "oldDisk",
            "damage",
            "cutOff",
            "lengthen",
            "killed",
            "scrub",
            "restart",
            "editMeanwhile",
            "addMeanwhile",
          ] as const),
        ),
        small,
      ),
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 3, maxLength: 14 }), async (acts) => {
      await using desk = await startDesk();
      await desk.acts.add(3);
      await desk.snapshot();
      for (const [name, number] of acts) {
        if (name === "snapshot") await desk.snapshot();
        else await desk.acts[name](number);
      }
      await desk.snapshot();
    }),
    { numRuns: 150 },
  );
});

Deno.test("a snapshot that fails keeps no CSV, because that may take the room that was lacking", async () => {
  await using desk = await startDesk();
  await desk.acts.add(1);
  await desk.snapshot();
  const [database, csvDir] = [desk.folder.path("reviews.db"), desk.folder.path("csv")];
  const workDir = desk.folder.path("missing");
  await assert.rejects(takeWholeSnapshot({ database, workDir, csvDir, onProgress: () => {} }), isAppError("disk_full"));
  assert.deepEqual([...Deno.readDirSync(csvDir)], []);
});

Deno.test("what is erased is in no kept CSV, nor what a killed run left of one", async () => {
  await using desk = await startDesk();
  await desk.acts.add(3);
  await desk.snapshot();
  const names = () => [...Deno.readDirSync(desk.folder.path("csv"))].map(({ name }) => name);
  const tidy = () => dropStaleCsv({ database: desk.folder.path("reviews.db"), folder: desk.folder.path("csv") });
  await desk.acts.add(1);
  await tidy();
  assert.equal(names().length, 1);
  await Deno.writeTextFile(desk.folder.path("csv/reviews.csv"), "half of one");
  await tidy();
  assert.equal(names().length, 1);
  assert.match(names()[0]!, /^[0-9a-f]{32}-3-\d+-[0-9a-f]{64}\.csv$/);
  await desk.acts.erase(0);
  await tidy();
  assert.deepEqual(names(), []);
});

/** A store whose database is snapshot, changed and ill-treated. */
async function startDesk() {
  const folder = await temporaryFolder();
  const database = folder.path("reviews.db");
  const csvDir = folder.path("csv");
  let store: SqliteReviewStore = openSqliteStore({ path: database, now });
  let counter = 0;
  const reviews = async () => (await Array.fromAsync(store.export({}))).flat();
  const pick = async (number: number) => (await reviews()).at(number % Math.max(1, (await reviews()).length));
  const text = () => `text ${++counter}`;
  const row = (id: number, uid: string) => {
    return { ...newReview({ uid, comments: text() }), id, created_at: "2026-01-01 00:00:00", review: 3 };
  };
  function bySql(sql: string, ...values: (string | number)[]): void {
    const db = new DatabaseSync(database);
    db.prepare(sql).run(...values);
    db.close();
  }

  const acts = {
    async add(number: number) {
      for (let n = 0; n < number; n++) await store.add(newReview({ comments: text() }));
    },
    async erase(number: number) {
      const review = await pick(number);
      if (review !== undefined) await store.erase(review.uid);
    },
    async putBack(number: number) {
      const review = await pick(number);
      if (review === undefined) return;
      await store.erase(review.uid);
      await store.putBack({ ...review, comments: text() }, crypto.randomUUID());
    },
    // Ids below, between and above those that are here.
    async merge(number: number) {
      const rows = [row(number, crypto.randomUUID()), row(counter + 20, crypto.randomUUID())];
      await mergeRows({ local: database, dataset: "ada/reviews", commit: "c", rows });
    },
    // The dataset knows a review of this database under another id.
    async renumber(number: number) {
      const review = await pick(number);
      const rows = [row((review?.id ?? 1) + 1, review?.uid ?? crypto.randomUUID())];
      await mergeRows({ local: database, dataset: "ada/reviews", commit: "c", rows });
    },
    async edit(number: number) {
      bySql("UPDATE reviews SET comments = ? WHERE id = ?", text(), (await pick(number))?.id ?? 0);
    },
    async replaceById(number: number) {
      const sql = "REPLACE INTO reviews (id, uid, comments) VALUES (?, ?, ?)";
      bySql(sql, (await pick(number))?.id ?? 1, crypto.randomUUID(), text());
    },
    async replaceByUid(number: number) {
      bySql("REPLACE INTO reviews (uid, comments) VALUES (?, ?)", (await pick(number))?.uid ?? "u", text());
    },
    async vanish(number: number) {
      bySql("DELETE FROM reviews WHERE id = ?", (await pick(number))?.id ?? 0);
    },
    async keepDisk() {
      await reopen(() => Deno.copyFile(database, folder.path("old.db")));
    },
    async oldDisk() {
      await reopen(() => Deno.copyFile(folder.path("old.db"), database).catch(() => {}));
    },
    async restart() {
      await reopen(() => {});
    },
    damage(number: number) {
      inKept((file, size) => {
        file.seekSync(Math.floor(size * number / 8), Deno.SeekMode.Start);
        file.writeSync(new Uint8Array([33]));
      });
    },
    cutOff(number: number) {
      inKept((file, size) => file.truncateSync(Math.floor(size * number / 8)));
    },
    lengthen() {
      inKept((file, size) => {
        file.seekSync(size, Deno.SeekMode.Start);
        file.writeSync(new TextEncoder().encode("9,not,a,review\n"));
      });
    },
    /** A run that is killed leaves the folder as it is at that moment. */
    async killed(number: number) {
      const left = folder.path("left");
      let steps = 0;
      const onProgress = () => {
        if (steps++ !== number % 4) return;
        copyFolder(csvDir, left);
        throw new Error("killed");
      };
      await emptyFolder(folder.path("work"));
      const died = await takeWholeSnapshot({ database, workDir: folder.path("work"), csvDir, onProgress })
        .then(() => false, ({ message }) => message === "killed");
      if (died) copyFolder(left, csvDir);
    },
    /** Somebody else writes between the mark and the copy. */
    async editMeanwhile(number: number) {
      const id = (await pick(number))?.id ?? 0;
      await snapshot(() => bySql("UPDATE reviews SET comments = ? WHERE id = ?", text(), id));
    },
    async addMeanwhile() {
      await snapshot(() => bySql("INSERT INTO reviews (uid, comments) VALUES (?, ?)", crypto.randomUUID(), text()));
    },
    async scrub() {
      await scrubByExchange({ store, local: database, folder: folder.path("scrub") });
    },
  };

  async function reopen(meanwhile: () => Promise<void> | void): Promise<void> {
    await store.close();
    await meanwhile();
    store = openSqliteStore({ path: database, now });
  }

  function inKept(work: (file: Deno.FsFile, size: number) => void): void {
    const [entry] = [...Deno.readDirSync(csvDir)];
    if (entry === undefined) return;
    using file = Deno.openSync(`${csvDir}/${entry.name}`, { read: true, write: true });
    work(file, file.statSync().size);
  }

  /** Takes a snapshot and compares its CSV with one written whole from the very same database file. */
  async function snapshot(meanwhile: () => void = () => {}): Promise<void> {
    const workDir = folder.path("work");
    await emptyFolder(workDir);
    const onProgress = (step: string) => step === "taking a snapshot" && meanwhile();
    const { files: [db, csv] } = await takeWholeSnapshot({ database, workDir, csvDir, onProgress });
    const whole = folder.path("whole.csv");
    await Deno.writeFile(folder.path("uploaded.db"), await db.content.bytes());
    writeCsv({ database: folder.path("uploaded.db"), target: whole });
    assert.equal(await csv.content.text(), await Deno.readTextFile(whole));
    assert.equal(
      csv.sha256,
      new Uint8Array(await crypto.subtle.digest("SHA-256", await csv.content.bytes())).toHex(),
    );
    await Deno.remove(whole);
  }

  return {
    folder,
    acts,
    snapshot,
    async [Symbol.asyncDispose]() {
      await store.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function copyFolder(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name } of Deno.readDirSync(to)) Deno.removeSync(`${to}/${name}`);
  for (const { name } of Deno.readDirSync(from)) Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
}
