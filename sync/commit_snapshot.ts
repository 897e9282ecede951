// What a backup sends: a snapshot of the database with its CSV, in one commit on the parent that is contained here.
import { writeCsv } from "../db/csv.ts";
import { takeSnapshot } from "../db/snapshot.ts";
import { datasetCard } from "./card.ts";
import { isDeclared, sha256Of } from "./content_hash.ts";
import { type Dataset, type RemoteFile, short } from "./dataset.ts";
import { FileBlob } from "./file_blob.ts";
import { CARD_FILE, CSV_FILE, DATABASE_FILE } from "./read_head.ts";
import { SyncError } from "./sync_error.ts";

/** A snapshot of the reviews as files that wait to be uploaded. */
export interface Snapshot {
  /** The ledger's revision that it holds. */
  revision: number;
  /** The dataset's commit that it contains. */
  merged: string | null;
  reviews: number;
  /** Whether a rating is text. */
  textRatings: boolean;
  /** Database and CSV, in this order. */
  files: { path: string; content: Blob; sha256: string }[];
}

/** Where a snapshot is taken and put. */
export interface SnapshotOptions {
  /** Path of the local database. */
  database: string;
  /** Empty folder that the files are put in. */
  workDir: string;
  onProgress: (step: string, share: number) => void;
}

/** Takes a snapshot of the local database. The CSV is written from the very file that is uploaded, so the two cannot differ. */
export async function takeWholeSnapshot({ database, workDir, onProgress }: SnapshotOptions): Promise<Snapshot> {
  onProgress("taking a snapshot", 0);
  const db = `${workDir}/${DATABASE_FILE}`;
  const csv = `${workDir}/${CSV_FILE}`;
  const { revision, merged, reviews } = takeSnapshot({ source: database, target: db });
  const { textRatings } = writeCsv({
    database: db,
    target: csv,
    onProgress: (rows) => onProgress("writing the CSV", rows / Math.max(reviews, 1)),
  });
  const files = [];
  for (const [path, file] of [[DATABASE_FILE, db], [CSV_FILE, csv]] as const) {
    const content = new FileBlob(file);
    files.push({ path, content, sha256: await sha256Of(content) });
  }
  return { revision, merged, reviews, textRatings, files };
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
  if (!held.has(CARD_FILE)) {
    const card = datasetCard({ repo: dataset.name, textRatings: snapshot.textRatings });
    files.push({ path: CARD_FILE, content: new Blob([card]) });
  }
  const title = `Backup of ${snapshot.reviews} ${snapshot.reviews === 1 ? "review" : "reviews"}`;
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
