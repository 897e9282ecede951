// Headers that keep a visitor's browser from doing anything the page did not mean.
import type { Context, MiddlewareHandler } from "@hono/hono";
import type { Env, PageSettings } from "./deps.ts";
import { isHttps } from "./is_https.ts";

/** Which of the settings matter here. */
export type HeaderSettings = Pick<PageSettings, "frameAncestors" | "trustProxy">;

/** The headers that every answer to this request carries, unless its route has set its own policy. */
export type SecurityHeaders = (c: Context<Env>) => Readonly<Record<string, string>>;

// Nothing of what a page could ask a visitor for is needed.
const PERMISSIONS = ["camera", "display-capture", "geolocation", "microphone", "payment", "usb"]
  .map((feature) => `${feature}=()`).join(", ");

/** Makes the headers, once for all requests. */
export function createSecurityHeaders(settings: HeaderSettings): SecurityHeaders {
  const policy = [
    "default-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
    `frame-ancestors ${settings.frameAncestors}`,
  ].join("; ");
  const headers = {
    "Content-Security-Policy": policy,
    // A cache that is told nothing guesses; what was erased must not live on there.
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": PERMISSIONS,
  };
  // Of this host alone: what else lives under its domain is not ours to decide.
  const overHttps = { ...headers, "Strict-Transport-Security": "max-age=31536000" };
  return (c) => isHttps(c, settings) ? overHttps : headers;
}

/** Sets the headers of every answer that is not complete; what a route has set itself stays. */
export function securityHeaders(headersFor: SecurityHeaders): MiddlewareHandler<Env> {
  return async function securityHeaders(c, next) {
    await next();
    if (c.get("isComplete")) return;
    const { headers } = c.res; // in place: Hono's own way makes the whole answer anew for each header
    for (const [name, value] of Object.entries(headersFor(c))) if (!headers.has(name)) headers.set(name, value);
  };
}
