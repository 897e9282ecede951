// Fetches the database that a commit holds, what SQLite left beside it included, and looks what it is before anybody takes anything from it.
import { foldLog } from "../../db/file/fold_log.ts";
import { inspectDatabase, type Inspection } from "../../db/file/inspect.ts";
import type { Dataset, RemoteFile } from "../hub/dataset.ts";
import { DATABASE_FILE, LOG_FILES } from "./backup_files.ts";

/** Where a database comes from and where it goes. */
export interface FetchOptions {
  /** The commit that declares it. */
  revision: string;
  /** What that commit holds: the database and, where they are there, its logs. */
  held: Map<string, RemoteFile>;
  /** Path of the file to write. */
  target: string;
  /** Told of the share done, 0 to 1. */
  onProgress?: (share: number) => void;
}

/**
 * Writes the database of a commit to `target`, whole by itself. Throws a `SyncError` where it cannot be had as it was committed, and an
 * `AppError` as `inspectDatabase()` does.
 */
export async function fetchDatabase(dataset: Dataset, options: FetchOptions): Promise<Inspection> {
  const { revision, held, target, onProgress } = options;
  for (const path of [DATABASE_FILE, ...LOG_FILES]) {
    const file = held.get(path);
    const ending = path.slice(DATABASE_FILE.length);
    if (file === undefined || (ending !== "" && file.size === 0)) continue;
    await dataset.download(file, { revision, target: target + ending, ...(onProgress && { onProgress }) });
  }
  const ignored = foldLog(target);
  const inspection = inspectDatabase(target);
  return { ...inspection, leftOver: [...inspection.leftOver, ...ignored] };
}
