// What a backup sends: a snapshot of the database with its CSV, in one commit on the parent that is contained here.
import { writeCsv } from "../../db/file/csv.ts";
import { renewMark } from "../../db/sqlite/csv_mark.ts";
import { takeSnapshot } from "../../db/sqlite/snapshot.ts";
import { CARD_FILE, CSV_FILE, DATABASE_FILE } from "./backup_files.ts";
import { cardDue } from "./card.ts";
import { isDeclared, sha256Of } from "../hub/content_hash.ts";
import { type Dataset, type RemoteFile, short } from "../hub/dataset.ts";
import { emptyFolder } from "./empty_folder.ts";
import { FileBlob } from "../hub/file_blob.ts";
import { writeKeptCsv } from "./kept_csv.ts";
import { reviewsInWords } from "./reviews_in_words.ts";
import { SyncError } from "../sync_error.ts";

/** A snapshot of the reviews as files that wait to be uploaded. */
export interface Snapshot {
  /** The ledger's revision that it holds. */
  revision: number;
  /** The dataset's commit that it contains. */
  merged: string | null;
  reviews: number;
  /** Whether a rating is text. */
  textRatings: boolean;
  files: [database: SnapshotFile, csv: SnapshotFile];
}

/** A file of a snapshot. */
export interface SnapshotFile {
  /** Its name in the dataset. */
  path: string;
  content: Blob;
  /** In hex. */
  sha256: string;
}

/** Where a snapshot is taken and put. */
export interface SnapshotOptions {
  /** Path of the local database. */
  database: string;
  /** Empty folder that the files are put in. */
  workDir: string;
  /** Folder that keeps the CSV for the next snapshot. */
  csvDir: string;
  onProgress: (step: string, share: number) => void;
}

/**
 * Takes a snapshot of the local database. The CSV is written from the very file that is uploaded, or what that file proves to be unchanged
 * since was, so the two cannot differ.
 */
export async function takeWholeSnapshot(options: SnapshotOptions): Promise<Snapshot> {
  try {
    return await wholeSnapshot(options);
  } catch (error) {
    await emptyFolder(options.csvDir).catch(() => {}); // it may take the room that was lacking
    throw error;
  }
}

async function wholeSnapshot({ database, workDir, csvDir, onProgress }: SnapshotOptions): Promise<Snapshot> {
  const marks = renewMark(database);
  onProgress("taking a snapshot", 0);
  const target = `${workDir}/${DATABASE_FILE}`;
  const { mark, reviews, ...facts } = takeSnapshot({ source: database, target });
  const onRows = (rows: number) => onProgress("writing the CSV", rows / Math.max(reviews, 1));
  let csv: { path: string; sha256: string };
  if (marks.now.mark === mark) {
    csv = await writeKeptCsv({ snapshot: target, reviews, marks, folder: csvDir, onProgress: onRows });
  } else {
    const path = `${workDir}/${CSV_FILE}`;
    writeCsv({ database: target, target: path, onProgress: onRows });
    csv = { path, sha256: await sha256Of(new FileBlob(path)) };
  }
  const content = new FileBlob(target);
  return {
    ...facts,
    reviews,
    files: [
      { path: DATABASE_FILE, content, sha256: await sha256Of(content) },
      { path: CSV_FILE, content: new FileBlob(csv.path), sha256: csv.sha256 },
    ],
  };
}

/** What is committed on what. */
export interface CommitOptions {
  /** The commit that the local database contains. */
  parent: string;
  snapshot: Snapshot;
  onProgress: (step: string, share: number) => void;
}

const BUSY_TRIES = 8;
const BUSY_PAUSE = 1500; // milliseconds before a commit is tried again on the same parent

/** Makes the commit and reads its hashes back; null where the head is another one that does not hold this snapshot. */
export async function commitSnapshot(
  dataset: Dataset,
  { parent, snapshot, onProgress }: CommitOptions,
): Promise<string | null> {
  const held = await filesOfParent();
  if (held === null) return null;
  if (await holds(held, snapshot)) return parent;
  const files: { path: string; content: Blob }[] = [...snapshot.files];
  const card = await cardDue(held.get(CARD_FILE), { repo: dataset.name, textRatings: snapshot.textRatings });
  if (card !== null) files.push({ path: CARD_FILE, content: card });
  const title = `Backup of ${reviewsInWords(snapshot.reviews)}`;
  for (let tries = 1;; tries++) {
    try {
      onProgress("uploading", 0);
      const commit = await dataset.commit({
        parent,
        title,
        files,
        onProgress: (share) => onProgress("uploading", share),
      });
      await verify(commit);
      return commit;
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      if (error.status === 409 && tries < BUSY_TRIES) {
        await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE));
        continue;
      }
      if (error.status !== 412 && !error.uncertain) throw error;
      // The answer is lost or says that the head moved: perhaps by this very commit, so look before doing anything again.
      const head = await dataset.head();
      if (head === null || head.commit === parent) throw error;
      return await holds(await dataset.files(head.commit, [DATABASE_FILE, CSV_FILE]), snapshot) ? head.commit : null;
    }
  }

  // Null where the parent is gone, as after somebody squashed the history.
  async function filesOfParent(): Promise<Map<string, RemoteFile> | null> {
    try {
      return await dataset.files(parent, [DATABASE_FILE, CSV_FILE, CARD_FILE]);
    } catch (error) {
      if (!(error instanceof SyncError && error.kind === "conflict")) throw error;
      dataset.forgetSent(); // what only old commits held may be gone from the storage
      return null;
    }
  }

  async function verify(commit: string): Promise<void> {
    if (await holds(await dataset.files(commit, [DATABASE_FILE, CSV_FILE]), snapshot)) return;
    throw new SyncError("damaged", `Commit ${short(commit)} does not hold what was sent; it will be sent again`);
  }
}

async function holds(held: Map<string, RemoteFile>, snapshot: Snapshot): Promise<boolean> {
  for (const file of snapshot.files) {
    const declared = held.get(file.path);
    if (declared === undefined || !await isDeclared(file, declared)) return false;
  }
  return true;
}
