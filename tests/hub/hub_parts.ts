// What the Hub's groups of routes share.
import type { Access } from "./access.ts";
import type { Contents } from "./contents.ts";
import type { Faults } from "./faults.ts";
import type { RateLimits } from "./rate_limits.ts";
import type { RepoStore } from "./repo_store.ts";
import type { UploadRules } from "./upload_rules.ts";

/** Handed to each group of routes. */
export interface HubParts {
  store: RepoStore;
  contents: Contents;
  access: Access;
  faults: Faults;
  limits: RateLimits;
  uploads: UploadRules;
  now: () => Date;
  /** Base URL of the Hub; known once it listens. */
  url: () => string;
  /** Base URL of the storage, on another host name. */
  storageUrl: () => string;
}
