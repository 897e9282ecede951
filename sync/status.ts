// What the backup tells about itself: the same to the page, the API, the metrics and the log.

/** The states of the backup; `backup_state.ts` holds the transitions. */
export type BackupPhase = "off" | "restoring" | "idle" | "pending" | "uploading" | "failing";

/** What kind of failure it is, so that people and programs can tell them apart. */
export type FailureKind =
  | "token" // 401: the token is wrong or has expired
  | "rights" // 403: the token may not write there
  | "missing" // 404 where the dataset could not be created
  | "rate_limited"
  | "conflict" // others kept committing first
  | "unreachable" // network, timeout or 5xx
  | "damaged" // what came back is not what was sent
  | "incompatible" // written by a newer Hearback
  | "disk" // no room, or the local database cannot be read
  | "internal";

/** A failure that still stands. */
export interface BackupFailure {
  kind: FailureKind;
  /** ISO 8601 in UTC. */
  since: string;
  /** What happened, in a sentence without secrets or paths. */
  message: string;
  /** What a person can do about it; empty where waiting is all. */
  hint: string;
  /** Whether trying again can help without a person doing something. */
  retry: boolean;
}

/** A commit that holds a backup. */
export interface LastBackup {
  /** ISO 8601 in UTC. */
  at: string;
  /** Full commit id. */
  commit: string;
  /** Web page of the commit. */
  url: string;
}

/** What came of fetching the newest backup as a stranger would, checking it and comparing it with what was sent. */
export interface DrillReport {
  /** ISO 8601 in UTC. */
  at: string;
  ok: boolean;
  message: string;
}

/** The answer of `GET /api/status`. */
export interface BackupStatus {
  state: BackupPhase;
  /** `owner/name`, or null where none is configured. */
  dataset: string | null;
  /** How many changes no backup holds yet. */
  pending: number;
  lastBackup: LastBackup | null;
  /** When the next try is due (ISO 8601 in UTC), or null when nothing is planned. */
  nextTryAt: string | null;
  failure: BackupFailure | null;
  /** What a run that takes longer is doing. */
  progress: { step: string; done: number; total: number } | null;
  /** Something the owner should know that is no failure, such as a damaged backup that was passed over. */
  notice: string | null;
  /** The last drill, or null before the first. */
  drill: DrillReport | null;
}

/** A commit of the dataset's history, as a page lists it. */
export interface HistoryEntry {
  /** Full commit id. */
  commit: string;
  /** ISO 8601 in UTC. */
  at: string;
  title: string;
  /** Web page of the commit. */
  url: string;
}

/** What the runs since the start came to. */
export interface BackupRuns {
  succeeded: number;
  /** Runs that failed, by kind. */
  failures: Partial<Record<FailureKind, number>>;
  /** Bytes that the runs which succeeded sent. */
  bytesSent: number;
  /** How long they took. */
  seconds: number;
}

/** The backup as `routes/` is handed it. */
export interface Backup {
  status(): BackupStatus;
  runs(): BackupRuns;
  /** True once the first reading of the dataset has settled, with success or not, or backup is off. */
  settled(): boolean;
  /**
   * Asks for a run now; returns at once. Where wanted, the commit `merge` (a full id) is merged before it, and a drill or erasing the
   * history comes after it. A `token` takes the place of the one in use until the next start.
   */
  start(extras?: { drill?: boolean; squash?: boolean; merge?: string | undefined; token?: string }): void;
  /** Calls `listener` after each change of the status, until the returned function is called. */
  subscribe(listener: (status: BackupStatus) => void): () => void;
}
