// Decides which requests get as far as a route: those with an address, from this site's own pages, whose body is small and here in time.
import type { Context, MiddlewareHandler } from "@hono/hono";
import { AppError } from "../../db/app_error.ts";
import type { Env, PageSettings } from "../deps.ts";
import { type BodyLimits, readBody } from "./request_body.ts";

/** What a request is held to. */
export interface AdmissionOptions {
  settings: Pick<PageSettings, "trustProxy">;
  limits: BodyLimits;
}

/** One middleware for all of it, because each one more costs every request. */
export function admission({ settings, limits }: AdmissionOptions): MiddlewareHandler<Env> {
  return async function admission(c, next) {
    if (!URL.canParse(c.req.url)) throw new AppError("malformed", "The Host header of this request is no host");
    checkOrigin(c, settings);
    await readBody(c, limits);
    await next();
  };
}

const SAFE = ["GET", "HEAD", "OPTIONS"];

// `Origin`, where a browser sends it, is this host, or the page of another site asks; `null` (a sandboxed frame) may use the form alone.
function checkOrigin(c: Context<Env>, { trustProxy }: Pick<PageSettings, "trustProxy">): void {
  if (SAFE.includes(c.req.method)) return;
  const origin = c.req.header("Origin");
  if (origin === undefined) return;
  const forwarded = trustProxy ? c.req.header("X-Forwarded-Host")?.split(",")[0]?.trim() : undefined;
  const host = forwarded ?? new URL(c.req.url).host;
  const allowed = origin === "null" ? c.req.path === "/reviews" : hostOf(origin) === host;
  if (!allowed) throw new AppError("forbidden", "This comes from a page of another site");
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
