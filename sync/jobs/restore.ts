// Going back by hand while Hearback is stopped: which backups the dataset's history holds, and bringing one of them into the local database.
import { AppError } from "../../db/app_error.ts";
import { checkCopy } from "../../db/file/copy_database.ts";
import { openDatabase } from "../../db/file/open_database.ts";
import { inspectDatabase } from "../../db/file/inspect.ts";
import { type Dataset, openDataset, type RemoteCommit } from "../hub/dataset.ts";
import { SyncError } from "../sync_error.ts";
import { DATABASE_FILE, READ_FILES } from "./backup_files.ts";
import { bringBack } from "./bring_back.ts";
import { emptyFolder } from "./empty_folder.ts";
import { fetchDatabase } from "./fetch_database.ts";
import type { JobOptions } from "./job.ts";

/** A commit of the dataset that one can go back to. */
export interface BackupVersion extends RemoteCommit {
  /** How many reviews it holds, or null where its database cannot be used. */
  reviews: number | null;
}

/** What {@linkcode restoreCommit} did. */
export interface Restored {
  commit: string;
  /** Reviews that came back. */
  added: number;
  /** Reviews that are here now. */
  reviews: number;
  /** Where the local database was moved that could not be opened, or null where none was. */
  movedTo: string | null;
}

/** The commits that hold a database, newest first. Where the title does not tell the number of reviews, the database is fetched. */
export async function* listBackups(options: JobOptions): AsyncGenerator<BackupVersion> {
  const dataset = openDataset(options.settings, options.signal);
  const counted = new Map<string, number | null>();
  for await (const commit of dataset.commits()) {
    const told = /^Backup of (\d+) reviews?\b/.exec(commit.title)?.[1];
    if (told !== undefined) {
      yield { ...commit, reviews: Number(told) };
      continue;
    }
    const held = await dataset.files(commit.id, READ_FILES);
    const file = held.get(DATABASE_FILE);
    if (file === undefined) continue;
    if (!counted.has(file.hash)) {
      counted.set(file.hash, await countReviews(dataset, { ...options, held, id: commit.id }));
    }
    yield { ...commit, reviews: counted.get(file.hash) ?? null };
  }
}

/**
 * Merges the commit whose id begins with `commit` into the local database, which is made if there is none. One that is damaged is moved
 * aside first. The next start reads the newest backup, as every start does. Throws a `SyncError`, or an `AppError` as `openDatabase()` does.
 */
export async function restoreCommit(options: JobOptions & { commit: string }): Promise<Restored> {
  const { database, now } = options;
  const dataset = openDataset(options.settings, options.signal);
  const commit = await fullCommit(dataset, options.commit);
  const movedTo = moveIfDamaged(database, now());
  openDatabase(database).close();
  const { added } = await bringBack({ ...options, commit });
  const { reviews } = inspectDatabase(database);
  openDatabase(database).close(); // whoever only reads leaves an empty log behind
  return { commit, added, reviews, movedTo };
}

// Nothing of it is deleted: whoever knows how may get more out of it.
function moveIfDamaged(path: string, now: Date): string | null {
  if (!isDamaged(path)) return null;
  const movedTo = `${path}.damaged-${now.toISOString().replaceAll(":", "-")}`;
  for (const ending of ["-wal", "-shm", "-journal", ""]) {
    try {
      Deno.renameSync(path + ending, movedTo + ending);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return movedTo;
}

// What is no database at all is not even opened as ours, which could delete the log beside it.
function isDamaged(path: string): boolean {
  try {
    inspectDatabase(path);
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (error instanceof AppError && error.code === "foreign") return true;
  }
  try {
    openDatabase(path).close(); // rolls back what a killed program left
    checkCopy(path); // one that merely opens would refuse whatever is merged into it
    return false;
  } catch (error) {
    if (error instanceof AppError && error.code === "damaged") return true;
    throw error;
  }
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
    { retry: false, hint: "`deno task restore --list` shows the commits" },
  );
}

async function countReviews(
  dataset: Dataset,
  { workDir, held, id, onEvent }: JobOptions & { held: Parameters<typeof fetchDatabase>[1]["held"]; id: string },
): Promise<number | null> {
  try {
    await emptyFolder(workDir);
    const onProgress = (share: number) => onEvent({ type: "progress", step: `downloading ${DATABASE_FILE}`, share });
    return (await fetchDatabase(dataset, { revision: id, held, target: `${workDir}/count.db`, onProgress })).reviews;
  } catch (error) {
    if (error instanceof AppError || (error instanceof SyncError && error.kind === "damaged")) return null;
    throw error;
  } finally {
    await Deno.remove(workDir, { recursive: true }).catch(() => {});
  }
}
