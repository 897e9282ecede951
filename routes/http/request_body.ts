// Reads the body of a request before anything looks at it, so that nobody holds a connection for long or fills the memory.
import type { Context } from "@hono/hono";
import { AppError } from "../../db/app_error.ts";
import type { Env } from "../deps.ts";

/** How much a request may bring, and in how long. */
export interface BodyLimits {
  maxBytes: number;
  /** Milliseconds until the last byte must be here. */
  patienceMs: number;
  /** Sets and clears the timer; the platform's unless told. */
  timers?: Pick<typeof globalThis, "setTimeout" | "clearTimeout">;
}

/** Reads the body, if there is one, for `c.req`; throws `too_large` for one that is too large and `too_slow` for one that does not arrive in time. */
export async function readBody(c: Context<Env>, limits: BodyLimits): Promise<void> {
  const { raw } = c.req;
  const announced = raw.headers.get("Content-Length");
  if (announced === null ? raw.body === null : announced === "0") return;
  try {
    const text = await read(raw, announced, limits);
    c.req.bodyCache.text = Promise.resolve(text) as never; // what Hono keeps there, whatever its type says
  } catch (cause) {
    // The rest of the body still lies on the connection, which is of no more use.
    c.header("Connection", "close");
    throw cause instanceof AppError ? cause : new AppError("malformed", "The request broke off", { cause });
  }
}

async function read(request: Request, announced: string | null, limits: BodyLimits): Promise<string> {
  const { maxBytes, patienceMs, timers = globalThis } = limits;
  if (Number(announced) > maxBytes) throw tooLarge(maxBytes);
  // No more than what is announced is taken off the connection.
  const body = announced === null ? readAtMost(request, maxBytes) : request.text();
  let isRead = false;
  const onRead = () => isRead = true;
  body.then(onRead, onRead); // what is late fails once the connection is closed, and nobody minds
  // A small body comes with its headers and is read within microtasks; a timer would cost more than that.
  for (let n = 0; n < MICROTASKS && !isRead; n++) await null;
  if (isRead) return await body;
  const late = Promise.withResolvers<never>();
  const timer = timers.setTimeout(() => {
    late.reject(new AppError("too_slow", `The request did not arrive within ${patienceMs / 1000} seconds`));
  }, patienceMs);
  return await Promise.race([body, late.promise]).finally(() => timers.clearTimeout(timer));
}

const MICROTASKS = 5;

async function readAtMost({ body }: Request, maxBytes: number): Promise<string> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    if ((size += chunk.byteLength) > maxBytes) throw tooLarge(maxBytes);
  }
  return await new Blob(chunks).text();
}

function tooLarge(maxBytes: number): AppError {
  return new AppError("too_large", `At most ${maxBytes / 1024} KiB can be sent at once`);
}
