// Compresses what is sent, except where that was done once for all or is not worth it.
import type { MiddlewareHandler } from "@hono/hono";
import { compress } from "@hono/hono/compress";
import type { Env } from "./deps.ts";

/** Hono's compression for every answer that is not complete. */
export function compression(): MiddlewareHandler<Env> {
  const compressed = compress();
  return async function compression(c, next) {
    await next();
    if (!c.get("isComplete")) await compressed(c, () => Promise.resolve());
  };
}
