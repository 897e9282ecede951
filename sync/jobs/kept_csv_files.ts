// The files that keep a CSV from one snapshot to the next: their names say which reviews they stand for, and who may still use them.
import { readMark } from "../../db/sqlite/csv_mark.ts";
import { withDatabase } from "../../db/file/open_database.ts";

/** Removes whatever is in `folder` unless the local database still bears its mark: it may hold a text that was erased since. */
export async function dropStaleCsv({ database, folder }: { database: string; folder: string }): Promise<void> {
  const names = namesIn(folder);
  if (names.length === 0) return;
  const standing = withDatabase(database, readMark);
  for (const name of names) {
    if (standing === null || beginningOf(name)?.mark !== standing.mark) await Deno.remove(`${folder}/${name}`);
  }
}

/** The part of a kept file that its mark stands for; what follows came later. */
export interface Beginning {
  mark: string;
  rows: number;
  /** In bytes. */
  size: number;
  sha256: string;
}

/** The name of the file that keeps it. */
export function nameOf({ mark, rows, size, sha256 }: Beginning): string {
  return `${mark}-${rows}-${size}-${sha256}.csv`;
}

/** What a file of this name keeps; null where it is none. */
export function beginningOf(name: string): Beginning | null {
  const [, mark, rows, size, sha256] = /^([0-9a-f]{32})-(\d+)-(\d+)-([0-9a-f]{64})\.csv$/.exec(name) ?? [];
  if (mark === undefined || sha256 === undefined) return null;
  return { mark, rows: Number(rows), size: Number(size), sha256 };
}

/** The files in `folder`, which need not exist. */
export function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
