// Refuses a request whose Host makes no address, before anything takes the address apart.
import type { MiddlewareHandler } from "@hono/hono";
import { AppError } from "../db/app_error.ts";
import type { Env } from "./deps.ts";

/** Demands a `Host` that a URL can hold. */
export function knownHost(): MiddlewareHandler<Env> {
  return async function knownHost(c, next) {
    if (!URL.canParse(c.req.url)) throw new AppError("malformed", "The Host header of this request is no host");
    await next();
  };
}
