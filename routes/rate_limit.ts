// Keeps one sender from flooding the page; who sent what is known only as salted hashes, in memory, for one window.
import { AppError } from "../db/app_error.ts";
import type { NewReview } from "../db/review.ts";
import { createAddressHash } from "./address_hash.ts";

/** How many submits one address may make in how long. */
export interface RateLimitOptions {
  max: number;
  windowSeconds: number;
  now: () => Date;
}

/** Counts submits. */
export interface RateLimit {
  /**
   * Counts `review` from `address`; throws `too_many` past the limit and `invalid` for a text that the same address has
   * sent before. The returned function takes the count back, for a submit that could not be stored.
   */
  take(address: string, review: NewReview): () => void;
}

/** A rate limit that nobody has used yet. */
export function createRateLimit({ max, windowSeconds, now }: RateLimitOptions): RateLimit {
  const hash = createAddressHash({ now });
  const times = new Map<string, number[]>();
  const texts = new Map<string, { uid: string; at: number }>();
  let sweptAt = 0;

  return {
    take(address, { uid, name, rating, comments }) {
      const at = now().getTime();
      // A clock that was set back must not lock anybody out: what lies ahead counts as gone.
      const isRecent = (time: number) => time > at - windowSeconds * 1000 && time <= at;
      if (!isRecent(sweptAt)) {
        for (const [key, all] of times) if (!all.some(isRecent)) times.delete(key);
        for (const [key, text] of texts) if (!isRecent(text.at)) texts.delete(key);
        sweptAt = at;
      }
      const sender = hash(address);
      const recent = (times.get(sender) ?? []).filter(isRecent);
      const [oldest = at] = recent;
      if (recent.length >= max) {
        const retryAfter = Math.ceil((oldest + windowSeconds * 1000 - at) / 1000);
        throw new AppError(
          "too_many",
          `That were many reviews in a short time; the next one can be sent ${inWords(retryAfter)}`,
          {
            retryAfter,
          },
        );
      }
      const text = hash(address, name, rating, comments);
      const before = texts.get(text);
      if (comments !== "" && before !== undefined && before.uid !== uid && isRecent(before.at)) {
        const message = "You have sent exactly this before, and it is stored";
        throw new AppError("invalid", message, { fields: [{ field: "comments", message }] });
      }
      times.set(sender, [...recent, at]);
      if (before === undefined) texts.set(text, { uid, at });
      return () => {
        times.set(sender, (times.get(sender) ?? []).filter((time) => time !== at));
        if (before === undefined) texts.delete(text);
      };
    },
  };
}

function inWords(seconds: number): string {
  return seconds <= 90 ? `in ${seconds} seconds` : `in ${Math.ceil(seconds / 60)} minutes`;
}
