// Hears from the server what has changed: by an event stream, and by asking now and then where streams fail.
import type { Review } from "../db/review.ts";
import type { ReviewStats } from "../db/store.ts";
import type { BackupStatus } from "../sync/status.ts";

/** What can be heard, by name. */
export interface LiveEvents {
  status: BackupStatus;
  review: Review;
  erased: { uid: string };
  /** How many reviews there are now, where single ones could not be told. */
  total: number;
}

type Listeners = { [Name in keyof LiveEvents]: Set<(data: LiveEvents[Name]) => void> };

const POLL_MS = 20_000;
const listeners: Listeners = { status: new Set(), review: new Set(), erased: new Set(), total: new Set() };

/** Where islands listen. */
export const live = {
  /** Calls `listener` with every event of that name until the returned function is called. */
  on<Name extends keyof LiveEvents>(name: Name, listener: (data: LiveEvents[Name]) => void): () => void {
    listeners[name].add(listener);
    return () => void listeners[name].delete(listener);
  },
};

/** Opens the stream after the event `since`; closes it while nobody looks, because browsers allow six for all tabs together. */
export function startLive(since: string): void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastId = since;

  const open = () => {
    source = new EventSource(`/api/events?since=${encodeURIComponent(lastId)}`);
    for (const name of ["hello", "review", "erased", "status", "reload"] as const) {
      source.addEventListener(name, ({ data, lastEventId }) => {
        lastId = lastEventId || lastId;
        if (name === "reload") ask();
        else if (name !== "hello") tell(name, JSON.parse(data));
      });
    }
    // While it tries again by itself, all is well; it gives up on an answer that is no stream.
    source.onerror = () => source?.readyState === EventSource.CLOSED && poll();
  };
  const poll = () => {
    close();
    timer = setTimeout(() => ask().then(open, poll), POLL_MS);
  };
  const close = () => {
    source?.close();
    source = undefined;
    clearTimeout(timer);
  };
  document.addEventListener("visibilitychange", () => {
    close();
    if (!document.hidden) open();
  });
  // A page that is kept for the back button must not keep its stream.
  addEventListener("pagehide", close);
  addEventListener("pageshow", ({ persisted }) => persisted && open());
  open();
}

async function ask(): Promise<void> {
  const [stats, status] = await Promise.all(
    ["/api/stats", "/api/status"].map((url) => fetch(url).then((r) => r.json())),
  );
  tell("total", (stats as ReviewStats).total);
  tell("status", status as BackupStatus);
}

function tell<Name extends keyof LiveEvents>(name: Name, data: LiveEvents[Name]): void {
  for (const listener of listeners[name]) listener(data);
}
