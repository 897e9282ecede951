// The files of a backup, under the names that the dataset and the folders here know them by.
import type { RemoteFile } from "../hub/dataset.ts";

/** The reviews, their erasures and the blank ledger, as SQLite. */
export const DATABASE_FILE = "reviews.db";
/** The same reviews as a table. */
export const CSV_FILE = "reviews.csv";
/** The dataset's card. */
export const CARD_FILE = "README.md";
/** What SQLite keeps beside a database that was copied while it was in use; such rows are part of it. */
export const LOG_FILES = [`${DATABASE_FILE}-wal`, `${DATABASE_FILE}-journal`];
/** What belongs to a database and must not stay beside another one. */
export const BESIDE_DATABASE = [...LOG_FILES, `${DATABASE_FILE}-shm`];
/** What is asked for in order to read a commit. */
export const READ_FILES = [DATABASE_FILE, CSV_FILE, ...LOG_FILES];

/** The name under which a file of somebody else is kept in the head beside the new one. */
export function asideName({ path, hash }: Pick<RemoteFile, "path" | "hash">): string {
  return `${path}.aside-${hash.slice(0, 7)}`;
}
