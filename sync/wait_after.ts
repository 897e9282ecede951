// How long the backup waits after a job that failed.
import type { SyncError } from "./sync_error.ts";

const FIRST = 5_000; // doubled with every further failure
const LONGEST = 300_000;

/** The longest that anybody waits, in milliseconds: what the Hub asks for beyond that is looked at again all the same. */
export const LONGEST_WAIT = 3_600_000;

/** Milliseconds until the next try; `failures` is how many tries failed in a row before this one. */
export function waitAfter({ retry, retryAfter }: SyncError, failures: number): number {
  if (retryAfter !== undefined) return Math.min(Math.max(retryAfter * 1000, 1000), LONGEST_WAIT);
  // What only a person can fix is looked at again all the same, in case somebody did.
  return retry ? Math.min(FIRST * 2 ** failures, LONGEST) : LONGEST;
}
