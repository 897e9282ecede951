// Tells SQLite's failures apart and puts them into words; node:sqlite in Deno hands out no error code, only SQLite's own text.
import { AppError } from "../app_error.ts";

/** Whether `error` says that another connection holds a lock that is needed here. */
export function isLocked(error: unknown): boolean {
  return error instanceof Error && /^database (table |schema )?is locked/.test(error.message);
}

/** Whether `error` comes from SQLite, whatever it says. */
export function isSqliteError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR";
}

/** The expected failure behind `error`, as `busy`, `disk_full` or `damaged`; anything else comes back as it is. */
export function toAppError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof AppError) return error;
  const options = { cause: error };
  if (isLocked(error)) {
    return new AppError("busy", "The database is in use by another program; please try again in a moment", {
      ...options,
      retryAfter: 5,
    });
  }
  if (/^(database or disk is full|disk I\/O error)/.test(error.message)) {
    return new AppError("disk_full", "The disk is full; nothing was stored", options);
  }
  if (/^(database disk image is malformed|malformed database schema|file is not a database)/.test(error.message)) {
    return new AppError("damaged", "The database file is damaged", options);
  }
  return error;
}

/** Runs `work` and throws what {@linkcode toAppError} makes of its failure. */
export function withAppErrors<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toAppError(error);
  }
}
