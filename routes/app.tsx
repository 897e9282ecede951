// Puts the addresses together into one application: what comes before every route, the routes, and what answers when none does.
import { Hono } from "@hono/hono";
import { AppError } from "../db/app_error.ts";
import { admin } from "./admin/admin.tsx";
import { adminBackup } from "./admin/admin_backup.tsx";
import { adminPages, createAdminSessions, requireSession } from "./admin/admin_session.ts";
import { adminSignIn } from "./admin/admin_sign_in.tsx";
import { admission } from "./http/admission.ts";
import { agentsText } from "./agents.ts";
import { assetFiles } from "./asset_files.ts";
import { completion } from "./http/completion.ts";
import { docs } from "./docs.tsx";
import type { AppContext } from "./app_context.ts";
import type { AppDeps, Env } from "./deps.ts";
import { embed } from "./embed.tsx";
import { errorResponse } from "./http/error_response.tsx";
import { createErasedReviews } from "./admin/erased_reviews.ts";
import { createEventHub } from "./event_hub.ts";
import { events } from "./events.ts";
import { exports } from "./export.ts";
import { formPost } from "./form_post.tsx";
import { health } from "./health.ts";
import { home } from "./home.tsx";
import { createKeptAnswers } from "./http/kept_answers.ts";
import { createKeptPages } from "./http/kept_pages.ts";
import { mcp } from "./mcp.ts";
import { methodNotAllowed } from "./http/method_not_allowed.ts";
import { createCounters } from "./counters.ts";
import { metrics } from "./metrics.ts";
import { reviewsApi } from "./reviews_api.ts";
import { createSecurityHeaders } from "./http/security_headers.ts";
import { statusApi } from "./status_api.ts";
import { createSubmit } from "./submit.ts";

export type { AppDeps, PageSettings } from "./deps.ts";

const BODY_LIMITS = { maxBytes: 64 * 1024, patienceMs: 10_000 };
const PARTS = [
  home,
  formPost,
  embed,
  reviewsApi,
  statusApi,
  events,
  health,
  exports,
  metrics,
  docs,
  agentsText,
  mcp,
  assetFiles,
];

/** Hearback as a web application. */
export interface App {
  fetch: (request: Request, info?: Deno.ServeHandlerInfo) => Response | Promise<Response>;
  /** Ends the event streams and refuses new ones; other requests are still answered. */
  close(): Promise<void>;
}

/** Builds the application; nothing is listening until `fetch` is handed to a server. */
export function createApp(deps: AppDeps): App {
  const start = deps.newUid().slice(-12); // the end, because the beginning may be the time and stay the same for a while
  const hub = createEventHub({ ...deps, start });
  const app = new Hono<Env>();
  const counters = createCounters();
  let document: ReturnType<AppContext["document"]> | undefined;
  let limits: ReturnType<AppContext["limits"]> | undefined;
  const getLimits = () =>
    limits ??= import("./http/address_limits.ts").then((module) => module.createAddressLimits(deps));
  const headersFor = createSecurityHeaders(deps.settings);
  const context: AppContext = {
    ...deps,
    hub,
    counters,
    securityHeaders: headersFor,
    // Loaded with the first who asks: it takes longer than a start should.
    document: () => document ??= import("./api_document.ts").then(({ makeApiDocument }) => makeApiDocument(app, deps)),
    submit: counters.countSubmits(createSubmit({ ...deps, limits: getLimits })),
    answers: createKeptAnswers({ ...deps, securityHeaders: headersFor, start }),
    pages: createKeptPages({ ...deps, hub, securityHeaders: headersFor }),
    sessions: createAdminSessions(deps),
    limits: getLimits,
    erased: createErasedReviews(deps),
  };
  app.onError((error, c) => errorResponse(c, error, deps));
  app.notFound((c) => errorResponse(c, new AppError("not_found", "There is nothing at this address"), deps));
  app.use(completion(context));
  app.use(admission({ ...deps, limits: BODY_LIMITS }));
  for (const part of PARTS) app.route("/", part(context));
  app.use("/admin/*", adminPages(deps.settings));
  app.route("/", adminSignIn(context));
  app.use("/admin/*", requireSession(context));
  app.route("/", admin(context));
  app.route("/", adminBackup(context));
  methodNotAllowed(app, deps);
  return {
    fetch: (request, info) => app.fetch(request, info),
    async close() {
      context.erased.close();
      context.pages.close();
      await hub.close();
      (await limits)?.close();
    },
  };
}
