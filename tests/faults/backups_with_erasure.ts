// A dataset whose newest backup holds one review more and one less than the one before, so that going back to that one shows.
import assert from "node:assert/strict";
import { type Hub, startHub, type UploadMode } from "../hub/hub.ts";
import type { RunningHearback } from "../process.ts";
import { asidesOf, drilled, erase, eventsOf, live, oneLife, untilIdle } from "./dataset_life.ts";
import { readFile, remoteComments, REPO, tempDir } from "./instance.ts";
import { commentsOf, sendReview } from "./over_http.ts";

interface Made {
  summary: string;
  files: Record<string, Uint8Array<ArrayBuffer>>;
}
const made = new Map<UploadMode, Promise<Made[]>>();

/** A dataset of two backups; between them one review came, and one was erased. */
export async function hubWithErasure(uploadMode: UploadMode): Promise<Hub> {
  // What is in the storage as chunks can only be uploaded; the rest is made once and copied.
  const hub = await startHub({ uploadMode });
  if (uploadMode === "xet") await makeBackups(hub);
  else {
    if (!made.has(uploadMode)) made.set(uploadMode, backupsOf(uploadMode));
    const as = uploadMode === "lfs" ? "lfs" : "regular";
    for (const { summary, files } of await made.get(uploadMode)!) hub.commitDirectly(REPO, files, { summary, as });
  }
  assert.deepEqual(remoteComments(hub), ["Stays", "Second"]);
  return hub;
}

async function backupsOf(uploadMode: UploadMode): Promise<Made[]> {
  await using hub = await startHub({ uploadMode });
  await makeBackups(hub);
  const { commits, paths, file } = hub.repo(REPO)!;
  return commits.slice(0, -1).toReversed().map(({ oid, summary }) => ({
    summary,
    files: Object.fromEntries(paths(oid).map((path) => [path, file(path, oid)!])),
  }));
}

async function makeBackups(hub: Hub): Promise<void> {
  await using disk = await tempDir();
  await oneLife(hub, { send: ["Erased", "Stays"], dir: disk.path });
  await using hearback = await live(hub, disk.path);
  await untilIdle(hearback);
  await erase(hearback, "Erased");
  await sendReview(hearback, "Second");
  assert.equal(await hearback.stop(), 0);
}

/** Waits as `untilIdle` does, and returns the kinds of failures that were seen meanwhile. */
export async function failuresUntilIdle(hearback: RunningHearback): Promise<string[]> {
  await untilIdle(hearback);
  return [...new Set(eventsOf(hearback, "backup-failed").map(({ kind }) => String(kind)))];
}

/** The newest backup holds what it held and "New"; none after the erasure held less, or what was erased; and another disk agrees. */
export async function checkNothingLost(hub: Hub): Promise<void> {
  const all = ["New", "Second", "Stays"];
  assert.deepEqual(remoteComments(hub).sort(), all);
  const { commits, file } = hub.repo(REPO)!;
  const held = commits.flatMap(({ oid }) => {
    const bytes = file("reviews.db", oid);
    return bytes === undefined ? [] : [readFile(bytes, "SELECT comments FROM reviews").map(({ comments }) => comments)];
  });
  const first = held.findIndex((rows) => rows.includes("Erased"));
  assert.equal(first, held.length - 1, "only the first backup holds what was erased since");
  for (const rows of held.slice(0, first)) {
    for (const text of ["Stays", "Second"]) assert.ok(rows.includes(text), `a commit without "${text}": ${rows}`);
  }
  assert.deepEqual(asidesOf(hub, "reviews.db"), []);
  await using disk = await tempDir();
  await using hearback = await live(hub, `${disk.path}/data`);
  await untilIdle(hearback);
  assert.deepEqual((await commentsOf(hearback)).sort(), all);
  const { ok, message } = await drilled(hearback);
  assert.ok(ok, message);
}
