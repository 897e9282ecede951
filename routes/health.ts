// Tells the machinery around the container whether Hearback is alive and whether it is ready for traffic.
import { Hono } from "@hono/hono";
import type { AppDeps, Env } from "./deps.ts";
import { describe } from "./describe.ts";

/** `GET /healthz` and `GET /readyz`. */
export function health({ store, backup }: AppDeps): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/healthz", describe("isAlive"), (c) => c.text("ok\n"));
  app.get("/readyz", describe("isReady"), async (c) => {
    c.header("Cache-Control", "no-store");
    const open = await store.stats().then(() => true, () => false);
    if (open && backup.settled()) return c.text("ready\n");
    c.header("Retry-After", "5");
    return c.text(open ? "reading the dataset\n" : "the database is not open\n", 503);
  });
  return app;
}
