// Headers that keep a visitor's browser from doing anything the page did not mean.
import type { MiddlewareHandler } from "@hono/hono";
import type { Env, PageSettings } from "./deps.ts";

/** Sets the security headers of every answer; a route may set its own policy before. */
export function securityHeaders({ frameAncestors }: Pick<PageSettings, "frameAncestors">): MiddlewareHandler<Env> {
  const policy = [
    "default-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
    `frame-ancestors ${frameAncestors}`,
  ].join("; ");
  return async function securityHeaders(c, next) {
    await next();
    if (!c.res.headers.has("Content-Security-Policy")) c.header("Content-Security-Policy", policy);
    c.header("X-Content-Type-Options", "nosniff");
    c.header("Referrer-Policy", "strict-origin-when-cross-origin");
    c.header("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
  };
}
