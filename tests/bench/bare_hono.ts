// The least that a server made with Hono needs in memory: it answers with the JSON that it was sent.
import { Hono } from "@hono/hono";

const app = new Hono().post("/api/reviews", async (c) => c.json(await c.req.json(), 201));

Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, app.fetch);

function onListen({ port }: Deno.NetAddr): void {
  console.log(JSON.stringify({ event: "listening", message: `on http://127.0.0.1:${port}/` }));
}
