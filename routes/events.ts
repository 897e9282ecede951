// Keeps pages up to date without asking: one stream of events for each that is open.
import { Hono } from "@hono/hono";
import type { AppContext, Env } from "./deps.ts";
import { describe } from "./operations.ts";

/** `GET /api/events`; resumes after `Last-Event-ID`, or after `?since=` for a page that was rendered a moment ago. */
export function events({ hub }: AppContext): Hono<Env> {
  return new Hono<Env>().get("/api/events", describe("getEvents"), (c) => {
    const stream = hub.open(c.req.header("Last-Event-ID") ?? c.req.query("since"));
    return c.body(stream, 200, {
      "Content-Type": "text/event-stream",
      "Cache-Control": "no-store",
      // Proxies of the nginx kind would hold the events back.
      "X-Accel-Buffering": "no",
    });
  });
}
