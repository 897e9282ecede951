// What every route is handed: all that the application is built from, and what it has one of.
import type { AddressLimits } from "./address_limits.ts";
import type { AdminSessions } from "./admin_session.ts";
import type { Counters } from "./counters.ts";
import type { AppDeps } from "./deps.ts";
import type { ErasedReviews } from "./erased_reviews.ts";
import type { EventHub } from "./event_hub.ts";
import type { KeptAnswers } from "./kept_answers.ts";
import type { KeptPages } from "./kept_pages.ts";
import type { SecurityHeaders } from "./security_headers.ts";
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
  limits: AddressLimits;
  erased: ErasedReviews;
}
