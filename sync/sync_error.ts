// The one class for failures of the backup: what kind, whether trying again can help and when, and what the owner can do about it.
import type { FailureKind } from "./status.ts";

/** What {@linkcode SyncError} carries beside its message. */
export interface SyncErrorOptions extends ErrorOptions {
  /** What the owner can do about it; left out where waiting is all. */
  hint?: string;
  /** False where trying again cannot help before a person did something; default true. */
  retry?: boolean;
  /** Seconds that the Hub asked us to wait. */
  retryAfter?: number;
  /** HTTP status of the answer, where there was one. */
  status?: number;
  /** True where the request may have taken effect all the same. */
  uncertain?: boolean;
}

/** A failed step of the backup. The message names no secret and no path of this machine. */
export class SyncError extends Error {
  override readonly name = "SyncError";
  readonly kind: FailureKind;
  readonly hint: string;
  readonly retry: boolean;
  readonly retryAfter: number | undefined;
  readonly status: number | undefined;
  readonly uncertain: boolean;

  constructor(kind: FailureKind, message: string, options: SyncErrorOptions = {}) {
    super(message, options);
    this.kind = kind;
    this.hint = options.hint ?? "";
    this.retry = options.retry ?? true;
    this.retryAfter = options.retryAfter;
    this.status = options.status;
    this.uncertain = options.uncertain ?? false;
  }
}

/** The failure behind whatever a step threw; what nobody foresaw is `internal`. */
export function toSyncError(error: unknown): SyncError {
  if (error instanceof SyncError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (
    /SQLITE_FULL|disk is full|ENOSPC|No space left|disk I\/O error/i.test(
      `${(error as { code?: unknown })?.code} ${message}`,
    )
  ) {
    return new SyncError("disk", "There is no room on the disk for a snapshot of the reviews", {
      cause: error,
      hint: "Make room in DATA_DIR: a backup needs about twice the size of reviews.db for a moment",
    });
  }
  return new SyncError("internal", "The backup stopped at an unexpected error; see the log", { cause: error });
}
