// What the islands say, the same on the server and in the browser.
import assert from "node:assert/strict";
import { backupLine, thanksLine } from "../../islands/backup_text.ts";
import { relativeTime } from "../../islands/relative_time.ts";
import { utcTime } from "../../islands/utc_time.ts";
import type { BackupStatus } from "../../sync/status.ts";

const NOW = new Date("2026-11-22T12:00:00Z");
const IDLE: BackupStatus = {
  state: "idle",
  dataset: "ada/reviews",
  pending: 0,
  lastBackup: { at: "2026-11-22T11:58:00Z", commit: "4f8a1c07d2e9", url: "https://hub.example/4f8a" },
  nextTryAt: null,
  failure: null,
  progress: null,
  notice: null,
  drill: null,
};

Deno.test("relativeTime() counts in the largest unit that fits", () => {
  const cases = {
    "2026-11-22T12:00:09Z": "just now",
    "some day": "some day",
    "": "",
    "2026-11-22T11:59:57Z": "just now",
    "2026-11-22T11:59:48Z": "12 seconds ago",
    "2026-11-22T11:59:00Z": "1 minute ago",
    "2026-11-22T10:01:00Z": "1 hour ago",
    "2026-11-21T11:00:00Z": "yesterday",
    "2026-11-02T12:00:00Z": "20 days ago",
    "2026-09-22T12:00:00Z": "2 months ago",
    "2024-11-20T12:00:00Z": "2 years ago",
  };
  for (const [iso, words] of Object.entries(cases)) assert.equal(relativeTime(iso, NOW), words);
});

Deno.test("utcTime() writes a time out to the second, and leaves what is none", () => {
  assert.equal(utcTime("2026-11-22T11:59:57Z"), "2026-11-22 11:59:57 UTC");
  assert.equal(utcTime("2026-11-22T11:59:57.123Z"), "2026-11-22 11:59:57 UTC");
  assert.equal(utcTime("Tuesday, by Zoë"), "Tuesday, by Zoë");
});

Deno.test("backupLine() tells waiting from failing, and a failure since yesterday with its day", () => {
  assert.deepEqual(backupLine(IDLE, NOW), { tone: "good", text: "Backed up 2 minutes ago" });
  assert.equal(backupLine({ ...IDLE, state: "pending", pending: 1 }, NOW).text, "1 review waiting for the backup");
  assert.equal(backupLine({ ...IDLE, state: "uploading", pending: 2 }, NOW).text, "Backing up 2 reviews");
  const failure = { kind: "unreachable", since: "2026-11-20T10:00:00Z", message: "", hint: "", retry: true } as const;
  const line = backupLine({ ...IDLE, state: "failing", failure }, NOW);
  assert.equal(line.tone, "bad");
  assert.match(line.text, /^Backup failing since 20 November.*: the Hub cannot be reached$/);
});

Deno.test("thanksLine() calls a review backed up only when a backup from after it says so", () => {
  const backedUp = "It is backed up as well.";
  assert.equal(thanksLine(IDLE, "2026-11-22T11:57:00Z"), backedUp);
  assert.notEqual(thanksLine(IDLE, "2026-11-22T11:59:00Z"), backedUp);
  assert.notEqual(thanksLine({ ...IDLE, pending: 1 }, "2026-11-22T11:57:00Z"), backedUp);
  assert.match(thanksLine({ ...IDLE, state: "off", dataset: null }, "2026-11-22T11:57:00Z"), /no backup/);
});
