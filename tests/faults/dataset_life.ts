// Lives of Hearback as a process on a dataset that others write to as well, seen through the doors that people have.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { BackupStatus, DrillReport } from "../../sync/status.ts";
import type { Hub } from "../hub/hub.ts";
import { type HearbackEnv, type RunningHearback, startHearback } from "../process.ts";
import { until } from "../until.ts";
import { REPO, tempDir, TOKEN } from "./instance.ts";
import { backUpNow, commentsOf, sendReview, statusOf } from "./over_http.ts";

/** Bytes of a file. */
export type Bytes = Uint8Array<ArrayBuffer>;

const ADMIN = { Authorization: "Bearer swordfish" };

/** Starts Hearback on a dataset. Its schedule never comes true, so that it backs up when it starts, is asked or stops. */
export function live(hub: Hub, dir: string, env: Record<string, string> = {}): Promise<RunningHearback> {
  const settings: HearbackEnv = {
    DATA_DIR: dir,
    HF_ENDPOINT: hub.url,
    HF_TOKEN: TOKEN,
    DATASET_REPO: REPO,
    ADMIN_TOKEN: "swordfish",
    BACKUP_SCHEDULE: "0 0 1 1 *",
    BACKUP_SOON: "off",
  };
  return startHearback({ ...settings, ...env });
}

/** Waits until all is backed up; what failed or has no time of its own is asked for at once, as the owner's button does it. */
export async function untilIdle(hearback: RunningHearback): Promise<BackupStatus> {
  let asked: string | null = null;
  const isSettled = async () => {
    const status = await statusOf(hearback);
    const { state, nextTryAt } = status;
    if (state === "uploading") asked = null;
    const wish = state === "failing" ? nextTryAt : state === "pending" && nextTryAt === null ? state : null;
    if (wish !== null && wish !== asked) {
      asked = wish;
      await backUpNow(hearback);
    }
    return state === "idle" && status.pending === 0 && status;
  };
  try {
    return await until(isSettled, { withinMs: 90_000 });
  } catch (error) {
    throw new Error(`It never came to rest: ${JSON.stringify(await statusOf(hearback))}\n${hearback.output()}`, {
      cause: error,
    });
  }
}

/** Asks for a drill and waits for it. It comes last: what a run wants done with the history is done, or given up, by then. */
export async function drilled(hearback: RunningHearback): Promise<DrillReport> {
  const before = (await statusOf(hearback)).drill?.at;
  const answer = await fetch(`${hearback.url}api/backup?drill=1`, { method: "POST", headers: ADMIN });
  assert.equal(answer.status, 202, await answer.text());
  return await until(async () => {
    const { drill } = await statusOf(hearback);
    return drill !== null && drill.at !== before && drill;
  });
}

/** Sends a review and has it backed up. */
export async function backUp(hearback: RunningHearback, comments: string): Promise<BackupStatus> {
  await sendReview(hearback, comments);
  await backUpNow(hearback);
  return await untilIdle(hearback);
}

/**
 * Starts on a disk that may be empty, has one review backed up while it runs, and waits until nothing is left to do; returns the status
 * after the start. A start that commits by itself is followed by another one, because the next commit would have to wait for a minute.
 */
export async function lifeWithBackup(
  hub: Hub,
  { dir, env, text }: { dir?: string; env?: Record<string, string>; text: string },
): Promise<BackupStatus> {
  await using disk = await tempDir();
  const start = () => live(hub, dir ?? `${disk.path}/data`, env);
  const head = hub.repo(REPO)?.head;
  await using first = await start();
  const status = await untilIdle(first);
  if (hub.repo(REPO)?.head === head) return await backUpAndDrill(first);
  assert.equal(await first.stop(), 0, first.output());
  await using second = await start();
  await untilIdle(second);
  return await backUpAndDrill(second);

  async function backUpAndDrill(hearback: RunningHearback): Promise<BackupStatus> {
    await backUp(hearback, text);
    const { ok, message } = await drilled(hearback);
    assert.ok(ok, message);
    return status;
  }
}

/** Asks for the history to be squashed as the owner, and waits until it is. */
export async function squashHistory(hub: Hub, hearback: RunningHearback): Promise<void> {
  const answer = await fetch(`${hearback.url}api/backup?squash=1`, { method: "POST", headers: ADMIN });
  assert.equal(answer.status, 202, await answer.text());
  await until(() => hub.repo(REPO)!.commits.length === 1);
  await until(() => eventsOf(hearback, "squashed").length > 0);
}

/** Opens /admin/backup as a browser does, and presses its buttons. */
export async function backupPage({ url }: RunningHearback): Promise<{
  html: string;
  press(fields: Record<string, string>): Promise<void>;
}> {
  const post = (path: string, body: Record<string, string>, headers = {}) =>
    fetch(`${url}${path}`, {
      method: "POST",
      redirect: "manual",
      headers: { Origin: new URL(url).origin, ...headers },
      body: new URLSearchParams(body),
    });
  const signedIn = await post("admin/sign-in", { token: "swordfish" });
  await signedIn.body?.cancel();
  const Cookie = signedIn.headers.get("Set-Cookie")?.split(";")[0] ?? "";
  const html = await (await fetch(`${url}admin/backup`, { headers: { Cookie } })).text();
  return {
    html,
    async press(fields) {
      for (const value of Object.values(fields)) assert.ok(html.includes(`value="${value}"`), `${value} is not there`);
      const answer = await post("admin/backup", fields, { Cookie });
      assert.equal(answer.status, 303, await answer.text());
    },
  };
}

/** Erases the review with this text. */
export async function erase({ url }: RunningHearback, comments: string): Promise<void> {
  const { reviews } = await (await fetch(`${url}api/reviews?limit=100`)).json();
  const { uid } = reviews.find((review: { comments: string }) => review.comments === comments);
  const answer = await fetch(`${url}api/reviews/${uid}`, { method: "DELETE", headers: ADMIN });
  assert.ok(answer.ok, await answer.text());
}

/** What one life on a disk of its own found. */
export interface Found {
  /** The comments before anything was sent, oldest first. */
  comments: (string | null)[];
  /** The status then. */
  status: BackupStatus;
  /** All that it printed. */
  output: string;
}

/** What to do in {@linkcode oneLife}, beside reading. */
export interface LifeOptions {
  /** Reviews to send; the last run at the stop backs them up. */
  send?: string[];
  env?: Record<string, string>;
  /** A disk that stays; without it, an empty one that is lost at the end. */
  dir?: string;
}

/** Starts, reads the dataset, sends reviews and stops, which must succeed. */
export async function oneLife(hub: Hub, { send = [], env = {}, dir }: LifeOptions = {}): Promise<Found> {
  await using disk = await tempDir();
  await using hearback = await live(hub, dir ?? `${disk.path}/data`, env);
  const status = await untilIdle(hearback);
  const comments = await commentsOf(hearback);
  for (const text of send) await sendReview(hearback, text);
  assert.equal(await hearback.stop(), 0, hearback.output());
  return { comments, status, output: hearback.output() };
}

/** The lines of the log about one kind of event. */
export function eventsOf(told: { output: (() => string) | string }, event: string): Record<string, unknown>[] {
  const text = typeof told.output === "string" ? told.output : told.output();
  return text.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line))
    .filter((entry) => entry.event === event);
}

/** A file of the tests' fixtures. */
export function fixture(name: string): Bytes {
  return Deno.readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
}

/** Bytes of a text. */
export function bytesOf(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** The file of a database that SQL makes. */
export function databaseOf(sql: string): Bytes {
  using db = new DatabaseSync(":memory:");
  db.exec(sql);
  return new Uint8Array(db.serialize());
}

/** The table of the guide's app. */
export const GUIDE_TABLE = `CREATE TABLE reviews (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL, name TEXT, review INTEGER, comments TEXT);`;

/** Whether two files hold the same. */
export function isSame(one: Bytes | undefined, other: Bytes): boolean {
  return one !== undefined && one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** All files of the head and of the history that hold exactly these bytes, as `commit:path`. */
export function placesOf(hub: Hub, bytes: Bytes): string[] {
  const { commits, paths, file } = hub.repo(REPO)!;
  return commits.flatMap(({ oid }) =>
    paths(oid).filter((path) => isSame(file(path, oid), bytes)).map((path) => `${oid}:${path}`)
  );
}

/** What is set aside of `path` in a commit, by default the head. */
export function asidesOf(hub: Hub, path: string, revision?: string): { path: string; bytes: Bytes }[] {
  const { paths, file } = hub.repo(REPO)!;
  const isAside = (name: string) => name.startsWith(`${path}.aside-`) && /\.aside-[0-9a-f]{7}$/.test(name);
  return paths(revision).filter(isAside).map((name) => ({ path: name, bytes: file(name, revision)! }));
}

/** Checks that each commit in which `old` is no longer at its path holds it under the one name that the head has for it; returns that. */
export function checkSetAside(hub: Hub, old: { path: string; bytes: Bytes }): string {
  const kept = asidesOf(hub, old.path).filter(({ bytes }) => isSame(bytes, old.bytes));
  assert.equal(kept.length, 1, `in the head are ${hub.repo(REPO)!.paths()}`);
  const { commits, file } = hub.repo(REPO)!;
  for (const { oid, summary } of commits) {
    if (isSame(file(old.path, oid), old.bytes)) break;
    assert.ok(
      isSame(file(kept[0]!.path, oid), old.bytes),
      `the commit "${summary}" has put something over ${old.path}`,
    );
  }
  return kept[0]!.path;
}

/** The files of all commits, to be looked at again later. */
export function filesOf(hub: Hub): { revision: string; path: string; bytes: Bytes }[] {
  const { commits, paths, file } = hub.repo(REPO)!;
  return commits.flatMap(({ oid }) => paths(oid).map((path) => ({ revision: oid, path, bytes: file(path, oid)! })));
}

/** Checks that a history still holds what it held. */
export function checkStillThere(hub: Hub, before: ReturnType<typeof filesOf>): void {
  const { commits, file } = hub.repo(REPO)!;
  const present = new Set(commits.map(({ oid }) => oid));
  const gone = new Set(before.map(({ revision }) => revision)).difference(present);
  assert.equal(gone.size, 0, `${gone.size} commits are gone, and ${commits.length} are left`);
  for (const { revision, path, bytes } of before) assert.ok(isSame(file(path, revision), bytes), `${revision}:${path}`);
}
