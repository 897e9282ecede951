// Headers that keep a visitor's browser from doing anything the page did not mean.
import type { Context } from "@hono/hono";
import type { Env, PageSettings } from "../deps.ts";
import { isHttps } from "./is_https.ts";

/** Which of the settings matter here. */
export type HeaderSettings = Pick<PageSettings, "frameAncestors" | "trustProxy">;

/** The headers that every answer to this request carries, unless its route has set its own: those of a page, or the few that matter to anything else. */
export type SecurityHeaders = (c: Context<Env>, kind: "page" | "data") => Readonly<Record<string, string>>;

// Nothing of what a page could ask a visitor for is needed.
const PERMISSIONS = ["camera", "display-capture", "geolocation", "microphone", "payment", "usb"]
  .map((feature) => `${feature}=()`).join(", ");

/** Makes the headers, once for all requests. */
export function createSecurityHeaders(settings: HeaderSettings): SecurityHeaders {
  const every = {
    // A cache that is told nothing guesses; what was erased must not live on there.
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
  };
  const policy = [
    "default-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
    `frame-ancestors ${settings.frameAncestors}`,
  ].join("; ");
  const page = {
    ...every,
    "Content-Security-Policy": policy,
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": PERMISSIONS,
  };
  // Each header costs every answer: what only documents obey, data does without.
  const data = { ...every, "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'" };
  // Of this host alone: what else lives under its domain is not ours to decide.
  const https = { "Strict-Transport-Security": "max-age=31536000" };
  const plain = { page, data };
  const overHttps = { page: { ...page, ...https }, data: { ...data, ...https } };
  return (c, kind) => (isHttps(c, settings) ? overHttps : plain)[kind];
}

/** Adds to the answer what it lacks of these headers. */
export function addSecurityHeaders(c: Context<Env>, headersFor: SecurityHeaders): void {
  const { headers } = c.res; // in place: Hono's own way makes the whole answer anew for each header
  const kind = headers.get("Content-Type")?.startsWith("text/html") ? "page" : "data";
  for (const [name, value] of Object.entries(headersFor(c, kind))) if (!headers.has(name)) headers.set(name, value);
}
