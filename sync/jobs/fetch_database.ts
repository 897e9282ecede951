// Fetches the database that a commit holds, and looks whether it can be used before anybody takes anything from it.
import { AppError } from "../../db/app_error.ts";
import { inspectDatabase, type Inspection } from "../../db/file/inspect.ts";
import { DATABASE_FILE } from "./backup_files.ts";
import { type Dataset, type DownloadOptions, short } from "../hub/dataset.ts";
import { SyncError } from "../sync_error.ts";

/** Writes the database of a commit to `target` and tells what it holds. Throws a `SyncError`, of kind `damaged` where it cannot be used. */
export async function fetchDatabase(dataset: Dataset, options: DownloadOptions): Promise<Inspection> {
  const { revision, target } = options;
  const file = (await dataset.files(revision, [DATABASE_FILE])).get(DATABASE_FILE);
  if (file === undefined) throw new SyncError("damaged", `The commit ${short(revision)} holds no ${DATABASE_FILE}`);
  await dataset.download(file, options);
  try {
    return inspectDatabase(target);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new SyncError("damaged", `${DATABASE_FILE} of commit ${short(revision)} cannot be used: ${error.message}`, {
      cause: error,
    });
  }
}
