// Tells the owner's own server of each new review, without ever standing in the way of one.
import { createHmac } from "node:crypto";
import type { Review } from "../db/review.ts";
import type { ReviewStore } from "../db/store.ts";

/** Where to send to, and the secret that the receiver checks with. */
export interface WebhookSettings {
  url: string;
  /** `whsec_` and the key in base64, as the specification "Standard Webhooks" has it. */
  secret: string;
}

/** What {@linkcode startWebhook} is handed. */
export interface WebhookDeps {
  store: Pick<ReviewStore, "subscribe">;
  settings: WebhookSettings;
  now: () => Date;
  log: (entry: Record<string, unknown>) => void;
  /** Milliseconds before each further try; their number bounds the tries. */
  waits?: readonly number[];
}

/** What became of the reviews since the start. */
export interface WebhookCounts {
  delivered: number;
  /** Given up, after the last try or because too many were waiting. */
  failed: number;
  waiting: number;
}

/** A webhook that is under way. */
export interface Webhook {
  counts(): WebhookCounts;
  /**
   * Hears of no more reviews and sends what waits, without pauses, until a try fails, `deadlineMs` are over or `signal` aborts;
   * the number of those that were not sent is logged.
   */
  close(options: { deadlineMs: number; signal: AbortSignal }): Promise<void>;
}

const WAITS = [1_000, 5_000, 30_000, 120_000];
const MOST_WAITING = 1000;
const PATIENCE_MS = 10_000;

/** Sends one signed POST for each review that arrives from now on, one after the other and in their order. */
export function startWebhook({ store, settings, now, log, waits = WAITS }: WebhookDeps): Webhook {
  const key = Buffer.from(settings.secret.replace(/^whsec_/, ""), "base64");
  const closing = new AbortController();
  const stop = new AbortController();
  const queue: Review[] = [];
  let delivered = 0;
  let failed = 0;
  let sending: Promise<void> | undefined;

  const unsubscribe = store.subscribe(({ added }) => {
    const room = MOST_WAITING - queue.length;
    queue.push(...added.slice(0, room));
    for (const review of added.slice(room)) drop(review, "Too many are waiting");
    sending ??= sendAll().finally(() => sending = undefined);
  });

  return {
    counts: () => ({ delivered, failed, waiting: queue.length }),
    async close({ deadlineMs, signal }) {
      unsubscribe();
      closing.abort();
      const end = AbortSignal.any([AbortSignal.timeout(deadlineMs), signal]);
      end.addEventListener("abort", () => stop.abort(), { once: true });
      if (end.aborted) stop.abort();
      await sending;
      if (queue.length > 0) log({ event: "webhook-stopped", unsent: queue.length });
    },
  };

  async function sendAll(): Promise<void> {
    for (let review = queue[0]; review !== undefined; review = queue[0]) {
      const failure = await sendPatiently(review);
      if (failure !== undefined && closing.signal.aborted) return;
      queue.shift();
      if (failure === undefined) delivered++;
      else drop(review, failure);
    }
  }

  function drop({ uid }: Review, message: string): void {
    failed++;
    log({ event: "webhook-dropped", uid, message });
  }

  /** Why it could not be sent in the end, or undefined. */
  async function sendPatiently(review: Review): Promise<string | undefined> {
    let failure = await send(review);
    for (const wait of waits) {
      if (failure === undefined || closing.signal.aborted) break;
      await pause(wait);
      failure = await send(review);
    }
    return failure;
  }

  async function send(review: Review): Promise<string | undefined> {
    const body = JSON.stringify({ type: "review.created", timestamp: review.createdAt, data: review });
    const timestamp = Math.floor(now().getTime() / 1000);
    const signature = createHmac("sha256", key).update(`${review.uid}.${timestamp}.${body}`).digest("base64");
    try {
      const answer = await fetch(settings.url, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "webhook-id": review.uid,
          "webhook-timestamp": String(timestamp),
          "webhook-signature": `v1,${signature}`,
        },
        body,
        redirect: "manual", // a signed review goes where the owner said and nowhere else
        signal: AbortSignal.any([stop.signal, AbortSignal.timeout(PATIENCE_MS)]),
      });
      await answer.body?.cancel();
      return answer.ok ? undefined : `The receiver answered ${answer.status}`;
    } catch {
      return "The receiver could not be reached"; // the error's own words hold the address, which may hold a secret
    }
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      closing.signal.addEventListener("abort", done, { once: true });
      function done() {
        clearTimeout(timer);
        closing.signal.removeEventListener("abort", done);
        resolve();
      }
    });
  }
}
