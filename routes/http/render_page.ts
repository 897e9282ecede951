// Sends a page that Preact has rendered, in one piece and never from a cache that did not ask.
import type { Context } from "@hono/hono";
import type { ContentfulStatusCode } from "@hono/hono/utils/http-status";
import type { VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import type { Env } from "../deps.ts";

/** Answers with `page` as a whole HTML document. */
export function renderPage(
  c: Context<Env>,
  page: VNode,
  status: ContentfulStatusCode = 200,
): Response | Promise<Response> {
  if (!c.res.headers.has("Cache-Control")) c.header("Cache-Control", "no-cache");
  return c.html(toHtml(page), status);
}

/** The whole document. */
export function toHtml(page: VNode): string {
  return `<!doctype html>${renderToString(page)}`;
}
