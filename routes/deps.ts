// What the application is built from: the parts of Hearback behind the page, and the page's slice of the settings.
import type { Field, Review } from "../db/review.ts";
import type { ReviewStore } from "../db/store.ts";
import type { Backup, HistoryEntry } from "../sync/status.ts";
import type { Assets } from "./assets.ts";
import type { OAuthSettings } from "./admin/hub_sign_in.ts";
import type { Webhook } from "./webhook.ts";

/** What the page says and whom it serves; see `config.ts` for the variables behind it. */
export interface PageSettings {
  title: string;
  /** Stands above the stars. */
  question: string;
  intro: string;
  /** What one star means. */
  low: string;
  /** What five stars mean. */
  high: string;
  require: readonly Field[];
  /** False: names are stored, but leave through no public answer. */
  publicNames: boolean;
  /** Opens the admin's pages and calls. */
  adminToken: string | undefined;
  /** The sign-in by Hugging Face accounts, on a Space that has it; without it and a token the admin's addresses answer 404. */
  oauth: OAuthSettings | undefined;
  /** Submits per client address; null turns the refusal of repeated text and the limit of open streams off as well. */
  rateLimit: { max: number; windowSeconds: number } | null;
  /** Whether a proxy in front may be believed about the client's address and the host. */
  trustProxy: boolean;
  /** Value of the CSP directive `frame-ancestors`. */
  frameAncestors: string;
}

/** What {@linkcode createApp} is built from. */
export interface AppDeps {
  store: ReviewStore;
  backup: Backup;
  settings: PageSettings;
  assets: Assets;
  now: () => Date;
  newUid: () => string;
  /** The newest commits of the dataset, newest first. */
  history?: () => Promise<HistoryEntry[]>;
  /** Tells of each review elsewhere, where the owner wants that. */
  webhook?: Pick<Webhook, "counts"> | null;
  /** Takes what people are not shown, such as the cause of a failed request. */
  log?: (entry: Record<string, unknown>) => void;
}

/** What Hono knows of a request beyond the request itself. */
export interface Env {
  Bindings: Partial<Deno.ServeHandlerInfo>;
  Variables: {
    /** Set where nothing is to be added to the answer any more. */
    isComplete?: boolean;
  };
}

/** The review as anybody may see it. */
export function publicReview(review: Review, { publicNames }: Pick<PageSettings, "publicNames">): Review {
  return publicNames ? review : { ...review, name: null };
}
