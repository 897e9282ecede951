// Counts requests and submits from the start on, in the words of Prometheus.
import { AppError } from "../db/app_error.ts";
import type { AddResult } from "../db/store.ts";

/** What was counted since the start. */
export interface Counters {
  /** Counts an answered request; `route` is a pattern such as `/api/reviews/:uid`. */
  countRequest(request: { method: string; route: string; status: number; ms: number }): void;
  /** The same submit, counted by what came of it. */
  countSubmits<Args extends unknown[]>(submit: (...args: Args) => Promise<AddResult>): typeof submit;
  /** The counters in Prometheus's text. */
  lines(): string[];
}

/** Counters that stand at zero. */
export function createCounters(): Counters {
  const requests = new Map<string, { labels: string; route: string; count: number; ms: number }>();
  const submits = new Map<string, number>(
    ["stored", "repeated", "invalid", "too_many", "failed"].map((name) => [name, 0]),
  );
  const add = (counts: Map<string, number>, key: string, by = 1) => counts.set(key, (counts.get(key) ?? 0) + by);

  return {
    countRequest({ method, route, status, ms }) {
      const key = `${method} ${status} ${route}`;
      let counted = requests.get(key);
      if (counted === undefined) {
        const labels = `method="${method}",route="${route}",status="${Math.floor(status / 100)}xx"`;
        requests.set(key, counted = { labels, route: `route="${route}"`, count: 0, ms: 0 });
      }
      counted.count++;
      counted.ms += ms;
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
    lines() {
      const counts = new Map<string, number>();
      const seconds = new Map<string, number>();
      for (const { labels, route, count, ms } of requests.values()) {
        add(counts, labels, count);
        add(seconds, route, ms / 1000);
      }
      return [
        ...metric("requests_total", "counter", "Requests answered", counts),
        ...metric("request_seconds_total", "counter", "Time until requests were answered", seconds),
        ...metric(
          "submits_total",
          "counter",
          "Reviews sent, by what came of them",
          [...submits].map(([outcome, n]) => [`outcome="${outcome}"`, n]),
        ),
      ];
    },
  };
}

/** One metric with its values by labels, as lines of Prometheus's text. */
export function metric(
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
