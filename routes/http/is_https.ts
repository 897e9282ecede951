// Tells whether the visitor's browser came over HTTPS, which Hearback itself never speaks: a proxy in front does.
import type { Context } from "@hono/hono";
import type { Env, PageSettings } from "../deps.ts";

/** True where the request's address says so, or a proxy that may be believed. */
export function isHttps(c: Context<Env>, { trustProxy }: Pick<PageSettings, "trustProxy">): boolean {
  const forwarded = trustProxy ? c.req.header("X-Forwarded-Proto")?.split(",")[0]?.trim() : undefined;
  return forwarded === undefined ? c.req.url.startsWith("https:") : forwarded === "https";
}
