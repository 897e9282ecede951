// Reads the body of a request before anything looks at it, so that nobody holds a connection for long or fills the memory.
import type { MiddlewareHandler } from "@hono/hono";
import { AppError } from "../db/app_error.ts";
import type { Env } from "./deps.ts";

/** How much a request may bring, and in how long. */
export interface BodyLimits {
  maxBytes: number;
  /** Milliseconds until the last byte must be here. */
  patienceMs: number;
}

const WITHOUT_REQUEST = ["CONNECT", "TRACE", "TRACK"]; // methods that no Request can be made with; no route knows them

/** Refuses bodies that are too large with `too_large` and those that do not arrive in time with `too_slow`. */
export function requestBody({ maxBytes, patienceMs }: BodyLimits): MiddlewareHandler<Env> {
  return async function requestBody(c, next) {
    const { body, headers, method, url } = c.req.raw;
    if (body === null || WITHOUT_REQUEST.includes(method)) return await next();
    const tooLarge = new AppError("too_large", `At most ${maxBytes / 1024} KiB can be sent at once`);
    if (Number(headers.get("Content-Length") ?? 0) > maxBytes) throw tooLarge;
    const reader = body.getReader();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      void reader.cancel().catch(() => {}); // ends the reading below
    }, patienceMs);
    try {
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      let size = 0;
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        chunks.push(read.value);
        if ((size += read.value.byteLength) > maxBytes) throw tooLarge;
      }
      if (late) throw new AppError("too_slow", `The request did not arrive within ${patienceMs / 1000} seconds`);
      c.req.raw = new Request(url, { method, headers, body: chunks.length === 1 ? chunks[0]! : new Blob(chunks) });
    } catch (cause) {
      void reader.cancel().catch(() => {});
      // The rest of the body still lies on the connection, which is of no more use.
      c.header("Connection", "close");
      throw cause instanceof AppError ? cause : new AppError("malformed", "The request broke off", { cause });
    } finally {
      clearTimeout(timer);
    }
    await next();
  };
}
