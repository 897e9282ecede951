// The fetch that the Hub's client is given: it sets time limits, notices cut-off bodies and turns refusals into SyncErrors.
import { BytesBlob } from "./bytes_blob.ts";
import { NEW_TOKEN, SyncError } from "../sync_error.ts";

/** Settings of {@linkcode createHubFetch}; times in milliseconds. */
export interface HubFetchOptions {
  /** Base URL of the Hub; storage on other hosts is held to the same limits. */
  endpoint: string;
  /** `owner/name`, for messages. */
  repo: string;
  /** Ends every request at once. */
  signal: AbortSignal;
  /** How long an answer may take to begin, beside the time that sending the body takes at 50 KB a second. */
  answerLimit: number;
  /** How long a body may pause. */
  pauseLimit: number;
}

/** A `fetch` and the last failure it met, because the client passes some failures on as bare text. */
export interface HubFetch {
  fetch: typeof fetch;
  /** The last failure since the previous call, or undefined. */
  takeFailure(): SyncError | undefined;
  /** Bytes sent in request bodies so far. */
  bytesSent(): number;
  /** The Hub's own time as of its last answer, or null before any that told it. */
  hubTime(): Date | null;
}

const SLOWEST_UPLOAD = 50; // bytes per millisecond
const SMALL = 64 * 1024; // bytes

/** Makes the fetch that `@huggingface/hub` is handed. It throws a {@linkcode SyncError} for every answer that is a refusal. */
export function createHubFetch(options: HubFetchOptions): HubFetch {
  const { endpoint, signal } = options;
  let failure: SyncError | undefined;
  let sent = 0;
  let date: string | null = null;

  async function hubFetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    const url = new URL(input instanceof Request ? input.url : input);
    const commits = init.method === "POST" && /\/commit\/[^/]+$/.test(url.pathname);
    const size = bodySize(init.body);
    const watch = watchdog(signal, init.signal ?? undefined);
    try {
      watch.arm(options.answerLimit + size / SLOWEST_UPLOAD);
      const body = init.body instanceof Uint8Array ? { body: new BytesBlob(init.body) } : {};
      const response = await fetch(input, { ...init, ...body, signal: watch.signal });
      sent += size;
      date = response.headers.get("Date") ?? date;
      const from = new URL(response.url || url); // downloads are redirected to the storage
      const atHub = from.origin === new URL(endpoint).origin;
      if (response.ok || isExpected(response, from)) {
        const watched = watchBody(response, watch, { limit: options.pauseLimit, commits });
        return isSmall(response) ? await whole(watched) : watched;
      }
      const reads = init.method === undefined || init.method === "GET";
      const error = await refusal(response, { commits, reads, repo: options.repo, atHub });
      watch.end();
      throw error;
    } catch (error) {
      watch.end();
      failure = error instanceof SyncError ? error : unreachable(error, signal, commits);
      throw failure;
    }
  }

  return {
    fetch: hubFetch as typeof fetch,
    takeFailure() {
      const last = failure;
      failure = undefined;
      return last;
    },
    bytesSent: () => sent,
    hubTime: () => date === null || Number.isNaN(Date.parse(date)) ? null : new Date(date),
  };

  // Ends the request when a body pauses for too long, or ends before the length that was announced: the client notices neither.
  function watchBody(
    response: Response,
    watch: Watchdog,
    { limit, commits }: { limit: number; commits: boolean },
  ): Response {
    if (response.body === null) {
      watch.end();
      return response;
    }
    const announced = response.headers.has("Content-Encoding") ? null : response.headers.get("Content-Length");
    let received = 0;
    watch.arm(limit);
    const reader = response.body.getReader();
    // Once the Response is garbage, Deno's fetch no longer ends its body on abort: the time limit would end nothing.
    watch.signal.addEventListener("abort", () => void reader.cancel().catch(() => {}));
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      type: "bytes",
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          watch.signal.throwIfAborted();
          if (!done) {
            received += value.byteLength;
            watch.arm(limit);
            controller.enqueue(value);
            return;
          }
          if (announced !== null && received !== Number(announced)) {
            throw new Error(`the answer ended after ${received} of ${announced} bytes`);
          }
          watch.end();
          controller.close();
        } catch (error) {
          watch.end();
          failure = unreachable(error, signal, commits);
          controller.error(failure);
        }
      },
      async cancel(reason) {
        watch.end();
        await reader.cancel(reason);
      },
    });
    return withBody(response, body);
  }
}

/** Seconds that a 429 asks for: the text before the headers, because for commits the headers speak of another window. */
export function secondsToWait(headers: Headers, text: string): number | undefined {
  const told = /\b(?:in|after)\s+(?:about\s+)?(an?|\d+)\s*(second|minute|hour)/i.exec(text);
  if (told !== null) {
    const [, amount = "1", unit = "minute"] = told;
    const seconds = { second: 1, minute: 60, hour: 3600 }[unit.toLowerCase()] ?? 60;
    return (/^an?$/i.test(amount) ? 1 : Number(amount)) * seconds;
  }
  const after = headers.get("Retry-After");
  if (after !== null && /^\d+$/.test(after)) return Number(after);
  if (after !== null && !Number.isNaN(Date.parse(after))) return Math.max(0, (Date.parse(after) - Date.now()) / 1000);
  const window = /\bt=(\d+)/.exec(headers.get("RateLimit") ?? "");
  return window === null ? undefined : Number(window[1]);
}

// The client leaves some answers unread, and with each a connection open; files apart, they are small enough to be read at once.
function isSmall({ headers }: Response): boolean {
  return Number(headers.get("Content-Length") ?? Infinity) <= SMALL ||
    /\bjson\b/.test(headers.get("Content-Type") ?? "");
}

async function whole(response: Response): Promise<Response> {
  return response.body === null ? response : withBody(response, await response.bytes());
}

// The client asks which address answered in the end, which a Response of one's own does not know.
function withBody({ status, headers, url }: Response, body: BodyInit): Response {
  return Object.defineProperty(new Response(body, { status, headers }), "url", { value: url });
}

// "Not there" is an answer that the client knows how to read: a file that a commit lacks, chunks that the storage has not seen.
function isExpected({ status, headers }: Response, { pathname }: URL): boolean {
  if (status === 416) return true;
  return status === 404 && (headers.get("X-Error-Code") === "EntryNotFound" || /chunk/.test(pathname));
}

interface RefusalOptions {
  commits: boolean;
  /** It was a GET. */
  reads: boolean;
  repo: string;
  /** The Hub itself answered, and not its storage. */
  atHub: boolean;
}

async function refusal(response: Response, { commits, reads, repo, atHub }: RefusalOptions): Promise<SyncError> {
  const { status, headers } = response;
  const said = saidBy((await response.text()).slice(0, 2000));
  const code = headers.get("X-Error-Code");
  // What was said may repeat what was sent: it is for the log, where secrets are taken out, and not for the status.
  const answer = { status, cause: said };
  if (status === 401 && atHub) {
    return new SyncError("token", "The Hub does not accept the token", {
      ...answer,
      retry: false,
      hint: NEW_TOKEN,
    });
  }
  if (status === 403 && atHub) {
    return new SyncError("rights", `The token may not write to ${repo}`, {
      ...answer,
      retry: false,
      hint: `Give the token write access to ${repo}; no restart is needed`,
    });
  }
  if (status === 404 && code === "RepoNotFound") {
    return new SyncError("missing", `There is no dataset ${repo} that this token can see`, {
      ...answer,
      retry: false,
      hint: `Check DATASET_REPO, and that the token may see ${repo}; if it was deleted, the next backup makes it anew`,
    });
  }
  if (status === 404 && reads && !atHub) {
    // For a moment or for good: one answer does not tell.
    return new SyncError("unreachable", "The Hub's storage does not give a file of the dataset", {
      ...answer,
      denied: true,
    });
  }
  if (status === 409 || status === 412 || code === "RevisionNotFound") {
    return new SyncError("conflict", `Somebody else is writing to ${repo}`, answer);
  }
  if (status === 429) {
    return new SyncError("rate_limited", "The Hub asks to wait before the next request", {
      ...answer,
      retryAfter: secondsToWait(headers, said),
    });
  }
  // A 404 without the Hub's own code may come from anything in between, and proves nothing. The storage knows signed links and no
  // tokens: what it refuses is a link that has expired.
  if (status >= 500 || status === 408 || status === 404 || !atHub) {
    const who = atHub ? "The Hub" : "The Hub's storage";
    return new SyncError("unreachable", `${who} answered with status ${status}`, { ...answer, uncertain: commits });
  }
  return new SyncError("internal", `The Hub refused a request with status ${status}; see the log`, answer);
}

function saidBy(text: string): string {
  try {
    const { error, message } = JSON.parse(text);
    return String(error ?? message ?? text).slice(0, 300);
  } catch {
    return text.slice(0, 300);
  }
}

function unreachable(error: unknown, signal: AbortSignal, commits: boolean): SyncError {
  if (signal.aborted) {
    return new SyncError("unreachable", "The backup was stopped", { cause: error, uncertain: commits });
  }
  const slow = error instanceof DOMException && error.name === "TimeoutError";
  return new SyncError("unreachable", slow ? "The Hub does not answer" : "The connection to the Hub failed", {
    cause: error,
    uncertain: commits,
  });
}

interface Watchdog {
  signal: AbortSignal;
  arm(milliseconds: number): void;
  end(): void;
}

// One timer per request, set anew with every sign of life; AbortSignal.timeout() could be neither moved nor cleared.
function watchdog(...outer: (AbortSignal | undefined)[]): Watchdog {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const signals = outer.filter((signal) => signal !== undefined);
  const pass = () => controller.abort(new DOMException("Stopped", "AbortError"));
  for (const signal of signals) signal.aborted ? pass() : signal.addEventListener("abort", pass);
  return {
    signal: controller.signal,
    arm(milliseconds) {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(new DOMException("Too slow", "TimeoutError")), milliseconds);
    },
    end() {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener("abort", pass);
    },
  };
}

function bodySize(body: BodyInit | null | undefined): number {
  if (typeof body === "string") return new TextEncoder().encode(body).length;
  if (body instanceof Blob) return body.size;
  return body instanceof ArrayBuffer || ArrayBuffer.isView(body) ? body.byteLength : 0;
}
