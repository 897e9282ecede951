// What a backup is started from, and what it is to whoever started it.
import type { SqliteReviewStore } from "../db/sqlite/sqlite_store.ts";
import type { Clock } from "./clock.ts";
import type { runInWorker } from "./run_in_worker.ts";
import type { Backup } from "./status.ts";

/** The backup's slice of the settings. */
export interface BackupSettings {
  token: string | undefined;
  /** `owner/name`. */
  dataset: string | undefined;
  private: boolean;
  /** Base URL of the Hub. */
  endpoint: string;
  /** Cron expression. */
  schedule: string;
  /** Seconds until a lone review is backed up, or null to wait for the schedule. */
  soonSeconds: number | null;
  /** Commits after which the history is squashed; 0 for never. */
  squashAfter: number;
}

/** What the backup is handed. */
export interface BackupDeps {
  store: SqliteReviewStore;
  /** Folder that holds `reviews.db`; working files go beside it. */
  dataDir: string;
  settings: BackupSettings;
  now: () => Date;
  log: (entry: Record<string, unknown>) => void;
  /** What timers and schedule go by; the machine's clock unless told. */
  clock?: Clock | undefined;
  /** Milliseconds between two commits, the last one at a stop aside; {@linkcode DISTANCE_MS} unless told. */
  distanceMs?: number | undefined;
  /** Runs a job; each in a Worker of its own unless told. */
  runJob?: typeof runInWorker | undefined;
}

/** The Hub allows 128 commits an hour; one a minute stays below. */
export const DISTANCE_MS = 60_000;

/** How to stop. */
export interface StopOptions {
  /** How long the last run may take, in milliseconds. */
  deadlineMs: number;
  /** Aborting it ends the last run at once. */
  signal?: AbortSignal;
}

/** A backup that is under way. */
export interface RunningBackup extends Backup {
  /** The settings, with the token that is in use now. */
  settings(): BackupSettings;
  /** Makes a last run within the deadline; `saved` says whether every review is in the dataset (or backup is off). */
  stop(options: StopOptions): Promise<{ saved: boolean }>;
}
