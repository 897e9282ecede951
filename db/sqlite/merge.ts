// Merges a dataset's reviews and erasures into the local database: the union of both, while submits go on.
import type { DatabaseSync } from "node:sqlite";
import type { StoredRow } from "../row.ts";
import { hasTable, inspectDatabase } from "../file/inspect.ts";
import { type MergeFacts, MergeTarget } from "./merge_target.ts";
import { SCHEMA_VERSION, versionOf } from "../file/migrations.ts";
import { openReadOnly } from "../file/open_database.ts";
import { highestId, readRows } from "../file/read_rows.ts";
import { withAppErrors } from "../file/sqlite_error.ts";

/** What a merge needs to know in any case. */
export interface MergeOptions {
  /** Path of the local database. */
  local: string;
  /** Address of the dataset. */
  dataset: string;
  /** Id of the dataset's commit that the merged contents come from; null where more has to be merged before it is contained. */
  commit: string | null;
  /** Told after each transaction. */
  onProgress?: (done: number, total: number) => void;
}

/**
 * Merges the database file `remote`, which may be anything, into the local one and notes in the ledger that its commit is contained.
 * Blocks the thread, so it belongs in a Worker; other connections go on writing to `local` meanwhile. Throws as `inspectDatabase()` does.
 */
export function mergeDatabase(options: MergeOptions & { remote: string }): MergeFacts {
  const { format, reviews, erasures } = inspectDatabase(options.remote);
  using target = new MergeTarget(options.local);
  using remote = openReadOnly(options.remote);
  return withAppErrors(() => {
    if (format === "hearback") {
      for (const batch of batches(readErasures(remote))) target.addErasures(batch);
    }
    target.raiseIds(lastId(remote));
    let done = erasures;
    for (const batch of batches(readRows(remote))) {
      target.addRows(batch);
      options.onProgress?.(done += batch.length, erasures + reviews);
    }
    const current = format === "hearback" && versionOf(remote) === SCHEMA_VERSION;
    return target.finish({ ...options, uploadDue: !current });
  });
}

/** Merges rows that were read from somewhere else, such as the dataset's CSV. */
export async function mergeRows(
  options: MergeOptions & { rows: AsyncIterable<StoredRow> | Iterable<StoredRow>; total?: number },
): Promise<MergeFacts> {
  using target = new MergeTarget(options.local);
  let done = 0;
  let batch: StoredRow[] = [];
  const flush = () => {
    target.raiseIds(batch.reduce((highest, { id }) => Math.max(highest, id), 0));
    target.addRows(batch);
    options.onProgress?.(done += batch.length, options.total ?? done);
    batch = [];
  };
  for await (const row of options.rows) {
    if (batch.push(row) === BATCH) flush();
  }
  flush();
  return target.finish({ ...options, uploadDue: false });
}

/** Takes over the erasures of the database file `remote` alone; returns how many reviews of the local one they removed. */
export function mergeErasures({ local, remote: path }: { local: string; remote: string }): number {
  if (inspectDatabase(path).format !== "hearback") return 0;
  using target = new MergeTarget(local);
  using remote = openReadOnly(path);
  return withAppErrors(() => {
    for (const batch of batches(readErasures(remote))) target.addErasures(batch);
    return target.finish({ dataset: null, commit: null, uploadDue: false }).erased;
  });
}

const BATCH = 2000; // rows that are held in memory at once

function* batches<T>(items: Iterable<T>): Iterable<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    if (batch.push(item) < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function readErasures(remote: DatabaseSync): Iterable<{ uid: string; erased_at: string }> {
  const sql = `SELECT uid, coalesce(CAST(erased_at AS TEXT), '') AS erased_at
               FROM erasures NOT INDEXED WHERE typeof(uid) = 'text' AND uid <> ''`;
  return remote.prepare(sql).iterate() as unknown as Iterable<{ uid: string; erased_at: string }>;
}

// The highest id that the remote database ever gave away, which may have been erased since.
function lastId(remote: DatabaseSync): number {
  const highest = highestId(remote);
  if (!hasTable(remote, "sqlite_sequence", ["name", "seq"])) return highest;
  const sequence = remote.prepare(
    "SELECT max(CAST(seq AS TEXT)) AS seq FROM sqlite_sequence WHERE name = 'reviews' COLLATE NOCASE",
  ).get()?.seq;
  return Math.max(highest, Number(sequence) || 0);
}
