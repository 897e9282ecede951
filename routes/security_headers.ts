// Headers that keep a visitor's browser from doing anything the page did not mean.
import type { MiddlewareHandler } from "@hono/hono";
import type { Env, PageSettings } from "./deps.ts";
import { isHttps } from "./is_https.ts";

/** Which of the settings matter here. */
export type HeaderSettings = Pick<PageSettings, "frameAncestors" | "trustProxy">;

// Nothing of what a page could ask a visitor for is needed.
const PERMISSIONS = ["camera", "display-capture", "geolocation", "microphone", "payment", "usb"]
  .map((feature) => `${feature}=()`).join(", ");

/** Sets the security headers of every answer; a route may set its own policy, and for how long it may be kept, before. */
export function securityHeaders(settings: HeaderSettings): MiddlewareHandler<Env> {
  const policy = [
    "default-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
    `frame-ancestors ${settings.frameAncestors}`,
  ].join("; ");
  return async function securityHeaders(c, next) {
    await next();
    if (!c.res.headers.has("Content-Security-Policy")) c.header("Content-Security-Policy", policy);
    // A cache that is told nothing guesses; what was erased must not live on there.
    if (!c.res.headers.has("Cache-Control")) c.header("Cache-Control", "no-cache");
    c.header("X-Content-Type-Options", "nosniff");
    c.header("Referrer-Policy", "strict-origin-when-cross-origin");
    c.header("Permissions-Policy", PERMISSIONS);
    // Of this host alone: what else lives under its domain is not ours to decide.
    if (isHttps(c, settings)) c.header("Strict-Transport-Security", "max-age=31536000");
  };
}
