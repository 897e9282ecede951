// What every route is handed: all that the application is built from, and what it has one of.
import type { AddressLimits } from "./http/address_limits.ts";
import type { AdminSessions } from "./admin/admin_session.ts";
import type { Counters } from "./counters.ts";
import type { AppDeps } from "./deps.ts";
import type { ErasedReviews } from "./admin/erased_reviews.ts";
import type { EventHub } from "./event_hub.ts";
import type { KeptAnswers } from "./http/kept_answers.ts";
import type { KeptPages } from "./http/kept_pages.ts";
import type { SecurityHeaders } from "./http/security_headers.ts";
import type { Submit } from "./submit.ts";

/** What the routes share. */
export interface AppContext extends AppDeps {
  submit: Submit;
  hub: EventHub;
  pages: KeptPages;
  answers: KeptAnswers;
  counters: Counters;
  securityHeaders: SecurityHeaders;
  /** The OpenAPI document, made with the first call. */
  document: () => ReturnType<typeof import("./api_document.ts").makeApiDocument>;
  sessions: AdminSessions;
  /** The limits by address; the library behind them is loaded with the first call. */
  limits: () => Promise<AddressLimits>;
  erased: ErasedReviews;
}
