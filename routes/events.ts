// Keeps pages up to date without asking: one stream of events for each that is open.
import { Hono } from "@hono/hono";
import { clientAddress } from "./http/client_address.ts";
import type { AppContext } from "./app_context.ts";
import type { Env } from "./deps.ts";
import { describe } from "./describe.ts";

const HEADERS = {
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-store",
  // Proxies of the nginx kind would hold the events back.
  "X-Accel-Buffering": "no",
};

/** `GET /api/events`; resumes after `Last-Event-ID`, or after `?since=` for a page that was rendered a moment ago. */
export function events({ hub, settings, limits }: AppContext): Hono<Env> {
  return new Hono<Env>().get("/api/events", describe("getEvents"), async (c) => {
    if (c.req.method === "HEAD") return c.body(null, 200, HEADERS); // a stream would be told events that nobody reads
    const { streams } = await limits();
    const taken = streams?.take(clientAddress(c, settings));
    await taken?.admitted;
    const stream = hub.open(c.req.header("Last-Event-ID") ?? c.req.query("since"), taken?.giveBack);
    return c.body(stream, 200, HEADERS);
  });
}
