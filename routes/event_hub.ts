// Tells every open page what has changed, and those who were away what they missed.
import { AppError } from "../db/app_error.ts";
import type { BackupStatus } from "../sync/status.ts";
import { type AppDeps, publicReview } from "./deps.ts";

/** What {@linkcode createEventHub} is built from. */
export type EventHubDeps = Pick<AppDeps, "store" | "backup" | "settings"> & {
  /** Tells this start of Hearback from others; event ids begin with it. */
  start: string;
};

/** The open streams and what was last said on them. */
export interface EventHub {
  /** A stream from after `lastId` on; `reload` comes first where that is too long ago. Calls `onEnd` once. Throws `busy` once closed. */
  open(lastId: string | undefined, onEnd?: () => void): ReadableStream<Uint8Array>;
  /** Id of the newest event. */
  lastId(): string;
  /** How many streams are open. */
  size(): number;
  /** Ends every stream; resolves once nothing is under way any more. */
  close(): Promise<void>;
}

const KEPT = 200;
const MOST_AT_ONCE = 20;
const PAUSE_MS = 100;
const HEARTBEAT_MS = 20_000;
const MOST_WAITING = 16;
const SLICE = 20; // streams that are written to before the event loop gets its turn

/** Listens to store and backup from now on, until `close()`. */
export function createEventHub({ store, backup, settings, start }: EventHubDeps): EventHub {
  const encoder = new TextEncoder();
  const streams = new Map<ReadableStreamDefaultController<Uint8Array>, (() => void) | undefined>();
  const kept: { id: number; text: string }[] = [];
  let waiting: [event: string, data: unknown][] = [];
  let status: BackupStatus | undefined; // the newest one that was not told yet
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending = Promise.resolve();
  let last = 0;
  let closed = false;

  // Gathered for a moment: a burst of submits costs each stream one write and not one per review.
  const tell = (event: string, data: unknown) => {
    if (waiting.length <= MOST_AT_ONCE) waiting.push([event, data]); // one too many is enough to say so
    flushSoon();
  };
  const flushSoon = () => {
    // The more streams there are the longer, so that telling never takes more than a small part of the time.
    timer ??= setTimeout(flush, PAUSE_MS + streams.size / 2);
  };
  const flush = () => {
    timer = undefined;
    const events = waiting.length > MOST_AT_ONCE ? [["reload", {}] as const] : waiting;
    const all = status === undefined ? events : [...events, ["status", status] as const];
    waiting = [];
    status = undefined;
    const before = last;
    for (const [event, data] of all) kept.push({ id: ++last, text: eventText(event, data, `${start}-${last}`) });
    kept.splice(0, kept.length - KEPT);
    send(kept.filter(({ id }) => id > before).map(({ text }) => text).join(""));
  };
  const send = (text: string) => {
    const bytes = encoder.encode(text);
    const listening = [...streams.keys()]; // as of now: a stream that opens later has been told by `open()`
    sending = sending.then(async () => {
      for (const [index, stream] of listening.entries()) {
        // Thousands of writes in one go would hold up whoever sends a review meanwhile.
        if (index > 0 && index % SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
        if (streams.has(stream)) write(stream, bytes);
      }
    });
  };
  const write = (stream: ReadableStreamDefaultController<Uint8Array>, bytes: Uint8Array) => {
    stream.enqueue(bytes);
    // One that does not read is let go; it comes back with its last id when it can.
    if ((stream.desiredSize ?? 0) <= 0) end(stream);
  };
  const end = (stream: ReadableStreamDefaultController<Uint8Array>) => {
    // Writing to a connection that is gone cancels the stream at once, and then there is nothing left to close.
    if (forget(stream)) stream.close();
  };
  const forget = (stream: ReadableStreamDefaultController<Uint8Array>) => {
    streams.get(stream)?.();
    return streams.delete(stream);
  };

  const unsubscribe = [
    store.subscribe(({ added, erased, reload }) => {
      if (reload) tell("reload", {});
      for (const review of added) tell("review", publicReview(review, settings));
      for (const uid of erased) tell("erased", { uid });
    }),
    backup.subscribe((newest) => {
      status = newest;
      flushSoon();
    }),
  ];
  const heartbeat = setInterval(() => send(": still here\n\n"), HEARTBEAT_MS);

  return {
    size: () => streams.size,
    lastId: () => `${start}-${last}`,
    open(lastId, onEnd) {
      if (closed) throw new AppError("busy", "Hearback is stopping", { retryAfter: 5 });
      const since = lastId === undefined
        ? last
        : lastId.startsWith(`${start}-`)
        ? Number(lastId.slice(start.length + 1))
        : -1;
      const isKept = since <= last && since >= (kept[0]?.id ?? last + 1) - 1;
      const missed = isKept
        ? kept.filter(({ id }) => id > since).map(({ text }) => text).join("")
        : eventText("reload", {});
      let own: ReadableStreamDefaultController<Uint8Array>;
      return new ReadableStream({
        start(controller) {
          own = controller;
          streams.set(controller, onEnd);
          const hello = eventText("hello", start, `${start}-${isKept ? since : last}`);
          controller.enqueue(encoder.encode(`retry: 3000\n${hello}${missed}`));
        },
        cancel() {
          forget(own);
        },
      }, { highWaterMark: MOST_WAITING });
    },
    close() {
      closed = true;
      clearTimeout(timer);
      clearInterval(heartbeat);
      for (const stop of unsubscribe) stop();
      for (const stream of streams.keys()) end(stream);
      return sending;
    },
  };
}

function eventText(event: string, data: unknown, id?: string): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
