// Faults by hand: the same orders that tests give, as JSON over HTTP.
import { Hono } from "@hono/hono";
import type { Fault, Faults } from "./faults.ts";

/** `POST /_faults` orders a fault, `DELETE /_faults` forgets all, `POST /_busy` and `DELETE /_busy` switch 409s. */
export function faultRoutes(faults: Faults): Hono {
  const app = new Hono();

  app.post("/_faults", async (c) => {
    const { match, ...fault } = await c.req.json<Fault & { match?: { path?: string } }>();
    const { path, ...rest } = match ?? {};
    faults.add({ ...fault, match: { ...rest, ...(path !== undefined && { path: new RegExp(path) }) } });
    return c.text("ordered\n", 201);
  });
  app.delete("/_faults", (c) => {
    faults.clear();
    return c.text("forgotten\n");
  });
  app.on(["POST", "DELETE"], "/_busy", (c) => {
    faults.busy(c.req.method === "POST");
    return c.text("ok\n");
  });

  return app;
}
