// The limits of the real Hub with real counters, its misleading headers included.
import { HubError } from "./hub_error.ts";

/** How much is allowed; what is not given has no limit. */
export interface RateLimitOptions {
  /** API requests in 5 minutes. */
  requests?: number;
  /** Commits to one repository in an hour. */
  commits?: number;
}

/** What a free user of the real Hub has. */
export const REAL_LIMITS: RateLimitOptions = { requests: 1000, commits: 128 };

const WINDOW = 300_000;
const HOUR = 3_600_000;

/** Counts requests and commits of one Hub. */
export class RateLimits {
  readonly #limits: RateLimitOptions;
  readonly #now: () => Date;
  #windowStart = 0;
  #requests = 0;
  readonly #commits = new Map<string, number[]>();

  constructor(limits: RateLimitOptions, now: () => Date) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Counts an API request; throws a 429 when there were too many in these 5 minutes. */
  countRequest(): void {
    const now = this.#now().getTime();
    if (now - this.#windowStart >= WINDOW) [this.#windowStart, this.#requests] = [now, 0];
    this.#requests++;
    const { requests } = this.#limits;
    if (requests === undefined || this.#requests <= requests) return;
    throw new HubError(
      429,
      `We had to rate limit you, you hit the quota of ${requests} api requests per 5 minutes period. ` +
        "See https://huggingface.co/docs/hub/rate-limits",
      { headers: { ...this.headers(), "Retry-After": String(this.#secondsLeft()) } },
    );
  }

  /** Counts a commit to `repo`; throws a 429 after too many in an hour, and only its text says how long to wait. */
  countCommit(repo: string): void {
    const { commits } = this.#limits;
    if (commits === undefined) return;
    const now = this.#now().getTime();
    const recent = (this.#commits.get(repo) ?? []).filter((at) => now - at < HOUR);
    if (recent.length >= commits) {
      const minutes = Math.ceil((recent[0]! + HOUR - now) / 60_000);
      throw new HubError(
        429,
        `You have exceeded the rate limit for repository commits (${commits} per hour). ` +
          `You can retry this action in ${minutes} minutes.`,
      );
    }
    this.#commits.set(repo, [...recent, now]);
  }

  /** The headers that every answer of the API carries. */
  headers(): Record<string, string> {
    const quota = this.#limits.requests ?? REAL_LIMITS.requests!;
    return {
      "RateLimit": `"api";r=${Math.max(quota - this.#requests, 0)};t=${this.#secondsLeft()}`,
      "RateLimit-Policy": `"fixed window";"api";q=${quota};w=${WINDOW / 1000}`,
    };
  }

  #secondsLeft(): number {
    return Math.ceil((this.#windowStart + WINDOW - this.#now().getTime()) / 1000);
  }
}
