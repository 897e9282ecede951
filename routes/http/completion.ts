// Completes every answer on its way out: compressed, with the headers that all have, counted and noted in the log.
import type { MiddlewareHandler } from "@hono/hono";
import { compress } from "@hono/hono/compress";
import type { AppContext } from "../app_context.ts";
import type { Env } from "../deps.ts";
import { noteRequest } from "./request_log.ts";
import { addSecurityHeaders } from "./security_headers.ts";

/** One middleware for all of it, because each one more costs every request; an answer that is complete is noted and no more than that. */
export function completion(context: AppContext): MiddlewareHandler<Env> {
  const compressed = compress();
  return async function completion(c, next) {
    const began = performance.now();
    await next();
    if (!c.get("isComplete")) {
      await compressed(c, () => Promise.resolve());
      addSecurityHeaders(c, context.securityHeaders);
    }
    noteRequest(c, began, context);
  };
}
