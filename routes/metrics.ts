// Tells Prometheus how Hearback is, so that somebody is woken before a review is in danger.
import { Hono } from "@hono/hono";
import type { BackupStatus } from "../sync/status.ts";
import type { AppContext } from "./app_context.ts";
import { metric } from "./counters.ts";
import type { Env } from "./deps.ts";
import { describe } from "./describe.ts";
import type { WebhookCounts } from "./webhook.ts";

const STATES: readonly BackupStatus["state"][] = ["off", "restoring", "idle", "pending", "uploading", "failing"];

/** `GET /metrics`. */
export function metrics({ store, backup, hub, counters, webhook }: AppContext): Hono<Env> {
  return new Hono<Env>().get("/metrics", describe("getMetrics"), async (c) => {
    const { total } = await store.stats();
    const { state, pending, lastBackup, failure, drill } = backup.status();
    const runs = backup.runs();
    const one = (value: number): [string, number][] => [["", value]];
    const lines = [
      ...counters.lines(),
      ...metric("reviews", "gauge", "Reviews in the store", one(total)),
      ...metric("event_streams", "gauge", "Pages that listen for new reviews", one(hub.size())),
      ...metric(
        "backup_state",
        "gauge",
        "1 for the state that the backup is in",
        STATES.map((name) => [`state="${name}"`, name === state ? 1 : 0]),
      ),
      ...metric("backup_pending", "gauge", "Changes that no backup holds yet", one(pending)),
      ...metric(
        "backup_last_success_timestamp_seconds",
        "gauge",
        "When the last backup was made",
        seconds(lastBackup?.at),
      ),
      ...metric(
        "backup_failing_since_timestamp_seconds",
        "gauge",
        "Since when it fails, if it does",
        seconds(failure?.since),
      ),
      ...metric("backup_runs_total", "counter", "Runs that succeeded", one(runs.succeeded)),
      ...metric("backup_run_seconds_total", "counter", "Time that the runs which succeeded took", one(runs.seconds)),
      ...metric("backup_sent_bytes_total", "counter", "Bytes that those runs sent", one(runs.bytesSent)),
      ...metric(
        "backup_failures_total",
        "counter",
        "Runs that failed, by kind",
        Object.entries(runs.failures).map(([kind, n]) => [`kind="${kind}"`, n]),
      ),
      ...metric("backup_drill_timestamp_seconds", "gauge", "When the last drill was", seconds(drill?.at)),
      ...metric(
        "backup_drill_ok",
        "gauge",
        "Whether it found the backup whole",
        drill === null ? [] : one(Number(drill.ok)),
      ),
      ...(webhook ? webhookLines(webhook.counts()) : []),
      ...metric("resident_memory_bytes", "gauge", "Memory of the process", one(Deno.memoryUsage().rss)),
    ];
    return c.body(`${lines.join("\n")}\n`, 200, {
      "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
      "Cache-Control": "no-store",
    });
  });
}

function webhookLines({ delivered, failed, waiting }: WebhookCounts): string[] {
  return [
    ...metric("webhook_reviews_total", "counter", "Reviews sent to the webhook, by what came of them", [
      [`outcome="delivered"`, delivered],
      [`outcome="failed"`, failed],
    ]),
    ...metric("webhook_waiting", "gauge", "Reviews that wait to be sent to the webhook", [["", waiting]]),
  ];
}

function seconds(time: string | undefined): [string, number][] {
  return time === undefined ? [] : [["", Date.parse(time) / 1000]];
}
