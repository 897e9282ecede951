// Serves the built scripts and the stylesheet.
import { Hono } from "@hono/hono";
import { AppError } from "../db/app_error.ts";
import type { AppDeps, Env } from "./deps.ts";

/** `GET /assets/*`, cacheable for ever because the address holds a hash of the content. */
export function assetFiles({ assets }: AppDeps): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/assets/:file", (c) => {
    const asset = assets.get(c.req.path);
    if (asset === undefined) throw new AppError("not_found", "There is no such file");
    return c.body(asset.body, 200, {
      "Content-Type": asset.contentType,
      "Cache-Control": "public, max-age=31536000, immutable",
      // A sandboxed frame has an opaque origin; module scripts reach it only with this.
      "Access-Control-Allow-Origin": "*",
    });
  });
  return app;
}
