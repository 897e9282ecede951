// Keeps the CSV from one snapshot to the next, so that a run after a few new reviews writes their lines and not a million others.
import { createHash, type Hash } from "node:crypto";
import type { renewMark } from "../../db/sqlite/csv_mark.ts";
import { writeCsv } from "../../db/file/csv.ts";
import { FileBlob } from "../hub/file_blob.ts";
import { type Beginning, beginningOf, nameOf, namesIn } from "./kept_csv_files.ts";
import { CSV_FILE } from "./backup_files.ts";
import { emptyFolder } from "./empty_folder.ts";

/** What the CSV is written from and where it is kept. */
export interface KeptCsvOptions {
  /** Path of the snapshot, which bore the mark `marks.now`. */
  snapshot: string;
  /** How many reviews it holds. */
  reviews: number;
  /** As `renewMark()` gave them just before the snapshot was taken. */
  marks: ReturnType<typeof renewMark>;
  /** Folder for the kept file and nothing else. */
  folder: string;
  /** Hears how many rows are written. */
  onProgress: (rows: number) => void;
}

/** Writes the CSV of a snapshot, going on from the kept one where that is its beginning; returns its path and SHA-256. */
export async function writeKeptCsv(options: KeptCsvOptions): Promise<{ path: string; sha256: string }> {
  const { snapshot, reviews, marks: { before, now }, folder, onProgress } = options;
  const target = `${folder}/${CSV_FILE}`; // names no mark, so that after a kill nobody goes on from it
  let hash = createHash("sha256");
  const beginning = before && await wholeBeginning(folder, before.mark, hash);
  let rows = 0;
  if (beginning) {
    rows = beginning.rows;
    Deno.renameSync(beginning.path, target);
    Deno.truncateSync(target, beginning.size);
  } else {
    hash = createHash("sha256");
    await emptyFolder(folder);
  }
  const write = (range: { after?: number | undefined; upTo?: number }) => {
    const onBytes = (bytes: Uint8Array) => void hash.update(bytes);
    const done = rows;
    rows += writeCsv({
      database: snapshot,
      target,
      ...range,
      onBytes,
      onProgress: (written) => onProgress(done + written),
    });
  };
  write({ after: beginning ? before?.last : undefined, upTo: now.last });
  const kept = nameOf({ mark: now.mark, rows, size: Deno.statSync(target).size, sha256: hash.copy().digest("hex") });
  write({ after: now.last }); // what came between the mark and the snapshot: the mark does not stand for it
  // Only a program that replaces rows past all triggers can make them differ.
  if (beginning && rows !== reviews) return await writeKeptCsv({ ...options, marks: { before: null, now } });
  Deno.renameSync(target, `${folder}/${kept}`);
  return { path: `${folder}/${kept}`, sha256: hash.digest("hex") };
}

/** The kept file of a mark, once its bytes have been found whole and added to `hash`. */
async function wholeBeginning(folder: string, mark: string, hash: Hash): Promise<Beginning & { path: string } | null> {
  for (const name of namesIn(folder)) {
    const path = `${folder}/${name}`;
    const found = beginningOf(name);
    if (found?.mark !== mark || Deno.statSync(path).size < found.size) continue;
    for await (const bytes of new FileBlob(path, { end: found.size }).stream()) hash.update(bytes);
    return hash.copy().digest("hex") === found.sha256 ? { ...found, path } : null;
  }
  return null;
}
