// The drill: fetches the newest backup as a stranger would, opens and checks it, and compares it with what was sent.
import { COLUMNS, type StoredRow } from "../../db/row.ts";
import { readCsv } from "../../db/file/csv.ts";
import { AppError } from "../../db/app_error.ts";
import { inspectDatabase } from "../../db/file/inspect.ts";
import { type Ledger, readLedger, updateLedger } from "../../db/sqlite/ledger.ts";
import { openReadOnly, withDatabase } from "../../db/file/open_database.ts";
import { readRows } from "../../db/file/read_rows.ts";
import { CSV_FILE, DATABASE_FILE } from "./backup_files.ts";
import { sha256Of } from "../hub/content_hash.ts";
import { openDataset, short } from "../hub/dataset.ts";
import { emptyFolder } from "./empty_folder.ts";
import { FileBlob } from "../hub/file_blob.ts";
import type { JobOptions } from "./job.ts";
import { reviewsInWords } from "./reviews_in_words.ts";
import type { DrillReport } from "../status.ts";
import { SyncError, toSyncError } from "../sync_error.ts";

/**
 * Checks the newest backup and notes the outcome in the ledger. A backup that turns out bad or gone is reported with `ok: false`, and
 * the next run takes the dataset for unread, finds what is wrong and replaces it. Never throws but for a local database that cannot be used.
 */
export async function runDrill(options: JobOptions): Promise<DrillReport> {
  const at = options.now().toISOString();
  let report: DrillReport;
  let damaged = false;
  try {
    await emptyFolder(options.workDir);
    report = { at, ok: true, message: await checkedBackup(options) };
  } catch (thrown) {
    const bad = thrown instanceof AppError && ["damaged", "foreign", "incompatible"].includes(thrown.code);
    const error = bad ? new SyncError("damaged", thrown.message) : toSyncError(thrown);
    damaged = error.kind === "damaged" || error.kind === "missing";
    report = { at, ok: false, message: error.message };
  } finally {
    await Deno.remove(options.workDir, { recursive: true }).catch(() => {});
  }
  withDatabase(options.database, (db) => {
    const { ok: drillOk, message: drillMessage } = report;
    updateLedger(db, { drillAt: at, drillOk, drillMessage, ...(damaged ? { merged: null, uploadDue: true } : {}) });
  });
  return report;
}

async function checkedBackup({ settings, database, workDir, signal, onEvent }: JobOptions): Promise<string> {
  const dataset = openDataset(settings, signal);
  const head = await dataset.head();
  if (head === null) throw new SyncError("missing", `There is no dataset ${settings.repo}`);
  const ledger = withDatabase(database, readLedger);
  const [db, csv] = await Promise.all([DATABASE_FILE, CSV_FILE].map(fetched));
  const { reviews } = inspectDatabase(db!);
  await compareRows(db!, csv!);
  if (ledger.commitId === head.commit) await compareWithSent(ledger, { db: db!, csv: csv! });
  return `Commit ${short(head.commit)} was fetched and holds ${reviewsInWords(reviews)}`;

  async function fetched(path: string): Promise<string> {
    const file = (await dataset.files(head!.commit, [path])).get(path);
    if (file === undefined) throw new SyncError("damaged", `Commit ${short(head!.commit)} lacks ${path}`);
    const target = `${workDir}/drill-${path}`;
    const onProgress = (share: number) => onEvent({ type: "progress", step: "drill", share });
    await dataset.download(file, { revision: head!.commit, target, onProgress });
    return target;
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
