// The ways to write: one transaction that is committed whole or not at all, waiting for the lock with or without blocking the thread.
import type { DatabaseSync } from "node:sqlite";
import { isLocked, toAppError } from "./sqlite_error.ts";

/** Runs `work` in a write transaction; waits for the lock as long as the connection's busy timeout says, blocking the thread. */
export function transactionSync<T>(db: DatabaseSync, work: () => T): T {
  try {
    // IMMEDIATE, because a transaction that turns from reading to writing can fail at a point where waiting does not help.
    db.exec("BEGIN IMMEDIATE");
    return finish(db, work);
  } catch (error) {
    throw toAppError(error);
  }
}

/** Runs `work` in a write transaction; tries for `patience` ms to get the lock while the event loop goes on, then throws `busy`. */
export async function transaction<T>(db: DatabaseSync, patience: number, work: () => T): Promise<T> {
  const giveUpAt = performance.now() + patience;
  while (true) {
    try {
      db.exec("BEGIN IMMEDIATE");
      break;
    } catch (error) {
      if (!isLocked(error) || performance.now() >= giveUpAt) throw toAppError(error);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  try {
    return finish(db, work);
  } catch (error) {
    throw toAppError(error);
  }
}

// Short against the pauses that a merge leaves between its transactions, so that a submit finds one of them.
const RETRY_MS = 1;

function finish<T>(db: DatabaseSync, work: () => T): T {
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    // SQLite itself rolls back on some failures, such as a full disk.
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
