// The state of the backup and the numbers of the chart, for programs and for the page's own islands.
import { Hono } from "@hono/hono";
import { requireAdmin } from "./admin/admin_auth.ts";
import type { AppContext } from "./app_context.ts";
import type { Env } from "./deps.ts";
import { describe } from "./describe.ts";

/** `GET /api/status`, `GET /api/stats` and, for the admin, `POST /api/backup`, with `?drill=1` or `?squash=1`. */
export function statusApi(context: AppContext): Hono<Env> {
  const { store, backup, answers } = context;
  const app = new Hono<Env>();
  app.get("/api/status", describe("getStatus"), (c) => {
    c.header("Cache-Control", "no-store");
    return c.json(backup.status());
  });
  app.get("/api/stats", describe("getStats"), (c) => answers.json(c, () => store.stats()));
  app.post("/api/backup", describe("startBackup"), requireAdmin(context), (c) => {
    backup.start({ drill: c.req.query("drill") === "1", squash: c.req.query("squash") === "1" });
    return c.json(backup.status(), 202);
  });
  return app;
}
