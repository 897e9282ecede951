// The ways to write: one transaction that is committed whole or not at all, waiting for the lock with or without blocking the thread.
import type { DatabaseSync } from "node:sqlite";
import { statementOf } from "./prepared_once.ts";
import { isLocked, toAppError } from "./sqlite_error.ts";

/** Runs `work` in a write transaction; waits up to `patience` ms for the lock, blocking the thread, then throws `busy`. */
export function transactionSync<T>(db: DatabaseSync, patience: number, work: () => T): T {
  const giveUpAt = performance.now() + patience;
  while (!begin(db, giveUpAt)) Atomics.wait(NEVER, 0, 0, RETRY_MS);
  return finish(db, work);
}

/** Runs `work` in a write transaction; tries for `patience` ms to get the lock while the event loop goes on, then throws `busy`. */
export async function transaction<T>(db: DatabaseSync, patience: number, work: () => T): Promise<T> {
  const giveUpAt = performance.now() + patience;
  while (!begin(db, giveUpAt)) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  return finish(db, work);
}

// Asked for often, because others hold the lock nearly all the time while they are busy; SQLite's own waiting sleeps ever longer and
// then never finds the moment in between.
const RETRY_MS = 1;
const NEVER = new Int32Array(new SharedArrayBuffer(4));

function begin(db: DatabaseSync, giveUpAt: number): boolean {
  try {
    // IMMEDIATE, because a transaction that turns from reading to writing can fail at a point where waiting does not help.
    statementOf(db, "BEGIN IMMEDIATE").run();
    return true;
  } catch (error) {
    if (isLocked(error) && performance.now() < giveUpAt) return false;
    throw toAppError(error);
  }
}

function finish<T>(db: DatabaseSync, work: () => T): T {
  try {
    const result = work();
    statementOf(db, "COMMIT").run();
    return result;
  } catch (error) {
    // SQLite itself rolls back on some failures, such as a full disk.
    if (db.isTransaction) db.exec("ROLLBACK");
    throw toAppError(error);
  }
}
