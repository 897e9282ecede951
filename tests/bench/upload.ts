// `deno task bench:upload [MB …]`: what a run of the backup sends, how long it takes and what memory, measured on Hearback as a process.
import { buildAssets } from "../../routes/build_assets.ts";
import { openReadOnly } from "../../db/file/open_database.ts";
import { type Hub, startHub } from "../hub/hub.ts";
import { backUp, isAtRest, REPO, startBackedUp } from "./backed_up.ts";
import { median } from "./bench_row.ts";
import { fillDatabase, madeUpReview, seeded } from "./filled_database.ts";
import { memoryOf, post, type Server } from "./server.ts";
import { submitTimes } from "./submit_times.ts";

const RUNS = 10;
const MODES = { xet: "Xet", lfs: "LFS" } as const;

interface Sent {
  /** Bytes that only the database, or only the CSV, needed. */
  db: number;
  csv: number;
  /** All requests of the run together. */
  all: number;
}

interface Run {
  sent: Sent;
  seconds: number;
  /** Bytes of memory at the peak, beyond what the process held before the run. */
  memory: number;
}

await buildAssets({ outDir: new URL("../../dist", import.meta.url).pathname });
const sizes = Deno.args.length > 0 ? Deno.args.map(Number) : [5, 150];
console.log(`Median and worst of ${RUNS} runs in a row; 1 = what the first, whole upload of that file sent

| storage | database, CSV | new reviews a run | whole upload: sent, time, memory | database | CSV | both, with all requests | seconds | memory above idle | slowest submit in a whole run |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |`);
for (const megabytes of sizes) {
  const folder = await Deno.makeTempDir();
  fillDatabase(`${folder}/reviews.db`, { megabytes });
  for (const mode of ["xet", "lfs"] as const) {
    for (const added of [1, 500]) console.log(await measure(`${folder}/reviews.db`, { mode, added }));
  }
  await Deno.remove(folder, { recursive: true });
}

/** Backs up a copy of `database` whole, then ten times more after `added` reviews each; a line of the table. */
async function measure(
  database: string,
  { mode, added }: { mode: keyof typeof MODES; added: number },
): Promise<string> {
  const folder = await Deno.makeTempDir();
  const dataDir = `${folder}/data`;
  await Deno.mkdir(dataDir);
  await Deno.copyFile(database, `${dataDir}/reviews.db`);
  const hub = await startHub({ uploadMode: mode, folder: `${folder}/hub` });
  const hearback = await startBackedUp(dataDir, hub);
  try {
    await isAtRest(hearback);
    const whole = sentBytes(hub, { folder, mode });
    const runs: Run[] = [];
    const random = seeded(added);
    for (let run = 0; run < RUNS; run++) {
      for (let review = 0; review < added; review++) await post(hearback, "api/reviews", madeUpReview(random));
      hub.requests.length = 0;
      runs.push({ ...await watchedBackup(hearback), sent: sentBytes(hub, { folder, mode }) });
    }
    // Without its memory of what was sent, a run is whole again, as the first one was before anything could be measured.
    await Deno.remove(`${dataDir}/sent_chunks`).catch(() => {});
    await post(hearback, "api/reviews", madeUpReview(random));
    const running = watchedBackup(hearback);
    const slowest = (await submitTimes(hearback, running)).at(-1) ?? NaN;
    const again = await running;
    const files = ["reviews.db", "reviews.csv"].map((path) => megabytesOf(hub.repo(REPO)!.file(path)!.length));
    const shares = (part: keyof Sent) => spread(runs.map(({ sent }) => sent[part] / whole[part]), 4);
    const cells = [
      MODES[mode],
      files.join(" + ") + " MB",
      `+${added}`,
      `${megabytesOf(whole.db)} + ${megabytesOf(whole.csv)} MB, ${again.seconds.toFixed(1)} s, ${
        megabytesOf(again.memory)
      } MB`,
      shares("db"),
      shares("csv"),
      shares("all"),
      spread(runs.map(({ seconds }) => seconds), 1),
      spread(runs.map(({ memory }) => memory / 1e6), 0) + " MB",
      `${slowest.toFixed(0)} ms`,
    ];
    return `| ${cells.join(" | ")} |`;
  } finally {
    await hearback.stop("SIGKILL");
    await hub.close();
    await Deno.remove(folder, { recursive: true });
  }
}

async function watchedBackup(hearback: Server): Promise<Omit<Run, "sent">> {
  const idle = await memoryOf(hearback);
  await Deno.writeTextFile(`/proc/${hearback.pid}/clear_refs`, "5"); // sets the peak back to what is held now
  const seconds = await backUp(hearback);
  return { seconds, memory: await memoryOf(hearback, "VmHWM") - idle };
}

/** What the requests since the last reset sent, told apart by the hashes in their paths. */
function sentBytes(hub: Hub, { folder, mode }: { folder: string; mode: keyof typeof MODES }): Sent {
  const { db, csv } = hashes(folder);
  const hashesIn = (sha256: string) => mode === "lfs" ? [sha256] : xorbsOf(`${folder}/hub`, sha256);
  const sum = (hashes: string[]) =>
    hub.requests.reduce(
      (all, { path, bytesIn }) => all + (hashes.some((hash) => path.includes(hash)) ? bytesIn : 0),
      0,
    );
  return { db: sum(hashesIn(db)), csv: sum(hashesIn(csv)), all: sum([""]) };
}

function hashes(folder: string): { db: string; csv: string } {
  const db = openReadOnly(`${folder}/data/reviews.db`);
  try {
    const row = db.prepare("SELECT db_sha256 AS db, csv_sha256 AS csv FROM backup").get();
    return { db: String(row?.db), csv: String(row?.csv) };
  } finally {
    db.close();
  }
}

function xorbsOf(hubFolder: string, sha256: string): string[] {
  const { files }: { files: [string, { sha256?: string; terms: { xorb: string }[] }][] } = JSON.parse(
    Deno.readTextFileSync(`${hubFolder}/xet.json`),
  );
  const file = files.map(([, file]) => file).findLast((file) => file.sha256 === sha256);
  return [...new Set(file?.terms.map(({ xorb }) => xorb))];
}

/** Median and worst. */
function spread(values: number[], digits: number): string {
  return `${median(values).toFixed(digits)}, ${Math.max(...values).toFixed(digits)}`;
}

function megabytesOf(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
