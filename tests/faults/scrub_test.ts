// The live database's file is scrubbed after erasures: no byte of an erased text stays in any file, killed at any step or not.
import assert from "node:assert/strict";
import { readLedger } from "../../db/sqlite/ledger.ts";
import { withDatabase } from "../../db/file/open_database.ts";
import { openSqliteStore } from "../../db/sqlite/sqlite_store.ts";
import { startBackup } from "../../sync/backup.ts";
import { until } from "../until.ts";
import { runAsked, type Verdict } from "./asked_process.ts";
import { tempDir } from "./instance.ts";

const SETTINGS = {
  token: undefined,
  dataset: undefined,
  private: true,
  endpoint: "http://127.0.0.1:1",
  schedule: "0 0 1 1 *",
  soonSeconds: null,
  squashAfter: 0,
};

Deno.test("F31 after thousands of erasures no byte of an erased text is in any file, without a dataset too", async () => {
  await using dir = await tempDir();
  const { gone, kept } = fillAndErase(`${dir.path}/reviews.db`, 6000);
  assert.notDeepEqual(found(dir.path, gone), [], "SQLite by itself leaves some");
  await scrubbed(dir.path);
  assert.deepEqual(found(dir.path, gone), []);
  assert.deepEqual(found(dir.path, kept), kept);
});

Deno.test("F31 killed at each step of the scrubbing, no byte of an erased text is left after the next start", async () => {
  await using dir = await tempDir();
  const source = `${dir.path}/source.db`;
  const { gone, kept } = fillAndErase(source, 1200);
  assert.notDeepEqual(found(dir.path, gone), []);
  const run = async (name: string, judge: (step: number) => Verdict) => {
    const folder = `${dir.path}/${name}`;
    Deno.mkdirSync(folder);
    Deno.copyFileSync(source, `${folder}/reviews.db`);
    let steps = 0;
    await runAsked({ script: scrubbing(folder), socket: `${folder}.sock`, judge: () => judge(++steps) });
    await scrubbed(folder);
    assert.deepEqual(found(folder, gone), [], name);
    assert.deepEqual(found(folder, kept), kept, name);
    return steps;
  };
  const steps = await run("whole", () => "allow");
  for (let at = 2; at <= steps; at++) await run(`killed at ${at}`, (step) => step === at ? "kill" : "allow");
});

/** Starts Hearback's backup without a dataset on the folder, waits until the file is scrubbed, and stops it. */
async function scrubbed(dataDir: string): Promise<void> {
  const path = `${dataDir}/reviews.db`;
  const now = () => new Date();
  const store = openSqliteStore({ path, now });
  const backup = startBackup({ store, dataDir, settings: SETTINGS, now, log: () => {} });
  await until(() => !withDatabase(path, readLedger).unscrubbed);
  await backup.stop({ deadlineMs: 5000 });
  await store.close();
}

/** Fills a database and erases two fifths, so that SQLite rebalances its pages; the same way each time. */
function fillAndErase(path: string, reviews: number): { gone: string[]; kept: string[] } {
  const all = Array.from({ length: reviews }, (_, n) => ({ n, uid: `uid-${n}`, mark: `mark-${n}-` }));
  const isGone = (n: number) => (n * 31) % 5 < 2;
  withDatabase(path, (db) => {
    db.exec("BEGIN");
    const insert = db.prepare("INSERT INTO reviews (id, uid, comments) VALUES (?, ?, ?)");
    for (const { n, uid, mark } of all) {
      insert.run(n + 1, uid, mark.repeat(1 + (n * 7919) % (n % 10 ? 40 : 500)));
    }
    for (let n = 1; n <= reviews; n += 3) {
      db.exec(`UPDATE reviews SET id = ${10 * reviews + (n * 7919) % reviews} WHERE id = ${n}`);
    }
    for (const { uid } of all.filter(({ n }) => isGone(n))) {
      db.exec(`INSERT INTO erasures VALUES ('${uid}', ''); DELETE FROM reviews WHERE uid = '${uid}'`);
    }
    db.exec("COMMIT");
  });
  const marks = (those: typeof all) => those.map(({ mark }) => mark);
  return { gone: marks(all.filter(({ n }) => isGone(n))), kept: marks(all.filter(({ n }) => !isGone(n))) };
}

/** Those of the marks that are in any byte of any file in the folder. */
function found(dir: string, marks: string[]): string[] {
  const there = new Set(
    filesIn(dir).flatMap((path) => {
      const text = new TextDecoder("latin1").decode(Deno.readFileSync(path));
      return text.match(/mark-\d+-/g) ?? [];
    }),
  );
  return marks.filter((mark) => there.has(mark));
}

function filesIn(dir: string): string[] {
  return [...Deno.readDirSync(dir)].flatMap(({ name, isDirectory, isFile }) =>
    isDirectory ? filesIn(`${dir}/${name}`) : isFile ? [`${dir}/${name}`] : []
  );
}

function scrubbing(folder: string): string {
  const module = (path: string) => JSON.stringify(new URL(`../../${path}`, import.meta.url).href);
  return `
    import { openSqliteStore } from ${module("db/sqlite/sqlite_store.ts")};
    import { scrubByReplacement } from ${module("db/sqlite/build_replacement.ts")};
    const folder = ${JSON.stringify(folder)};
    const store = openSqliteStore({ path: folder + "/reviews.db", now: () => new Date() });
    await scrubByReplacement({ store, local: folder + "/reviews.db", folder: folder + "/work/replacement" });
    await store.close();`;
}
