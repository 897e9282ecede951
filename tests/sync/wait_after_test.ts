// How long a failed backup waits: longer each time, as the Hub asks, and not too long where a person has to do something.
import assert from "node:assert/strict";
import { SyncError } from "../../sync/sync_error.ts";
import { LONGEST_WAIT, waitAfter } from "../../sync/wait_after.ts";

Deno.test("waitAfter() doubles up to five minutes, which is also what a failure waits that only a person can mend", () => {
  const failed = new SyncError("unreachable", "No answer");
  assert.deepEqual([0, 1, 2, 5, 6, 1000].map((failures) => waitAfter(failed, failures) / 1000), [
    5,
    10,
    20,
    160,
    300,
    300,
  ]);
  assert.equal(waitAfter(new SyncError("token", "Refused", { retry: false }), 0), 300_000);
});

Deno.test("waitAfter() does as the Hub asked, but never less than a second or more than an hour", () => {
  assert.equal(waitAfter(new SyncError("rate_limited", "Too many requests", { retryAfter: 3000 }), 0), 3_000_000);
  assert.equal(
    waitAfter(new SyncError("rate_limited", "Too many requests", { retryAfter: 2_592_000 }), 0),
    LONGEST_WAIT,
  );
  assert.equal(waitAfter(new SyncError("rate_limited", "Too many requests", { retryAfter: 0 }), 9), 1000);
});
