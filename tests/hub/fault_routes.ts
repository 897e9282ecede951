// Faults by hand: the same orders that tests give, as JSON over HTTP.
import { Hono } from "@hono/hono";
import type { DirectAccess } from "./direct_access.ts";
import type { Fault, Faults } from "./faults.ts";

interface Damage {
  repo: string;
  path: string;
  revision?: string;
  /** Cuts the file down to that many bytes. */
  size?: number;
}

/** `/_faults` orders faults and forgets them, `/_busy` switches 409s on and off, `/_damage` changes or cuts a stored file. */
export function faultRoutes(faults: Faults, hub: DirectAccess): Hono {
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
  app.post("/_damage", async (c) => {
    const { repo, path, ...options } = await c.req.json<Damage>();
    if (options.size === undefined) hub.damageObject(repo, path, options);
    else hub.truncateObject(repo, path, { ...options, size: options.size });
    return c.text("done\n");
  });

  return app;
}
