// Hearback with a Hub to back up to, both as processes of their own.
import { until } from "../until.ts";
import type { Bench } from "./bench_row.ts";
import { type Server, startServer } from "./server.ts";

/** The dataset. */
export const REPO = "ada/reviews";
/** A token that may write to it. */
export const TOKEN = "hf_local_write";
const ADMIN = "bench-admin-token-of-some-length";
const PATIENCE = { withinMs: 200_000 };

/** Starts a Hub that holds nothing. */
export async function startHub(bench: Bench): Promise<Server> {
  const folder = await bench.folder();
  const env = { DATA_DIR: folder, HUB_DIR: folder, HUB_PORT: "0" };
  return await startServer(env, { args: ["run", "-P=hub", "tests/hub/main.ts"] });
}

/** Starts Hearback with the dataset {@linkcode REPO} on that Hub; it backs up at start and when it is told to. */
export async function startBackedUp(dataDir: string, hub: Server): Promise<Server> {
  return await startServer({
    DATA_DIR: dataDir,
    HF_ENDPOINT: hub.url.slice(0, -1),
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

/** Waits until the first backup is made. */
export async function isBackedUp(hearback: Server): Promise<void> {
  await until(() => backups(hearback).length > 0, PATIENCE);
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

/** Sends JSON as the admin. */
export async function post({ url }: Server, path: string, body: object): Promise<void> {
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${ADMIN}` };
  const answer = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${text}`);
}
