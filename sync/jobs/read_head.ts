// Brings what the dataset's head holds into the local database, and finds the newest good backup where the head is damaged.
import { AppError } from "../../db/app_error.ts";
import { readCsv } from "../../db/file/csv.ts";
import { type Ledger, updateLedger } from "../../db/sqlite/ledger.ts";
import { mergeDatabase, mergeRows } from "../../db/sqlite/merge.ts";
import type { MergeFacts } from "../../db/sqlite/merge_target.ts";
import { withDatabase } from "../../db/file/open_database.ts";
import { mergeByExchange } from "../../db/sqlite/successor.ts";
import { CARD_FILE, CSV_FILE, DATABASE_FILE } from "./backup_files.ts";
import { type Dataset, type RemoteFile, short } from "../hub/dataset.ts";
import type { JobOptions } from "./job.ts";
import { SyncError } from "../sync_error.ts";

/** What {@linkcode readHead} works with. */
export interface ReadHeadOptions extends Pick<JobOptions, "database" | "workDir" | "exchange"> {
  dataset: Dataset;
  /** A backup with fewer new reviews is merged row by row in any case; 10,000 unless told. */
  exchangeFrom?: number;
  onProgress: (step: string, share: number) => void;
}

/** What {@linkcode readHead} did. */
export interface ReadHeadResult extends Pick<MergeFacts, "added" | "erased"> {
  /** Files that `commit` holds, by path. */
  files: Map<string, RemoteFile>;
  /** What the owner should know, where the head was damaged. */
  notice: string | null;
}

const EXCHANGE_FROM = 10_000;

/**
 * Merges the dataset as of `commit`, its head, into the local database and notes there that it is contained. Where the head's
 * database cannot be trusted, takes its CSV and the newest good database of its history.
 */
export async function readHead(commit: string, options: ReadHeadOptions): Promise<ReadHeadResult> {
  const { dataset, database, onProgress } = options;
  const files = await dataset.files(commit, [DATABASE_FILE, CSV_FILE, CARD_FILE]);
  const total = { added: 0, erased: 0 };
  const tried = new Set<string>();
  const damage: string[] = [];
  let unproven = false; // something could not even be downloaded as it was committed
  let csvOf: string | undefined; // the commit whose CSV was taken

  for await (const { id, held } of candidates()) {
    const db = held.get(DATABASE_FILE);
    if (db !== undefined && await taken(db, id, mergeRemoteDatabase)) {
      return result(damage.length === 0 ? null : `${noticeOf(damage)}; took ${whatOf(csvOf, id)}`);
    }
    const csv = held.get(CSV_FILE);
    if (csv !== undefined && csvOf === undefined && await taken(csv, id, mergeRemoteCsv)) csvOf = id;
  }
  if (unproven && csvOf === undefined) {
    throw new SyncError("damaged", `${noticeOf(damage)}, and no commit before it holds a good one`, {
      hint: "Look at the dataset's files: once reviews.db there is replaced or deleted, Hearback goes on by itself",
    });
  }
  // All that could be read has been: what stands here may be put on top.
  add(await mergeRows({ local: database, dataset: dataset.url, commit, rows: [] }));
  return result(damage.length === 0 ? null : noticeOf(damage) + (csvOf ? `; took ${whatOf(csvOf)}` : ""));

  function add(facts: MergeFacts): void {
    total.added += facts.added;
    total.erased += facts.erased;
  }

  function result(notice: string | null): ReadHeadResult {
    // A damaged head has to be replaced even when nothing is new, and its history is not to be thrown away unasked.
    if (notice !== null) noteInLedger(database, { flawed: true, uploadDue: true });
    return { ...total, files, notice };
  }

  // The head first; its history is only asked for when the head was not good.
  async function* candidates(): AsyncGenerator<{ id: string; held: Map<string, RemoteFile> }> {
    yield { id: commit, held: files };
    if (damage.length === 0) return;
    noteInLedger(database, { flawed: true });
    for await (const { id } of dataset.commits()) {
      if (id !== commit) yield { id, held: await dataset.files(id, [DATABASE_FILE, CSV_FILE]) };
    }
  }

  /** Downloads a file and merges it; false, with the reason noted, where it is damaged. Nothing is tried twice. */
  async function taken(file: RemoteFile, id: string, merge: (path: string) => Promise<MergeFacts>): Promise<boolean> {
    if (tried.has(file.hash)) return false;
    tried.add(file.hash);
    const path = `${options.workDir}/remote-${short(id)}-${file.path}`;
    try {
      const downloading = (share: number) => onProgress("downloading", share);
      await dataset.download(file, { revision: id, target: path, onProgress: downloading });
      add(await merge(path));
      return true;
    } catch (error) {
      if (error instanceof SyncError && error.kind === "damaged") {
        unproven = true;
        damage.push(error.message);
        return false;
      }
      if (error instanceof AppError && error.code === "incompatible") {
        throw new SyncError("incompatible", "The dataset was written by a newer Hearback", {
          cause: error,
          retry: false,
          hint: "Update this Hearback; until then nothing is uploaded",
        });
      }
      if (!(error instanceof AppError) || (error.code !== "damaged" && error.code !== "foreign")) throw error;
      damage.push(`${file.path} of commit ${short(id)} cannot be used: ${error.message}`);
      return false;
    } finally {
      await Deno.remove(path).catch(() => {});
    }
  }

  async function mergeRemoteDatabase(remote: string): Promise<MergeFacts> {
    const merging = { local: database, dataset: dataset.url, commit, remote };
    const { exchange: store, workDir, exchangeFrom: atLeast = EXCHANGE_FROM } = options;
    onProgress("merging", 0);
    const exchanged = store && await mergeByExchange({ ...merging, store, folder: `${workDir}/exchange`, atLeast });
    return exchanged || mergeDatabase({ ...merging, onProgress: (done, all) => onProgress("merging", done / all) });
  }

  function mergeRemoteCsv(path: string): Promise<MergeFacts> {
    // Not the whole of it yet: a database further back may hold what the CSV lost.
    return mergeRows({ local: database, dataset: dataset.url, commit: null, rows: readCsv(path) });
  }
}

function noteInLedger(database: string, patch: Partial<Ledger>): void {
  withDatabase(database, (db) => updateLedger(db, patch));
}

function whatOf(csv: string | undefined, database?: string): string {
  return [
    ...(csv === undefined ? [] : [`the CSV of commit ${short(csv)}`]),
    ...(database === undefined ? [] : [`the newest good database, of commit ${short(database)}`]),
  ].join(" and ") + "; the next backup replaces what is damaged";
}

function noticeOf(damage: string[]): string {
  const [first = ""] = damage;
  return damage.length === 1
    ? `The newest backup is damaged (${first})`
    : `${damage.length} files of the backup are damaged (${first}, …)`;
}
