// Checks of the dataset: whether it is there, who can read it, whether the token may write, and whether the backup in it can be read.
import { datasetInfo } from "@huggingface/hub";
import { AppError } from "../../db/app_error.ts";
import { inspectDatabase } from "../../db/file/inspect.ts";
import { CARD_FILE, DATABASE_FILE } from "../jobs/backup_files.ts";
import { openDataset, short } from "../hub/dataset.ts";
import type { DatasetSettings } from "../hub/dataset_settings.ts";
import { emptyFolder } from "../jobs/empty_folder.ts";
import type { Finding } from "./finding.ts";
import { reviewsInWords } from "../jobs/reviews_in_words.ts";
import { SyncError } from "../sync_error.ts";

/** What is known of the token, and where to work. */
export interface DatasetCheckOptions {
  /** Names under which the account may have datasets. */
  owners: string[];
  canWrite: boolean;
  /** Folder for downloads, which is removed; null where the disk takes none. */
  workDir: string | null;
}

/** What was found, by what was looked at. */
export type DatasetFindings = [name: string, finding: Finding][];

const PATIENCE_MS = 300_000;
const GIVE_RIGHTS = "Give the token write access to this dataset, or set another one as HF_TOKEN";

/** Looks at the dataset without changing it. */
export async function checkDataset(settings: DatasetSettings, options: DatasetCheckOptions): Promise<DatasetFindings> {
  const dataset = openDataset(settings, AbortSignal.timeout(PATIENCE_MS));
  try {
    const head = await dataset.head();
    if (head === null) return [["rights", mayCreate(settings, options)], ["dataset", missing(settings)]];
    const files = await dataset.files(head.commit, [DATABASE_FILE, CARD_FILE]);
    const file = files.get(DATABASE_FILE);
    const findings: DatasetFindings = [["rights", await mayWrite(settings)], ["dataset", await whoReads(settings)]];
    if (file === undefined) {
      return [...findings, ["backup", { verdict: "ok", text: "there is none yet; the first review brings it" }]];
    }
    if (options.workDir === null) {
      const text = "it was not fetched, because DATA_DIR cannot take it";
      return [...findings, ["backup", { verdict: "warning", text, advice: "Mend the disk and ask again" }]];
    }
    await emptyFolder(options.workDir);
    const target = `${options.workDir}/${DATABASE_FILE}`;
    await dataset.download(file, { revision: head.commit, target });
    const text = `commit ${short(head.commit)} was fetched and holds ${
      reviewsInWords(inspectDatabase(target).reviews)
    }`;
    findings.push(["backup", { verdict: "ok", text }]);
    const card = files.has(CARD_FILE) ? "it has one" : "it has none; the next backup brings it";
    return [...findings, ["card", { verdict: "ok", text: card }]];
  } catch (error) {
    if (error instanceof SyncError && error.kind !== "damaged") {
      const advice = error.hint || "Try again in a few minutes";
      return [["dataset", { verdict: "problem", text: error.message, advice }]];
    }
    if (!(error instanceof AppError) && !(error instanceof SyncError)) throw error;
    return [["backup", {
      verdict: "problem",
      text: `the newest one cannot be used: ${error.message}`,
      advice: error instanceof AppError && error.code === "incompatible"
        ? "Update this Hearback"
        : "A running Hearback replaces it with its next backup, a start on an empty disk goes back to the newest good " +
          "one; `deno task restore --list` shows them all",
    }]];
  } finally {
    if (options.workDir !== null) await Deno.remove(options.workDir, { recursive: true }).catch(() => {});
  }
}

function missing({ repo, private: isPrivate }: DatasetSettings): Finding {
  return { verdict: "ok", text: `there is no ${repo}; the next backup makes it, ${isPrivate ? "private" : "public"}` };
}

function mayCreate({ repo }: DatasetSettings, { owners, canWrite }: DatasetCheckOptions): Finding {
  const [owner = ""] = repo.split("/");
  if (!canWrite) return { verdict: "problem", text: "the token may only read", advice: GIVE_RIGHTS };
  if (owners.some((name) => name.toLowerCase() === owner.toLowerCase())) {
    return { verdict: "ok", text: `the token may have datasets under ${owner}` };
  }
  return {
    verdict: "problem",
    text: `the token's account is neither ${owner} nor a member of it, so it cannot make the dataset`,
    advice: "Look at the owner in DATASET_REPO, or take a token of somebody who belongs there",
  };
}

// The Hub asks this of every upload before it begins; nothing changes by it.
async function mayWrite({ endpoint, repo, token }: DatasetSettings): Promise<Finding> {
  const answer = await fetch(`${endpoint}/api/datasets/${repo}/preupload/main`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ files: [{ path: "reviews.csv", size: 1, sample: btoa("i") }] }),
    signal: AbortSignal.timeout(20_000),
  }).catch(() => undefined);
  await answer?.body?.cancel();
  if (answer?.ok) return { verdict: "ok", text: "the token may write to the dataset" };
  if (answer?.status === 401 || answer?.status === 403) {
    return { verdict: "problem", text: "the token may read the dataset, but not write to it", advice: GIVE_RIGHTS };
  }
  return { verdict: "warning", text: "the Hub did not tell whether the token may write", advice: "Try again later" };
}

async function whoReads({ endpoint, repo, token, private: wanted }: DatasetSettings): Promise<Finding> {
  const info = await datasetInfo({ name: repo, hubUrl: endpoint, accessToken: token });
  if (info.private || !wanted) return { verdict: "ok", text: `${repo} is ${info.private ? "private" : "public"}` };
  return {
    verdict: "warning",
    text: `${repo} is public: everybody can read the reviews with their names`,
    advice: `Make it private at ${endpoint}/datasets/${repo}/settings, or set DATASET_PRIVATE=false if that is meant`,
  };
}
