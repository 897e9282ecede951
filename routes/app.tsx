// Puts the addresses together into one application: what comes before every route, the routes, and what answers when none does.
import { Hono } from "@hono/hono";
import { bodyLimit } from "@hono/hono/body-limit";
import { compress } from "@hono/hono/compress";
import { AppError } from "../db/app_error.ts";
import { assetFiles } from "./asset_files.ts";
import type { AppDeps, Env } from "./deps.ts";
import { errorResponse } from "./error_response.tsx";
import { formPost } from "./form_post.tsx";
import { health } from "./health.ts";
import { home } from "./home.tsx";
import { methodNotAllowed } from "./method_not_allowed.ts";
import { reviewsApi } from "./reviews_api.ts";
import { securityHeaders } from "./security_headers.ts";
import { statusApi } from "./status_api.ts";

export type { AppDeps, PageSettings } from "./deps.ts";

const MAX_BODY_BYTES = 64 * 1024;

/** Hearback as a web application. */
export interface App {
  fetch: (request: Request, info?: Deno.ServeHandlerInfo) => Response | Promise<Response>;
  /** Ends the event streams and refuses new ones; other requests are still answered. */
  close(): Promise<void>;
}

/** Builds the application; nothing is listening until `fetch` is handed to a server. */
export function createApp(deps: AppDeps): App {
  const app = new Hono<Env>();
  app.onError((error, c) => errorResponse(c, error, deps));
  app.notFound((c) => errorResponse(c, new AppError("not_found", "There is nothing at this address"), deps));
  app.use(compress());
  app.use(securityHeaders(deps.settings));
  app.use(bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: (c) => errorResponse(c, new AppError("too_large", "At most 64 KiB can be sent at once"), deps),
  }));
  for (const part of [home, formPost, reviewsApi, statusApi, health, assetFiles]) app.route("/", part(deps));
  methodNotAllowed(app, deps);
  return {
    fetch: (request, info) => app.fetch(request, info),
    close: () => Promise.resolve(),
  };
}
