// Going back: which backups the dataset's history holds, and a new local database made out of one of them.
import { inspectDatabase } from "../../db/file/inspect.ts";
import { mergeDatabase, mergeErasures } from "../../db/sqlite/merge.ts";
import { replaceDatabase } from "../../db/sqlite/replace_database.ts";
import { DATABASE_FILE } from "./backup_files.ts";
import { type Dataset, openDataset, type RemoteCommit } from "../hub/dataset.ts";
import type { DatasetSettings } from "../hub/dataset_settings.ts";
import { emptyFolder } from "./empty_folder.ts";
import { fetchDatabase } from "./fetch_database.ts";
import { SyncError } from "../sync_error.ts";

/** What going back works with. */
export interface RestoreOptions {
  settings: DatasetSettings;
  /** Folder that holds `reviews.db`. */
  dataDir: string;
  now: () => Date;
  signal: AbortSignal;
  onProgress: (step: string, share: number) => void;
}

/** A commit of the dataset that one can go back to. */
export interface BackupVersion extends RemoteCommit {
  /** How many reviews it holds, or null where its database cannot be used. */
  reviews: number | null;
}

/** What {@linkcode restoreCommit} made. */
export interface Restored {
  commit: string;
  reviews: number;
  /** Where the database that stood there before is kept, or null where there was none. */
  kept: string | null;
}

/** The commits that hold a database, newest first. Where the title does not tell the number of reviews, the database is fetched. */
export async function* listBackups(options: RestoreOptions): AsyncGenerator<BackupVersion> {
  const dataset = openDataset(options.settings, options.signal);
  const counted = new Map<string, number | null>();
  for await (const commit of dataset.commits()) {
    const told = /^Backup of (\d+) reviews?\b/.exec(commit.title)?.[1];
    if (told !== undefined) {
      yield { ...commit, reviews: Number(told) };
      continue;
    }
    const file = (await dataset.files(commit.id, [DATABASE_FILE])).get(DATABASE_FILE);
    if (file === undefined) continue;
    if (!counted.has(file.hash)) counted.set(file.hash, await countReviews(dataset, options, commit.id));
    yield { ...commit, reviews: counted.get(file.hash) ?? null };
  }
}

/**
 * Makes the local database anew out of the commit whose id begins with `commit`, and keeps the one that stands there beside it. What was
 * erased here or in the newest backup stays erased. At the next start the newest backup is merged in, as at every start.
 * Throws a `SyncError`, or an `AppError` with code `busy` while Hearback runs on that database; then nothing has changed.
 */
export async function restoreCommit(options: RestoreOptions & { commit: string }): Promise<Restored> {
  const { dataDir, now } = options;
  const dataset = openDataset(options.settings, options.signal);
  const path = `${dataDir}/${DATABASE_FILE}`;
  const workDir = `${dataDir}/restore`;
  try {
    await emptyFolder(workDir);
    const commit = await fullCommit(dataset, options.commit);
    const remote = `${workDir}/remote.db`;
    await fetchDatabase(dataset, { revision: commit, target: remote, onProgress: downloading(options) });
    const successor = `${workDir}/successor.db`;
    const onProgress = (done: number, all: number) =>
      options.onProgress("building the database", done / Math.max(all, 1));
    mergeDatabase({ local: successor, remote, dataset: dataset.url, commit: null, onProgress });
    await applyErasures(dataset, { ...options, successor, path, workDir, commit });
    const { reviews } = inspectDatabase(successor);
    const kept = `${path}.before-${now().toISOString().replaceAll(":", "-")}`;
    return { commit, reviews, kept: replaceDatabase({ path, successor, kept }) ? kept : null };
  } finally {
    await Deno.remove(workDir, { recursive: true }).catch(() => {});
  }
}

// What is known as erased here, and in the newest backup. One that is damaged is no hindrance: it may be why somebody goes back.
async function applyErasures(
  dataset: Dataset,
  options: RestoreOptions & { successor: string; path: string; workDir: string; commit: string },
): Promise<void> {
  const { successor, path, workDir, commit } = options;
  if (isUsable(path)) mergeErasures({ local: successor, remote: path });
  const head = await dataset.head();
  if (head === null || head.commit === commit) return;
  const target = `${workDir}/head.db`;
  try {
    await fetchDatabase(dataset, { revision: head.commit, target, onProgress: downloading(options) });
  } catch (error) {
    if (error instanceof SyncError && error.kind === "damaged") return;
    throw error;
  }
  mergeErasures({ local: successor, remote: target });
}

async function fullCommit(dataset: Dataset, start: string): Promise<string> {
  const found: string[] = [];
  for await (const { id } of dataset.commits()) {
    if (id === start) return id;
    if (id.startsWith(start)) found.push(id);
  }
  const [only, other] = found;
  if (only !== undefined && other === undefined) return only;
  throw new SyncError(
    "missing",
    `${only === undefined ? "No commit" : "More than one commit"} of the dataset begins with "${start}"`,
    {
      retry: false,
      hint: "`deno task restore --list` shows the commits",
    },
  );
}

function downloading({ onProgress }: RestoreOptions): (share: number) => void {
  return (share) => onProgress(`downloading ${DATABASE_FILE}`, share);
}

async function countReviews(dataset: Dataset, options: RestoreOptions, commit: string): Promise<number | null> {
  const folder = `${options.dataDir}/restore`;
  const target = `${folder}/count.db`;
  try {
    await emptyFolder(folder);
    return (await fetchDatabase(dataset, { revision: commit, target, onProgress: downloading(options) })).reviews;
  } catch (error) {
    if (error instanceof SyncError && error.kind === "damaged") return null;
    throw error;
  } finally {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
}

function isUsable(path: string): boolean {
  try {
    inspectDatabase(path);
    return true;
  } catch {
    return false; // whatever the reason, such as somebody else's journal beside it: it cannot say what was erased
  }
}
