// Notes every answered request: what was asked for by its pattern and how it went, and never by whom or with which words.
import type { Context } from "@hono/hono";
import { routePath } from "@hono/hono/route";
import type { AppDeps, Env } from "../deps.ts";
import type { Counters } from "../counters.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Logs and counts a request whose answer begins; `began` is `performance.now()` of its arrival. */
export function noteRequest(
  c: Context<Env>,
  began: number,
  { log, counters }: Pick<AppDeps, "log"> & { counters: Counters },
): void {
  const pattern = routePath(c, -1);
  const request = {
    event: "request",
    // A client may make up a method of its own, with whatever it likes in it.
    method: METHODS.includes(c.req.method) ? c.req.method : "other",
    route: pattern === "*" || pattern === "/*" ? "none" : pattern,
    status: c.res.status,
    ms: Math.round((performance.now() - began) * 10) / 10,
  };
  counters.countRequest(request);
  log?.(request);
}
