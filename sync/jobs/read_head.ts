// Brings what the dataset's head holds into the local database. What cannot be read whole is noted and kept, never taken for worthless.
import { AppError } from "../../db/app_error.ts";
import { readCsv } from "../../db/file/csv.ts";
import { noteDamage, updateLedgerOf } from "../../db/sqlite/ledger.ts";
import { mergeDatabase, mergeErasures, mergeRows } from "../../db/sqlite/merge.ts";
import type { MergeFacts } from "../../db/sqlite/merge_target.ts";
import { mergeByReplacement } from "../../db/sqlite/build_replacement.ts";
import type { UnreadKind } from "../../db/sqlite/unread.ts";
import { short } from "../hub/commit_id.ts";
import type { Dataset, RemoteFile } from "../hub/dataset.ts";
import { SyncError } from "../sync_error.ts";
import { asideName, CSV_FILE, DATABASE_FILE, LOG_FILES, READ_FILES } from "./backup_files.ts";
import { csvProblems } from "./csv_problems.ts";
import { csvDiffers } from "./csv_differs.ts";
import { fetchDatabase } from "./fetch_database.ts";
import type { JobOptions } from "./job.ts";
import { note, openNotes, settle } from "./unread_notes.ts";

/** What {@linkcode readHead} works with. */
export interface ReadHeadOptions extends Pick<JobOptions, "database" | "workDir" | "store" | "now" | "onEvent"> {
  dataset: Dataset;
  /** A backup with fewer new reviews is merged row by row in any case; 10,000 unless told. */
  replaceFrom?: number;
  onProgress: (step: string, share: number) => void;
}

/** What {@linkcode readHead} did. */
export interface ReadHeadResult extends Pick<MergeFacts, "added" | "erased"> {
  /** Whether the head holds a database. */
  isBackup: boolean;
  /** The head is Hearback's own, and its database was fetched and found whole. */
  isProved: boolean;
  /** What the owner should know, where an older backup had to do. */
  notice: string | null;
}

/** Why a file could not be used. */
interface Refusal {
  kind: UnreadKind;
  reason: string;
}

const DENIED_FOR = 10 * 60_000; // milliseconds until what the storage denies counts as gone
const LOOKED_AT = 100; // older commits

/**
 * Merges the dataset as of `commit`, its head, into the local database and notes there that it is contained. Where the head's database
 * cannot be used, takes its CSV and the newest good database of the history. Throws a `SyncError`; then nothing may be put on top.
 */
export async function readHead(commit: string, options: ReadHeadOptions): Promise<ReadHeadResult> {
  const { dataset, database, onProgress } = options;
  const held = await heldFiles(dataset, commit);
  const total = { added: 0, erased: 0 };
  const tried = new Set<string>();
  let csvOf = ""; // the commit whose CSV was taken
  const path = `${options.workDir}/remote.db`;

  const db = held.get(DATABASE_FILE);
  const refusal = db && await takeDatabase(commit, held, { as: "head" });
  if (db !== undefined && refusal === undefined) {
    const isProved = await checkCsv();
    return { ...total, isBackup: true, isProved, notice: null };
  }
  let csv = await takeCsv(commit, held);
  // Where the storage spoiled a database of ours, our CSV beside it says all that the commit knew of reviews.
  const isMadeUp = csv === "whole" && refusal !== undefined && db?.isOwn === true && !canBeKept(refusal);
  if (isMadeUp) settle(commit, [DATABASE_FILE], options);
  else if (refusal !== undefined) remember(commit, held, refusal);
  const older = await takeOlder();
  if (refusal?.kind === "damaged" && !isKept(commit) && csv === "none" && older === null) {
    throw new SyncError(
      "damaged",
      `The newest backup is damaged (${refusal.reason}), and no commit before it is good`,
      {
        hint: "Look at the dataset's files: once reviews.db there is replaced or deleted, Hearback continues by itself",
      },
    );
  }
  // All that could be read has been, and the rest is noted: what comes now may be put on top.
  add(await mergeRows({ local: database, dataset: dataset.url, commit, rows: [] }));
  if (refusal === undefined) return { ...total, isBackup: false, isProved: false, notice: null };
  if (refusal.kind === "foreign") updateLedgerOf(database, { uploadDue: true });
  else noteDamage(database);
  const taken = [
    ...(csv === "none" ? [] : [`the CSV of commit ${short(csvOf)}`]),
    ...(older === null || csv === "whole" ? [] : [`the newest good database, of commit ${short(older)}`]),
  ].join(" and ");
  const notice = `${whatIs(refusal)}: ${refusal.reason}${taken === "" ? "" : `; took ${taken}`}`;
  return { ...total, isBackup: true, isProved: false, notice };

  function add(facts: Pick<MergeFacts, "added" | "erased">): void {
    total.added += facts.added;
    total.erased += facts.erased;
  }

  /** Merges the database of a commit, `as` the head's, as an older one, or for its erasures alone; else says why it cannot be used. */
  async function takeDatabase(
    id: string,
    files: Map<string, RemoteFile>,
    { as }: { as: "head" | "older" | "erasures" },
  ): Promise<Refusal | undefined> {
    const onShare = (share: number) => onProgress("downloading", share);
    try {
      const { leftOver } = await fetchDatabase(dataset, {
        revision: id,
        held: files,
        target: path,
        onProgress: onShare,
      });
      if (as === "erasures") add({ added: 0, erased: mergeErasures({ local: database, remote: path }) });
      else add(await merge());
      if (leftOver.length === 0) settle(id, [DATABASE_FILE], options);
      else remember(id, files, { kind: "partly", reason: `it also holds ${leftOver.join(", ")}` });
      return undefined;
    } catch (error) {
      return refusalOf(error, { id, path: DATABASE_FILE });
    }
  }

  async function merge(): Promise<MergeFacts> {
    onProgress("merging", 0);
    const merging = { local: database, dataset: dataset.url, commit, remote: path };
    const atLeast = options.replaceFrom ?? 10_000;
    const { store } = options;
    const replaced = store &&
      await mergeByReplacement({ ...merging, store, folder: `${options.workDir}/replacement`, atLeast });
    return replaced || mergeDatabase({ ...merging, onProgress: (done, all) => onProgress("merging", done / all) });
  }

  // The CSV beside a good database says the same, unless somebody else wrote it.
  async function checkCsv(): Promise<boolean> {
    const csv = held.get(CSV_FILE);
    if (csv === undefined || csv.isOwn) return db?.isOwn === true && csv !== undefined;
    const target = `${options.workDir}/${CSV_FILE}`;
    try {
      await dataset.download(csv, { revision: commit, target });
      const reason = await csvDiffers({ csv: target, database: path });
      if (reason !== null) remember(commit, held, { kind: "partly", reason }, CSV_FILE);
    } catch (error) {
      const refusal = refusalOf(error, { id: commit, path: CSV_FILE });
      remember(commit, held, refusal, CSV_FILE);
    }
    return false;
  }

  /** Merges the CSV of a commit; "whole" where it says all that the commit knew of reviews. */
  async function takeCsv(id: string, files: Map<string, RemoteFile>): Promise<"whole" | "rows" | "none"> {
    const csv = files.get(CSV_FILE);
    if (csv === undefined) return "none";
    const target = `${options.workDir}/${CSV_FILE}`;
    try {
      await dataset.download(csv, { revision: id, target });
      const rows = readCsv(target);
      // With no commit to note: a database further back may hold what the CSV does not say.
      add(await mergeRows({ local: database, dataset: dataset.url, commit: null, rows }));
      const reason = csvProblems(rows.problems);
      if (reason !== null) remember(id, files, { kind: "partly", reason }, CSV_FILE);
      csvOf = id;
      return csv.isOwn && reason === null ? "whole" : "rows";
    } catch (error) {
      remember(id, files, refusalOf(error, { id, path: CSV_FILE }), CSV_FILE);
      return "none";
    }
  }

  /** Takes the newest good database before the head, or where the head has none notes that there is one; returns its commit. */
  async function takeOlder(): Promise<string | null> {
    let looked = 0;
    for await (const { id } of dataset.commits()) {
      if (id === commit) continue;
      if (++looked > LOOKED_AT) break;
      const files = await dataset.files(id, READ_FILES);
      const file = files.get(DATABASE_FILE);
      if (file === undefined || tried.has(file.hash)) continue;
      tried.add(file.hash);
      if (refusal === undefined) {
        const reason = "a later commit deleted it, and it may hold reviews; bring that commit back to have them";
        note({ commit: id, path: DATABASE_FILE, kind: "deleted", reason, keptAs: null }, options);
        return null;
      }
      const refused = await takeDatabase(id, files, { as: csv === "whole" ? "erasures" : "older" });
      if (refused === undefined) return id;
      if (csv === "none") csv = await takeCsv(id, files);
    }
    return null;
  }

  /** Notes that a file was not taken over whole, and that it is to be kept in the head where its bytes can be had. */
  function remember(id: string, files: Map<string, RemoteFile>, { kind, reason }: Refusal, only = DATABASE_FILE): void {
    const parts = only === DATABASE_FILE ? [only, ...LOG_FILES] : [only];
    for (const file of parts.flatMap((part) => files.get(part) ?? [])) {
      const isThere = file.size > 0 && canBeKept({ kind, reason });
      note({ commit: id, path: file.path, kind, reason, keptAs: isThere ? asideName(file) : null }, options);
    }
  }

  function isKept(id: string): boolean {
    return openNotes(database).some(({ commit, keptAs }) => commit === id && keptAs !== null);
  }

  /** Why a file cannot be used; throws what says nothing about the file. */
  function refusalOf(error: unknown, { id, path }: { id: string; path: string }): Refusal {
    if (error instanceof SyncError && error.kind === "damaged") return { kind: "damaged", reason: error.message };
    if (error instanceof SyncError && error.denied) {
      const reason = "the storage does not give it";
      note({ commit: id, path, kind: "unreachable", reason, keptAs: null }, options);
      // Whoever has waited for the head does not wait again for each of its files, or for what comes before it.
      const denied = openNotes(database).filter((entry) =>
        entry.kind === "unreachable" && (entry.commit === id || entry.commit === commit)
      );
      const since = Math.min(...denied.map(({ noticedAt }) => Date.parse(noticedAt)));
      if (options.now().getTime() - since >= DENIED_FOR) return { kind: "unreachable", reason };
      throw new SyncError("unreachable", error.message, { cause: error, hint: WAITING });
    }
    if (!(error instanceof AppError)) throw error;
    if (error.code === "damaged" || error.code === "foreign") return { kind: error.code, reason: error.message };
    if (error.code !== "incompatible") throw error;
    throw new SyncError("incompatible", "The dataset was written by a newer Hearback", {
      cause: error,
      retry: false,
      hint: "Update this Hearback; until then nothing is uploaded",
    });
  }
}

const WAITING =
  "Hearback asks again for ten minutes before it goes back to an older backup; nothing is uploaded meanwhile";
const NOT_AS_DECLARED = "is not what was committed";

// Whether its bytes can be had as they were committed.
function canBeKept({ kind, reason }: Refusal): boolean {
  return kind !== "unreachable" && !(kind === "damaged" && reason.includes(NOT_AS_DECLARED));
}

function whatIs({ kind }: Refusal): string {
  if (kind === "foreign") return "reviews.db in the dataset is not a database of reviews";
  return kind === "unreachable" ? "The newest backup cannot be fetched" : "The newest backup is damaged";
}

// Nothing is believed to be missing on one answer alone: a commit of ours always holds a database, and the list of files is asked as well.
async function heldFiles(dataset: Dataset, commit: string): Promise<Map<string, RemoteFile>> {
  const held = await dataset.files(commit, READ_FILES);
  if (held.has(DATABASE_FILE)) return held;
  const paths = await dataset.paths(commit);
  const { value: newest } = await dataset.commits().next();
  const isBackup = newest !== undefined && newest.id === commit && newest.isOwn;
  if (!isBackup && !READ_FILES.some((path) => paths.has(path) && !held.has(path))) return held;
  throw new SyncError("unreachable", "The Hub's answers about the newest backup contradict each other", {
    hint: "Hearback asks again by itself; nothing is uploaded meanwhile",
  });
}
