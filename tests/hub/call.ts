// The requests of the Hub's own tests, made with plain fetch so that every byte of the protocol is in sight.
import type { Hub } from "./hub.ts";

/** What a call sends; an object as `body` goes as JSON, an array as lines of JSON. */
export interface CallOptions {
  method?: string;
  /** Default `hf_local_write`; null sends none. */
  token?: string | null;
  headers?: Record<string, string>;
  body?: Uint8Array<ArrayBuffer> | object;
  signal?: AbortSignal;
}

/** An answer with its body read. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  bytes: Uint8Array<ArrayBuffer>;
  /** The body as JSON, of the shape that the caller expects. */
  json<T = Record<string, string>>(): T;
}

/** Calls `url`, a path of the Hub or a whole address; redirects are not followed. */
export async function call(hub: Hub, url: string, options: CallOptions = {}): Promise<Answer> {
  const { token = "hf_local_write", body, headers = {} } = options;
  const sent = body === undefined || body instanceof Uint8Array
    ? body
    : Array.isArray(body)
    ? body.map((line) => JSON.stringify(line)).join("\n")
    : JSON.stringify(body);
  const response = await fetch(url.startsWith("/") ? hub.url + url : url, {
    method: options.method ?? (body === undefined ? "GET" : "POST"),
    redirect: "manual",
    headers: {
      ...(token !== null && url.startsWith("/") && { Authorization: `Bearer ${token}` }),
      ...(Array.isArray(body) ? { "Content-Type": "application/x-ndjson" } : { "Content-Type": "application/json" }),
      ...headers,
    },
    ...(sent !== undefined && { body: sent }),
    ...(options.signal && { signal: options.signal }),
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder().decode(bytes);
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    text,
    json: () => JSON.parse(text),
  };
}

/** Sends a commit with small files; null deletes one. */
export function sendCommit(
  hub: Hub,
  files: Record<string, string | null>,
  options: CallOptions & { parentCommit?: string; repo?: string } = {},
): Promise<Answer> {
  const { parentCommit, repo = "ada/reviews", ...rest } = options;
  return call(hub, `/api/datasets/${repo}/commit/main`, {
    ...rest,
    body: [
      { key: "header", value: { summary: "Test", description: "", parentCommit } },
      ...Object.entries(files).map(([path, content]) =>
        content === null
          ? { key: "deletedFile", value: { path } }
          : { key: "file", value: { path, content: btoa(content), encoding: "base64" } }
      ),
    ],
  });
}

/** Bytes from text. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Bytes that hardly compress, always the same for a seed. */
export function noise(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}
