// Counts what happens and tells it to Prometheus, so that somebody is woken before a review is in danger.
import { Hono } from "@hono/hono";
import type { AppContext, Env } from "./deps.ts";
import { describe } from "./operations.ts";
import type { Submit } from "./submit.ts";
import type { WebhookCounts } from "./webhook.ts";
import { AppError } from "../db/app_error.ts";

/** What was counted since the start. */
export interface Counters {
  /** Counts an answered request; `route` is a pattern such as `/api/reviews/:uid`. */
  countRequest(request: { method: string; route: string; status: number; ms: number }): void;
  /** The same submit, counted by what came of it. */
  countSubmits(submit: Submit): Submit;
  /** The counters in Prometheus's text. */
  lines(): string[];
}

/** Counters that stand at zero. */
export function createCounters(): Counters {
  const requests = new Map<string, number>();
  const seconds = new Map<string, number>();
  const submits = new Map<string, number>(
    ["stored", "repeated", "invalid", "too_many", "failed"].map((name) => [name, 0]),
  );
  const add = (counts: Map<string, number>, key: string, by = 1) => counts.set(key, (counts.get(key) ?? 0) + by);

  return {
    countRequest({ method, route, status, ms }) {
      add(requests, `method="${method}",route="${route}",status="${Math.floor(status / 100)}xx"`);
      add(seconds, `route="${route}"`, ms / 1000);
    },
    countSubmits: (submit) =>
      async function countedSubmit(...args) {
        try {
          const result = await submit(...args);
          add(submits, result.created ? "stored" : "repeated");
          return result;
        } catch (error) {
          const code = error instanceof AppError ? error.code : "";
          add(submits, code === "invalid" || code === "too_many" ? code : "failed");
          throw error;
        }
      },
    lines: () => [
      ...metric("requests_total", "counter", "Requests answered", requests),
      ...metric("request_seconds_total", "counter", "Time until requests were answered", seconds),
      ...metric(
        "submits_total",
        "counter",
        "Reviews sent, by what came of them",
        [...submits].map(([outcome, n]) => [`outcome="${outcome}"`, n]),
      ),
    ],
  };
}

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
      ...(webhook === undefined ? [] : webhookLines(webhook.counts())),
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

const STATES = ["off", "restoring", "idle", "pending", "uploading", "failing"];

function metric(
  name: string,
  type: "counter" | "gauge",
  help: string,
  values: Iterable<readonly [string, number]>,
): string[] {
  return [
    `# HELP hearback_${name} ${help}`,
    `# TYPE hearback_${name} ${type}`,
    ...[...values].map(([labels, value]) => `hearback_${name}${labels && `{${labels}}`} ${value}`),
  ];
}

function seconds(time: string | undefined): [string, number][] {
  return time === undefined ? [] : [["", Date.parse(time) / 1000]];
}
