// Hearback with a Hub to back up to, both as processes of their own.
import { until } from "../until.ts";
import type { Bench } from "./bench_row.ts";
import { ADMIN, post, type Server, startServer } from "./server.ts";

/** The dataset. */
export const REPO = "ada/reviews";
/** A token that may write to it. */
export const TOKEN = "hf_local_write";
const PATIENCE = { withinMs: 600_000 };

/** How many reviews a large site has. */
export const MILLION = 1_000_000;

/** Starts a Hub, and a Hearback with so many reviews, whose first backup is behind it. */
export async function startMillion(bench: Bench): Promise<{ hub: Server; hearback: Server; dataDir: string }> {
  const folder = await bench.folder();
  const env = { DATA_DIR: folder, HUB_DIR: folder, HUB_PORT: "0" };
  const hub = await bench.use(startServer(env, { args: ["run", "-P=hub", "tests/hub/main.ts"] }));
  const dataDir = await bench.dataDir(MILLION);
  const hearback = await bench.use(startBackedUp(dataDir, hub));
  await isAtRest(hearback);
  return { hub, hearback, dataDir };
}

/** Starts Hearback with the dataset {@linkcode REPO} on the Hub at `hub`; it backs up at start and when it is told to. */
export async function startBackedUp(dataDir: string, hub: { url: string }): Promise<Server> {
  return await startServer({
    DATA_DIR: dataDir,
    HF_ENDPOINT: hub.url.replace(/\/$/, ""),
    HF_TOKEN: TOKEN,
    DATASET_REPO: REPO,
    ADMIN_TOKEN: ADMIN,
    BACKUP_SCHEDULE: "0 0 1 1 *",
    BACKUP_SOON: "off",
    RATE_LIMIT: "off",
  });
}

/** Waits until all that a start does is done: reading the dataset, the first backup and the drill. */
export async function isAtRest(hearback: Server): Promise<void> {
  await until(() => hearback.output().includes('"event":"drill"'), PATIENCE);
}

/** Runs a backup and returns the seconds that it took. */
export async function backUp(hearback: Server): Promise<number> {
  const before = backups(hearback).length;
  await post(hearback, "api/backup", {});
  return await until(() => backups(hearback)[before], PATIENCE);
}

/** The seconds that each backup took so far. */
export function backups(hearback: Server): number[] {
  const lines = hearback.output().split("\n").filter((line) => line.includes('"event":"backup"'));
  return lines.map((line) => JSON.parse(line).ms / 1000);
}
