// Checks of the folder that holds the reviews, by doing there what Hearback does.
import { createHash, randomBytes } from "node:crypto";
import { AppError } from "../../db/app_error.ts";
import { inspectDatabase } from "../../db/file/inspect.ts";
import { DATABASE_FILE } from "../jobs/backup_files.ts";
import { sha256Of } from "../hub/content_hash.ts";
import { FileBlob } from "../hub/file_blob.ts";
import type { Finding } from "./finding.ts";
import { reviewsInWords } from "../jobs/reviews_in_words.ts";
import { isDiskFull } from "../sync_error.ts";

const BLOCK = 1024 * 1024;
const LEAST_BLOCKS = 16;
const MOST_BLOCKS = 512; // nobody waits for more; a database that large deserves a look at the disk by hand

/** Writes as much as a backup needs, has it put on the disk for sure, reads it back and removes it. */
export async function checkDisk(dataDir: string): Promise<Finding> {
  const path = `${dataDir}/doctor.tmp`;
  try {
    await Deno.mkdir(dataDir, { recursive: true });
    const size = await Deno.stat(`${dataDir}/${DATABASE_FILE}`).then(({ size }) => size, () => 0);
    // A backup needs about three times the size of the database for a moment.
    const blocks = Math.min(Math.max(Math.ceil(3 * size / BLOCK), LEAST_BLOCKS), MOST_BLOCKS);
    if (await writeBlocks(path, blocks) === await sha256Of(new FileBlob(path))) {
      return { verdict: "ok", text: `${blocks} MiB were written to DATA_DIR, put on the disk and read back` };
    }
    return {
      verdict: "problem",
      text: "what was written to DATA_DIR was read back differently",
      advice: "The disk is broken; take another one",
    };
  } catch (error) {
    return isDiskFull(error)
      ? { verdict: "problem", text: "there is too little room in DATA_DIR", advice: "Make room, or take a larger disk" }
      : {
        verdict: "problem",
        text: `DATA_DIR cannot be written to (${reasonOf(error)})`,
        advice: OWN_FOLDER,
      };
  } finally {
    await Deno.remove(path).catch(() => {});
  }
}

/** What to do where DATA_DIR cannot be written to. */
export const OWN_FOLDER =
  "Let the user that runs Hearback own that folder, on a disk that can be written to; in the container that is uid 1000";

/** What the system says of a file or folder, without the path. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return /^(.+?) \(os error \d+\)/.exec(error.message)?.[1] ?? error.message.split(/: /)[0]!;
}

/** What to do about a local database that cannot be used. */
export function adviceOnDatabase({ message }: AppError): string {
  if (/newer Hearback/.test(message)) return "Update this Hearback";
  return `Move ${DATABASE_FILE} and what begins with its name aside; the next start fetches the newest backup`;
}

/** Looks whether the database here is one and whole. */
export function checkDatabase(dataDir: string): Finding {
  try {
    const { reviews, format } = inspectDatabase(`${dataDir}/${DATABASE_FILE}`);
    // It could be read in a dataset, but the store works with no such table.
    if (format === "other") throw new AppError("foreign", `${DATABASE_FILE} is neither Hearback's nor the guide's`);
    const whose = format === "guide" ? "; it is the guide's and will be taken over at the start" : "";
    return { verdict: "ok", text: `${DATABASE_FILE} is whole and holds ${reviewsInWords(reviews)}${whose}` };
  } catch (error) {
    if (error instanceof AppError) {
      return {
        verdict: "problem",
        text: error.message,
        advice: adviceOnDatabase(error),
      };
    }
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return {
      verdict: "ok",
      text: `there is no ${DATABASE_FILE} yet; the start makes it, or fetches the newest backup`,
    };
  }
}

/** Writes so many blocks, waits until the disk has them, and returns their hash. */
async function writeBlocks(path: string, blocks: number): Promise<string> {
  const hash = createHash("sha256");
  const block = randomBytes(BLOCK);
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  for (let n = 0; n < blocks; n++) {
    hash.update(block);
    for (let written = 0; written < BLOCK;) written += await file.write(block.subarray(written));
  }
  await file.sync();
  return hash.digest("hex");
}
