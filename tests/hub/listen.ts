// One listening host of the Hub: logs each request, makes the ordered faults happen, and can cut connections,
// which is why it stands on node:http rather than Deno.serve.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { Fault, Faults, Host } from "./faults.ts";

/** A request that the Hub saw. */
export interface RequestLog {
  host: Host;
  method: string;
  /** With the query. */
  path: string;
  /** 0 while, or because, nothing was answered. */
  status: number;
  at: Date;
  /** Bytes of the request's body. */
  bytesIn: number;
  /** Bytes of the answer's body. */
  bytesOut: number;
}

/** What a host needs. */
export interface ListenOptions {
  host: Host;
  port: number;
  faults: Faults;
  now: () => Date;
  answer: (request: Request) => Response | Promise<Response>;
  /** Called as soon as a request is seen; the entry is filled in as it is answered. */
  onRequest: (entry: RequestLog) => void;
  /** Called when the request is over. */
  onAnswered: (entry: RequestLog) => void;
}

/** Listens on the loopback interface. */
export async function listen(options: ListenOptions): Promise<{ port: number; close(): Promise<void> }> {
  const closing = new AbortController();
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing, { ...options, closing: closing.signal }).catch((error) => {
      // A client that goes away in the middle of its request is no mistake of this Hub.
      if (error.code !== "ECONNRESET" && !closing.signal.aborted && !outgoing.destroyed) console.error(error);
      outgoing.destroy();
    });
  });
  // A connection that idles is never closed by this side: the client's next request could meet the closing.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      closing.abort();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { host, faults, now, answer, onRequest, onAnswered, closing }: ListenOptions & { closing: AbortSignal },
): Promise<void> {
  const { method = "GET", url: path = "/" } = incoming;
  const entry: RequestLog = { host, method, path, status: 0, at: now(), bytesIn: 0, bytesOut: 0 };
  onRequest(entry);
  outgoing.once("close", () => onAnswered(entry));
  const body = await readBody(incoming);
  entry.bytesIn = body.length;

  const fault = faults.take({ method, path, host }) ?? {};
  await fault.run?.();
  if (fault.delayMs !== undefined) await wait(fault.delayMs, undefined, { signal: closing });
  const harmless = fault.after || !(fault.hang || fault.status !== undefined || fault.cut === 0);
  const real = harmless ? await answer(toRequest(incoming, body)) : undefined;
  if (fault.hang) return;
  if (fault.cut === 0) return void outgoing.destroy();
  await send(outgoing, { method, entry, fault, response: fault.status === undefined ? real! : made(fault) });
}

async function send(
  outgoing: ServerResponse,
  { method, entry, fault, response }: { method: string; entry: RequestLog; fault: Fault; response: Response },
): Promise<void> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const headers = Object.fromEntries(response.headers);
  headers["x-request-id"] ??= crypto.randomUUID();
  if (method !== "HEAD") headers["content-length"] = String(bytes.length);
  outgoing.writeHead(response.status, headers);
  entry.status = response.status;
  if (method === "HEAD") return void outgoing.end();
  entry.bytesOut = Math.min(bytes.length, fault.cut ?? Infinity);
  if (fault.cut === undefined || fault.cut >= bytes.length) outgoing.end(bytes);
  else outgoing.write(bytes.subarray(0, fault.cut), () => outgoing.destroy());
}

function made({ status = 500, body = "", headers = {} }: Fault): Response {
  const isText = typeof body === "string";
  return new Response(isText ? body : JSON.stringify(body), {
    status,
    headers: { "Content-Type": isText ? "text/plain; charset=utf-8" : "application/json; charset=utf-8", ...headers },
  });
}

function toRequest(incoming: IncomingMessage, body: Uint8Array<ArrayBuffer>): Request {
  const { method = "GET", url = "/" } = incoming;
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value));
  const hasBody = method !== "GET" && method !== "HEAD";
  return new Request(new URL(url, `http://${incoming.headers.host ?? "127.0.0.1"}`), {
    method,
    headers,
    body: hasBody ? body : null,
  });
}

async function readBody(incoming: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  let body = new Uint8Array(Number(incoming.headers["content-length"] ?? 0));
  let filled = 0;
  for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
    if (filled + chunk.length > body.length) {
      const larger = new Uint8Array(2 * (filled + chunk.length));
      larger.set(body.subarray(0, filled));
      body = larger;
    }
    body.set(chunk, filled);
    filled += chunk.length;
  }
  return body.subarray(0, filled);
}
