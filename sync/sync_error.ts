// The one class for failures of the backup: what kind, whether trying again can help and when, and what the owner can do about it.
import { AppError } from "../db/app_error.ts";
import type { FailureKind } from "./status.ts";

/** What {@linkcode SyncError} carries beside its message. */
export interface SyncErrorOptions extends ErrorOptions {
  /** What the owner can do about it; left out where waiting is all. */
  hint?: string | undefined;
  /** False where trying again cannot help before a person did something; default true. */
  retry?: boolean | undefined;
  /** Seconds that the Hub asked us to wait. */
  retryAfter?: number | undefined;
  /** HTTP status of the answer, where there was one. */
  status?: number | undefined;
  /** True where the request may have taken effect all the same. */
  uncertain?: boolean | undefined;
  /** True where the storage says that it does not have what the dataset declares. */
  denied?: boolean | undefined;
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
  readonly denied: boolean;

  constructor(kind: FailureKind, message: string, options: SyncErrorOptions = {}) {
    super(message, options);
    this.kind = kind;
    this.hint = options.hint ?? "";
    this.retry = options.retry ?? true;
    this.retryAfter = options.retryAfter;
    this.status = options.status;
    this.uncertain = options.uncertain ?? false;
    this.denied = options.denied ?? false;
  }
}

/** The hint where a token is of no use. A restart may cost what is not backed up, so it is not the first thing to do. */
export const NEW_TOKEN =
  "Make a new token with write access to the dataset, enter it at /admin/backup, which needs no " +
  "restart (ADMIN_TOKEN or the sign-in opens that page), and set it as HF_TOKEN for the next one";

/** The failure behind whatever a step threw; what nobody foresaw is `internal`. */
export function toSyncError(error: unknown): SyncError {
  if (error instanceof SyncError) return error;
  const options = { cause: error };
  if (error instanceof AppError && error.code === "busy") {
    return new SyncError("disk", "The local database was in use; the backup tries again", options);
  }
  if (error instanceof AppError && (error.code === "damaged" || error.code === "incompatible")) {
    return new SyncError("disk", `The local database cannot be backed up: ${error.message}`, {
      ...options,
      retry: false,
      hint:
        "Stop Hearback and run `deno task doctor`. If it says that reviews.db is damaged, move that file to another " +
        "folder and keep it; the next start fetches the newest backup",
    });
  }
  if ((error instanceof AppError && error.code === "disk_full") || isDiskFull(error)) {
    return new SyncError("disk", "There is no room on the disk for the files of a backup", {
      ...options,
      hint: "Make room where DATA_DIR lies: a backup needs about three times the size of reviews.db for a moment",
    });
  }
  return new SyncError("internal", "The backup stopped at an unexpected error; see the log", options);
}

/** Why it failed, in words for the log, without tokens and without the signatures of links. */
export function detailOf({ cause }: SyncError): string {
  const text = cause instanceof Error ? Deno.inspect(cause) : String(cause ?? "");
  return text.replaceAll(/\bhf_\w+/g, "hf_…").replaceAll(/\?[^\s"')]*=[^\s"')]*/g, "?…");
}

/** Whether `error` says that a file could not be written for want of room. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && /No space left on device|os error 28|quota exceeded/i.test(error.message);
}
