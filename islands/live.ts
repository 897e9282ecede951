// Hears from the server what has changed: by an event stream, and by asking now and then where streams fail.
import type { Review } from "../db/review.ts";
import type { ReviewStats } from "../db/store.ts";
import type { BackupStatus } from "../sync/status.ts";
import { getJson } from "./get_json.ts";

/** What can be heard, by name. */
export interface LiveEvents {
  status: BackupStatus;
  review: Review;
  erased: { uid: string };
  /** How many reviews there are now, where single ones could not be told. */
  total: number;
  /** How many reviews there are in the list that this page has just brought in. */
  refreshed: number;
}

/** An event as it comes from the stream, for all tabs. */
interface Heard {
  name: "review" | "erased" | "status" | "reload";
  data: string;
  id: string;
}

type Listeners = { [Name in keyof LiveEvents]: Set<(data: LiveEvents[Name]) => void> };

const POLL_MS = 20_000;
const NAME = "hearback:live";
const listeners: Listeners = {
  status: new Set(),
  review: new Set(),
  erased: new Set(),
  total: new Set(),
  refreshed: new Set(),
};

/** Calls `listener` with every event of that name until the returned function is called. */
export function listen<Name extends keyof LiveEvents>(
  name: Name,
  listener: (data: LiveEvents[Name]) => void,
): () => void {
  listeners[name].add(listener);
  return () => void listeners[name].delete(listener);
}

/** Calls every listener of that name. */
export function tell<Name extends keyof LiveEvents>(name: Name, data: LiveEvents[Name]): void {
  for (const listener of listeners[name]) listener(data);
}

/**
 * Listens from the event `since` on. Browsers allow six connections for all tabs together, so of the tabs that are looked at
 * one holds the stream and passes on what it hears.
 */
export function startLive(since: string): void {
  const channel = new BroadcastChannel(NAME);
  let lastId = since;
  let watching: AbortController | undefined;

  const hear = ({ name, data, id }: Heard) => {
    lastId = id || lastId;
    if (name === "reload") ask().catch(() => {}); // the stream goes on
    else tell(name, JSON.parse(data));
  };
  channel.onmessage = ({ data }: MessageEvent<Heard>) => hear(data);

  const hold = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      let source: EventSource | undefined;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const open = () => {
        if (signal.aborted) return; // while it asked
        source = new EventSource(`/api/events?since=${encodeURIComponent(lastId)}`);
        for (const name of ["review", "erased", "status", "reload"] as const) {
          source.addEventListener(name, ({ data, lastEventId }) => {
            hear({ name, data, id: lastEventId });
            channel.postMessage({ name, data, id: lastEventId });
          });
        }
        // While it tries again by itself, all is well; it gives up on an answer that is no stream.
        source.onerror = () => source?.readyState === EventSource.CLOSED && poll();
      };
      const poll = () => {
        if (signal.aborted) return;
        timer = setTimeout(() => ask().then(open, poll), POLL_MS);
      };
      signal.addEventListener("abort", () => {
        source?.close();
        clearTimeout(timer);
        resolve();
      });
      open();
    });

  const watch = async () => {
    watching?.abort();
    watching = new AbortController();
    const { signal } = watching;
    const { locks } = navigator; // absent where the page came without TLS
    if (locks === undefined) return hold(signal);
    const held = await locks.request(NAME, { ifAvailable: true }, (lock) => lock && hold(signal).then(() => true));
    if (held) return;
    ask().catch(() => {}); // what came between the page and now went to the tab with the stream
    await locks.request(NAME, { signal }, () => hold(signal)).catch(() => {});
  };
  const rest = () => watching?.abort();
  document.addEventListener("visibilitychange", () => document.hidden ? rest() : watch());
  addEventListener("pagehide", rest);
  addEventListener("pageshow", (event) => (event as PageTransitionEvent).persisted && watch());
  watch();
}

async function ask(): Promise<void> {
  const [stats, status] = await Promise.all([
    getJson<ReviewStats>("/api/stats"),
    getJson<BackupStatus>("/api/status"),
  ]);
  tell("total", stats.total);
  tell("status", status);
}
