// Refuses requests that change something on behalf of another site's page.
import type { MiddlewareHandler } from "@hono/hono";
import { AppError } from "../db/app_error.ts";
import type { Env, PageSettings } from "./deps.ts";

const SAFE = ["GET", "HEAD", "OPTIONS"];

/** Demands that `Origin`, where a browser sends it, is this host; `null` (a sandboxed frame) may use the form alone. */
export function originCheck({ trustProxy }: Pick<PageSettings, "trustProxy">): MiddlewareHandler<Env> {
  return async function originCheck(c, next) {
    const origin = c.req.header("Origin");
    if (origin !== undefined && !SAFE.includes(c.req.method)) {
      const forwarded = trustProxy ? c.req.header("X-Forwarded-Host")?.split(",")[0]?.trim() : undefined;
      const host = forwarded ?? new URL(c.req.url).host;
      const allowed = origin === "null" ? c.req.path === "/reviews" : hostOf(origin) === host;
      if (!allowed) throw new AppError("forbidden", "This comes from a page of another site");
    }
    await next();
  };
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
