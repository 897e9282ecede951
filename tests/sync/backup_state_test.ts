// The machine behind the backup's status: every transition.
import assert from "node:assert/strict";
import { type BackupEvent, initialStatus, nextStatus } from "../../sync/backup_state.ts";
import type { BackupFailure, BackupPhase, BackupStatus, LastBackup } from "../../sync/status.ts";

const BACKUP: LastBackup = { at: "2026-11-22T12:00:00Z", commit: "a".repeat(40), url: "https://hub.example/commit/a" };
const FAILURE: BackupFailure = {
  kind: "token",
  since: "2026-11-22T12:00:00Z",
  message: "The Hub does not accept the token",
  hint: "Make a new token",
  retry: false,
};

const EVENTS: Record<string, BackupEvent> = {
  "changed, 2 pending": { type: "changed", pending: 2 },
  "changed, none pending": { type: "changed", pending: 0 },
  "run-began": { type: "run-began" },
  "read": { type: "read", pending: 2 },
  "progress": { type: "progress", step: "uploading", done: 50, total: 100 },
  "succeeded, none pending": { type: "run-succeeded", pending: 0, backup: BACKUP, notice: null },
  "succeeded, 2 pending": { type: "run-succeeded", pending: 2, backup: BACKUP, notice: null },
  "failed": { type: "run-failed", pending: 2, failure: FAILURE, nextTryAt: "2026-11-22T12:01:00Z" },
  "drilled": { type: "drilled", drill: { at: "2026-11-22T12:00:00Z", ok: true, message: "Good" } },
  "planned": { type: "planned", nextTryAt: "2026-11-22T12:02:00Z" },
};

// For each event, the state it leads to from each state in the order of PHASES.
const PHASES: BackupPhase[] = ["off", "restoring", "idle", "pending", "uploading", "failing"];
const TABLE: Record<string, BackupPhase[]> = {
  "changed, 2 pending": ["off", "restoring", "pending", "pending", "uploading", "failing"],
  "changed, none pending": ["off", "restoring", "idle", "idle", "uploading", "failing"],
  "run-began": ["off", "restoring", "uploading", "uploading", "uploading", "failing"],
  "read": ["off", "uploading", "idle", "pending", "uploading", "failing"],
  "progress": ["off", "restoring", "idle", "pending", "uploading", "failing"],
  "succeeded, none pending": ["off", "idle", "idle", "idle", "idle", "idle"],
  "succeeded, 2 pending": ["off", "pending", "pending", "pending", "pending", "pending"],
  "failed": ["off", "failing", "failing", "failing", "failing", "failing"],
  "drilled": ["off", "restoring", "idle", "pending", "uploading", "failing"],
  "planned": ["off", "restoring", "idle", "pending", "uploading", "failing"],
};

for (const [name, expected] of Object.entries(TABLE)) {
  Deno.test(`nextStatus() on "${name}" leads from each state to the right one`, () => {
    const reached = PHASES.map((phase) => nextStatus(inState(phase), EVENTS[name]!).state);
    assert.deepEqual(reached, expected);
  });
}

Deno.test("nextStatus() keeps since when it fails, over further failures, until a run succeeds", () => {
  const first = nextStatus(inState("uploading"), EVENTS["failed"]!);
  const again = nextStatus(first, {
    type: "run-failed",
    pending: 3,
    nextTryAt: null,
    failure: { ...FAILURE, since: "2026-11-22T13:00:00Z" },
  });
  assert.equal(again.failure?.since, FAILURE.since);
  assert.equal(again.pending, 3);
  assert.equal(nextStatus(again, EVENTS["succeeded, none pending"]!).failure, null);
});

Deno.test("nextStatus() keeps the last backup when a run had nothing to upload", () => {
  const idle = { ...inState("idle"), lastBackup: BACKUP };
  const after = nextStatus(idle, { type: "run-succeeded", pending: 0, backup: null, notice: null });
  assert.deepEqual(after.lastBackup, BACKUP);
});

Deno.test("nextStatus() shows progress until the run ends, and the next try while one is planned", () => {
  const busy = nextStatus(inState("uploading"), EVENTS["progress"]!);
  assert.deepEqual(busy.progress, { step: "uploading", done: 50, total: 100 });
  assert.equal(nextStatus(busy, EVENTS["failed"]!).progress, null);
  const planned = nextStatus(inState("pending"), EVENTS["planned"]!);
  assert.equal(planned.nextTryAt, "2026-11-22T12:02:00Z");
  assert.equal(nextStatus(planned, EVENTS["run-began"]!).nextTryAt, null);
});

function inState(state: BackupPhase): BackupStatus {
  const status = initialStatus(state === "off" ? null : "ada/reviews", { pending: 0, lastBackup: null, drill: null });
  return { ...status, state, failure: state === "failing" ? FAILURE : null };
}
