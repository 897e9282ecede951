// How long the backup waits after a run that failed.
import type { SyncError } from "./sync_error.ts";

const FIRST = 5_000; // doubled with every further failure
const LONGEST = 300_000;

/** Milliseconds until the next try; `failures` is how many runs failed in a row before this one. */
export function waitAfter({ retry, retryAfter }: SyncError, failures: number): number {
  if (retryAfter !== undefined) return Math.max(retryAfter * 1000, 1000);
  // What only a person can mend is looked at again all the same, for the case that somebody did.
  return retry ? Math.min(FIRST * 2 ** failures, LONGEST) : LONGEST;
}
