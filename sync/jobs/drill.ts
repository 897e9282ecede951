// The drill: fetches the newest backup as a stranger would, opens and checks it, and compares it with what was sent.
import { AppError } from "../../db/app_error.ts";
import { readCsv } from "../../db/file/csv.ts";
import { inspectDatabase } from "../../db/file/inspect.ts";
import { openReadOnly } from "../../db/file/open_database.ts";
import { readRows } from "../../db/file/read_rows.ts";
import { COLUMNS, type StoredRow } from "../../db/row.ts";
import { type Ledger, ledgerOf, noteDamage, updateLedgerOf } from "../../db/sqlite/ledger.ts";
import { sha256Of } from "../hub/content_hash.ts";
import { short } from "../hub/commit_id.ts";
import { type Dataset, type Head, openDataset } from "../hub/dataset.ts";
import { FileBlob } from "../hub/file_blob.ts";
import type { DrillReport } from "../status.ts";
import { SyncError, toSyncError } from "../sync_error.ts";
import { CSV_FILE, DATABASE_FILE } from "./backup_files.ts";
import { bringBack } from "./bring_back.ts";
import { emptyFolder } from "./empty_folder.ts";
import type { JobOptions } from "./job.ts";
import { reviewsInWords } from "./reviews_in_words.ts";
import { openNotes, settle } from "./unread_notes.ts";

/**
 * Checks the newest backup and notes the outcome in the ledger; then tries once more to read what was passed over. A backup that turns out
 * bad or gone is reported with `ok: false`, and the next run replaces it. Throws where it was stopped or the local database cannot be used.
 */
export async function runDrill(options: JobOptions): Promise<DrillReport> {
  const { database, signal } = options;
  const dataset = openDataset(options.settings, signal);
  const at = options.now().toISOString();
  let report: DrillReport;
  try {
    await emptyFolder(options.workDir);
    report = { at, ok: true, message: await checkedBackup(dataset, options) };
  } catch (thrown) {
    if (signal.aborted) throw toSyncError(thrown);
    const bad = thrown instanceof AppError && ["damaged", "foreign", "incompatible"].includes(thrown.code);
    const error = bad ? new SyncError("damaged", thrown.message) : toSyncError(thrown);
    // What is gone altogether is made again by the next run, which finds that out.
    if (error.kind === "missing") updateLedgerOf(database, { merged: null, uploadDue: true });
    report = { at, ok: false, message: error.message };
  } finally {
    await Deno.remove(options.workDir, { recursive: true }).catch(() => {});
  }
  updateLedgerOf(database, { drillAt: at, drillOk: report.ok, drillMessage: report.message });
  if (report.ok) await readPassedOver(options);
  return report;
}

async function checkedBackup(dataset: Dataset, options: JobOptions): Promise<string> {
  const { settings, database, workDir, onEvent } = options;
  const head = await dataset.head();
  if (head === null) throw new SyncError("missing", `There is no dataset ${settings.repo}`);
  const ledger = ledgerOf(database);
  try {
    const [db, csv] = await Promise.all([DATABASE_FILE, CSV_FILE].map(fetched)) as [string, string];
    const { reviews } = inspectDatabase(db);
    await compareRows(db, csv);
    if (ledger.commitId === head.commit) await compareWithSent(ledger, { db, csv });
    return `Commit ${short(head.commit)} was fetched and holds ${reviewsInWords(reviews)}`;
  } catch (error) {
    // What the storage denies may be there in a moment, but whoever holds all of it need not wait for that.
    const isDenied = error instanceof SyncError && error.denied && ledger.merged === head.commit;
    if (isBad(error) || isDenied) replaceNext(ledger, { head, database });
    throw error;
  }

  async function fetched(path: string): Promise<string> {
    const file = (await dataset.files(head!.commit, [path])).get(path);
    if (file === undefined) throw new SyncError("damaged", `Commit ${short(head!.commit)} lacks ${path}`);
    const target = `${workDir}/drill-${path}`;
    const onProgress = (share: number) => onEvent({ type: "progress", step: "drill", share });
    await dataset.download(file, { revision: head!.commit, target, onProgress });
    return target;
  }
}

function isBad(error: unknown): boolean {
  return error instanceof SyncError ? error.kind === "damaged" : error instanceof AppError;
}

// Whoever holds all that the head held puts a good one on top; otherwise it has to be read before anything else.
function replaceNext({ dataset, merged }: Ledger, { head, database }: { head: Head; database: string }): void {
  noteDamage(database);
  if (dataset === null || merged !== head.commit) updateLedgerOf(database, { merged: null });
}

// What the storage did not give, or gave damaged, may be there again.
async function readPassedOver(options: JobOptions): Promise<void> {
  const notes = openNotes(options.database).filter(({ kind, keptAs }) =>
    keptAs === null && (kind === "unreachable" || kind === "damaged")
  );
  for (const { commit, path } of notes) {
    try {
      if (path === DATABASE_FILE) await bringBack({ ...options, commit });
    } catch (thrown) {
      const error = toSyncError(thrown);
      if (options.signal.aborted) throw error;
      if (error.kind === "conflict") settle(commit, [path], options); // somebody squashed the history: the commit is no more
    }
  }
}

async function compareRows(database: string, csv: string): Promise<void> {
  using db = openReadOnly(database);
  const rows = readRows(db);
  let line = 1;
  for await (const other of readCsv(csv)) {
    line++;
    const row = rows.next();
    if (row.done || asText(row.value) !== asText(other)) {
      throw new SyncError("damaged", `Row ${line} of ${CSV_FILE} is not what ${DATABASE_FILE} holds`);
    }
  }
  if (!rows.next().done) throw new SyncError("damaged", `${CSV_FILE} lacks rows that ${DATABASE_FILE} holds`);
}

function asText(row: StoredRow): string {
  return JSON.stringify(COLUMNS.map((column) => row[column] === null ? null : `${row[column]}`));
}

async function compareWithSent(ledger: Ledger, files: { db: string; csv: string }): Promise<void> {
  for (const [sent, path] of [[ledger.dbSha256, files.db], [ledger.csvSha256, files.csv]] as const) {
    if (sent !== null && await sha256Of(new FileBlob(path)) !== sent) {
      throw new SyncError("damaged", "The newest backup is not what was sent");
    }
  }
}
