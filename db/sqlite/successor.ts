// Builds a database file that is to take the place of the local one, beside it and in bulk, while people go on writing to the local one.
import { type Carried, carryOver, NOTHING_CARRIED } from "./carry_over.ts";
import { checkCopy, copyDatabase } from "../file/copy_database.ts";
import { updateLedger } from "./ledger.ts";
import { maySucceed } from "./may_succeed.ts";
import type { MergeFacts } from "./merge_target.ts";
import { openDatabase, openReadOnly, withDatabase } from "../file/open_database.ts";
import { scrubPages } from "../file/scrub_pages.ts";
import { transactionSync } from "../file/transaction.ts";

/** A checked database file that may take the place of the local one, on the same disk; nobody has it open. */
export interface Successor {
  path: string;
  /** Address of the dataset and id of its commit that are contained in it; null where it is a copy of the local database. */
  origin: { dataset: string; commit: string } | null;
  /** What became of what the local database held. */
  carried: Carried;
}

/** A store whose file can be exchanged while it is in use, as it is seen from where its successor is built. */
export interface Exchangeable {
  /**
   * The uids of all reviews that were added or erased since the last call, which begins to note them; null where that cannot be told,
   * as when somebody else wrote. What was written by then is in the file.
   */
  changes(): Promise<string[] | null>;
  /**
   * Puts the successor, with all changes since the last call of `changes()` carried over, in the place of the file; calls wait meanwhile.
   * Resolves with null where these changes are too many or cannot be told, or it cannot be done now: the old file stays in use.
   */
  exchange(successor: Successor): Promise<MergeFacts | null>;
}

/** What a successor is built from. */
export interface SuccessorOptions {
  store: Exchangeable;
  /** Path of the local database. */
  local: string;
  /** Path of a folder for working files on the same disk; it is made anew, and gone afterwards. */
  folder: string;
}

/**
 * Merges the database file `remote` by putting it, with all that is here carried over, in the place of the local one: far faster than
 * row by row where much is new. Null where it has to be merged row by row: fewer than `atLeast` reviews are new, it is in any way other
 * than Hearback itself would have made it, or the exchange could not be made.
 */
export async function mergeByExchange(
  { remote, dataset, commit, atLeast, ...options }:
    & SuccessorOptions
    & { remote: string; dataset: string; commit: string; atLeast: number },
): Promise<MergeFacts | null> {
  const { store, local, folder } = options;
  const path = `${folder}/successor.db`;
  const copy = `${folder}/local.db`;
  try {
    if (!maySucceed({ remote, local, atLeast })) return null;
    makeAnew(folder);
    await store.changes();
    copyDatabase({ source: local, target: copy });
    Deno.copyFileSync(remote, path); // it stays as it is, or what is carried into it would later be taken for published
    const carried = carryInto(path, { source: copy });
    return await handOver({ path, origin: { dataset, commit }, carried }, options);
  } catch {
    return null; // such as for want of room; whatever it is, the merge row by row says it better
  } finally {
    remove(folder);
  }
}

/** Puts a copy without the gaps in which deleted texts may stay in the place of the local database; false where that cannot be done now. */
export async function scrubByExchange(options: SuccessorOptions): Promise<boolean> {
  const path = `${options.folder}/scrubbed.db`;
  try {
    makeAnew(options.folder);
    await options.store.changes();
    copyDatabase({ source: options.local, target: path });
    scrubPages(path);
    checkCopy(path);
    withDatabase(path, (db) => updateLedger(db, { unscrubbed: false }));
    return await handOver({ path, origin: null, carried: NOTHING_CARRIED }, options) !== null;
  } finally {
    remove(options.folder); // it holds the file as it was
  }
}

const FEW = 100; // changes that are left to be carried over while people wait
const ROUNDS = 10;

async function handOver(
  { carried, ...successor }: Successor,
  { store, local }: SuccessorOptions,
): Promise<MergeFacts | null> {
  syncFile(successor.path);
  for (let round = 1, left = FEW + 1; left > FEW && round <= ROUNDS; round++) {
    const uids = await store.changes();
    if (uids === null) return null;
    carried = carryInto(successor.path, { source: local, uids, before: carried });
    left = uids.length;
  }
  return await store.exchange({ ...successor, carried });
}

function carryInto(
  path: string,
  { source, ...options }: { source: string; uids?: string[]; before?: Carried },
): Carried {
  using from = openReadOnly(source);
  using into = openDatabase(path);
  // Nobody relies on the file yet: it is made durable as a whole before it is used.
  into.exec("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; PRAGMA cache_size = -65536");
  return transactionSync(into, 0, () => carryOver({ from, into, ...options }));
}

// The bulk of it now and not while people wait.
function syncFile(path: string): void {
  using file = Deno.openSync(path, { write: true });
  file.syncSync();
}

function makeAnew(folder: string): void {
  remove(folder);
  Deno.mkdirSync(folder, { recursive: true });
}

function remove(folder: string): void {
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
