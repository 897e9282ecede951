// Does what a start and a run do, as far as that changes nothing, and prints the same errors with the same hints.
import { inspectDatabase } from "../../db/file/inspect.ts";
import { short } from "../hub/commit_id.ts";
import { type Dataset, openDataset } from "../hub/dataset.ts";
import { datasetSettings } from "../hub/dataset_settings.ts";
import { DATABASE_FILE, READ_FILES } from "../jobs/backup_files.ts";
import { emptyFolder } from "../jobs/empty_folder.ts";
import { fetchDatabase } from "../jobs/fetch_database.ts";
import { reviewsInWords } from "../jobs/reviews_in_words.ts";
import type { BackupSettings } from "../running_backup.ts";
import { notOpened } from "../start_failure.ts";
import { SyncError } from "../sync_error.ts";

/** What the doctor looks at. */
export interface DoctorContext {
  settings: BackupSettings;
  dataDir: string;
  now: () => Date;
  /** Prints a line for people. */
  print: (line: string) => void;
}

const PATIENCE_MS = 300_000;
const BLOCK = 1024 * 1024;
const LEAST_BLOCKS = 16;
const MOST_BLOCKS = 512; // nobody waits for more
const TOLERANCE_SECONDS = 120;

/** Checks settings, disk, database, clock, token, rights and backup, and prints what it finds. Returns 1 where something is wrong, else 0. */
export async function doctor({ settings, dataDir, now, print }: DoctorContext): Promise<number> {
  let problems = 0;
  const workDir = `${dataDir}/doctor`;
  const connection = datasetSettings(settings);
  const line = (verdict: "ok" | "warning" | "problem", name: string, text: string) =>
    print(`${verdict.padEnd(8)} ${name}: ${text}`);
  const hint = (text: string) => text !== "" && print(`${" ".repeat(9)}→ ${text}`);

  if (connection === null) {
    const missing = [settings.token ?? "HF_TOKEN", settings.dataset ?? "DATASET_REPO"].filter((name) =>
      name === "HF_TOKEN" || name === "DATASET_REPO"
    );
    line("warning", "settings", "nothing is backed up: reviews are on this disk alone");
    hint(`Set ${missing.join(" and ")} to have them backed up`);
  } else {
    const { repo, endpoint } = connection;
    line("ok", "settings", `reviews go to the ${connection.private ? "private " : ""}dataset ${repo} at ${endpoint}`);
  }
  const hasDisk = await check("disk", () => writeAndRemove(dataDir));
  if (hasDisk) await check("database", () => inspected(dataDir));
  if (connection !== null) {
    const dataset = openDataset(connection, AbortSignal.timeout(PATIENCE_MS));
    await check("token", async () => `the Hub accepts it: it belongs to ${await dataset.account()}`);
    clock(dataset.hubTime());
    await check("rights", async () => await dataset.mayWrite() ? "the token may write to the dataset" : NO_DATASET);
    await check("dataset", () => visibility(dataset));
    await check("backup", () => hasDisk ? fetched(dataset) : "it was not fetched, because DATA_DIR cannot take it");
    if (hasDisk) await Deno.remove(workDir, { recursive: true }).catch(() => {});
  }
  print(problems === 0 ? "No problems found" : `${problems} ${problems === 1 ? "problem" : "problems"} to fix`);
  return problems === 0 ? 0 : 1;

  async function check(name: string, look: () => Promise<string> | string): Promise<boolean> {
    try {
      line("ok", name, await look());
      return true;
    } catch (error) {
      problems++;
      const isHubs = error instanceof SyncError || !["disk", "database"].includes(name);
      line("problem", name, isHubs && error instanceof Error ? error.message : notOpened(error, { dataDir }));
      if (error instanceof SyncError) hint(error.hint);
      return false;
    }
  }

  function clock(hubTime: Date | null): void {
    if (hubTime === null) return;
    const seconds = Math.round((now().getTime() - hubTime.getTime()) / 1000);
    if (Math.abs(seconds) <= TOLERANCE_SECONDS) return line("ok", "clock", "it agrees with the Hub's");
    line("warning", "clock", `it is ${Math.abs(seconds)} seconds ${seconds > 0 ? "ahead of" : "behind"} the Hub's`);
    hint("Turn on time synchronization; reviews carry the time of this clock");
  }

  async function visibility(dataset: Dataset): Promise<string> {
    const head = await dataset.head();
    if (head === null) {
      return `there is no ${dataset.name}; the start makes it, ${settings.private ? "private" : "public"}`;
    }
    if (!head.isPrivate && settings.private) {
      line("warning", "dataset", `${dataset.name} is public: everybody can read the reviews with their names`);
      hint(`Make it private at ${dataset.url}/settings, or set DATASET_PRIVATE=false if that is meant`);
    }
    return `${dataset.name} is ${head.isPrivate ? "private" : "public"}`;
  }

  async function fetched(dataset: Dataset): Promise<string> {
    const head = await dataset.head();
    const held = head === null ? new Map() : await dataset.files(head.commit, READ_FILES);
    if (head === null || !held.has(DATABASE_FILE)) return "there is none yet; the first review brings it";
    await emptyFolder(workDir);
    const target = `${workDir}/${DATABASE_FILE}`;
    const { reviews, leftOver } = await fetchDatabase(dataset, { revision: head.commit, held, target });
    const more = leftOver.length === 0
      ? ""
      : `; the start keeps it beside the new one, for it also holds ${leftOver.join(", ")}`;
    return `commit ${short(head.commit)} was fetched and holds ${reviewsInWords(reviews)}${more}`;
  }
}

const NO_DATASET = "there is no dataset yet, so they cannot be checked";

// As much as a backup needs: about three times the size of the database for a moment.
async function writeAndRemove(dataDir: string): Promise<string> {
  const path = `${dataDir}/doctor.tmp`;
  await Deno.mkdir(dataDir, { recursive: true });
  const size = await Deno.stat(`${dataDir}/${DATABASE_FILE}`).then(({ size }) => size, () => 0);
  const blocks = Math.min(Math.max(Math.ceil(3 * size / BLOCK), LEAST_BLOCKS), MOST_BLOCKS);
  try {
    using file = await Deno.open(path, { write: true, create: true, truncate: true });
    const block = crypto.getRandomValues(new Uint8Array(65_536));
    for (let written = 0; written < blocks * BLOCK;) written += await file.write(block);
    await file.sync();
    return `${blocks} MiB were written to DATA_DIR`;
  } finally {
    await Deno.remove(path).catch(() => {});
  }
}

function inspected(dataDir: string): string {
  try {
    const { reviews, format } = inspectDatabase(`${dataDir}/${DATABASE_FILE}`);
    const whose = format === "hearback" ? "" : "; the start takes it over";
    return `${DATABASE_FILE} is whole and holds ${reviewsInWords(reviews)}${whose}`;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return `there is no ${DATABASE_FILE} yet; the start makes it, or fetches the newest backup`;
  }
}
