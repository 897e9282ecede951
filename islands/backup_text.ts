// Puts the state of the backup into words, the same for the badge, the thank-you, the server and the browser.
import type { BackupStatus, FailureKind } from "../sync/status.ts";
import { relativeTime } from "./relative_time.ts";

/** Why it fails, in half a sentence. */
const REASONS: Record<FailureKind, string> = {
  token: "the token was refused",
  rights: "the token may not write to the dataset",
  missing: "the dataset does not exist",
  rate_limited: "the Hub asks to wait",
  conflict: "others keep writing to the dataset",
  unreachable: "the Hub cannot be reached",
  damaged: "what the Hub holds is damaged",
  incompatible: "the dataset was written by a newer Hearback",
  disk: "the disk is full or cannot be read",
  internal: "something went wrong here",
};

/** How good the news is, for the looks. */
export type BackupTone = "good" | "waiting" | "bad" | "off";

/** One line about the backup. */
export interface BackupLine {
  tone: BackupTone;
  /** Without a full stop. */
  text: string;
}

/** Words for `status` at `now`; clock times are in the time zone of whoever runs this. */
export function backupLine({ state, pending, lastBackup, failure, dataset }: BackupStatus, now: Date): BackupLine {
  const reviews = pending === 1 ? "1 review" : `${pending} reviews`;
  if (state === "off") {
    return { tone: "off", text: `Not backed up: no ${dataset === null ? "dataset" : "token"} is configured` };
  }
  if (failure !== null) {
    return { tone: "bad", text: `Backup failing since ${clockTime(failure.since, now)}: ${REASONS[failure.kind]}` };
  }
  if (state === "restoring") return { tone: "waiting", text: "Restoring earlier reviews" };
  if (state === "uploading") return { tone: "waiting", text: pending > 0 ? `Backing up ${reviews}` : "Backing up" };
  if (pending > 0) return { tone: "waiting", text: `${reviews} waiting for the backup` };
  if (lastBackup === null) return { tone: "good", text: "Nothing to back up yet" };
  return { tone: "good", text: `Backed up ${relativeTime(lastBackup.at, now)}` };
}

/** Says to the sender of a review from `createdAt` whether it is safe beyond this machine. */
export function thanksLine({ state, pending, failure, lastBackup }: BackupStatus, createdAt: string): string {
  if (state === "off") return "This page keeps no backup elsewhere.";
  if (state !== "failing" && pending === 0 && lastBackup !== null && lastBackup.at >= createdAt) {
    return "It is backed up as well.";
  }
  if (failure !== null) return "It is not backed up yet: the backup is failing at the moment and will be tried again.";
  return "It is not backed up yet; that takes about a minute.";
}

function clockTime(iso: string, now: Date): string {
  const since = new Date(iso);
  // Not 24: "since 10:04" at five past ten would leave open of which day.
  const isToday = now.getTime() - since.getTime() < 20 * 3600_000;
  return since.toLocaleString("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    ...(!isToday && { day: "numeric", month: "long" }),
  });
}
