// Keeps one address from taking more than its share; who took how much is known as salted hashes, in memory, until its window is over.
import type { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
// This class alone: the whole package brings what it has for a dozen databases, about 10 ms of every start.
import Limiter from "rate-limiter-flexible/lib/RateLimiterMemory.js";
import { AppError } from "../../db/app_error.ts";
import { createAddressHash } from "./address_hash.ts";
import type { AppDeps } from "../deps.ts";

/** Counts by address, on the clock of the machine. */
export interface AddressLimit {
  /** Counts one more before it returns, so that nothing slips through between a look and the count. */
  take(address: string): Taken;
  /** Forgets everybody and leaves no timer behind. */
  close(): void;
}

/** One that was counted. */
export interface Taken {
  /** Throws `too_many` past the limit; what was refused does not count. */
  admitted: Promise<void>;
  /** Takes it back before it returns; a second call does nothing. */
  giveBack(): void;
}

/** How many an address may have, and what those are told who want more. */
export interface AddressLimitOptions {
  max: number;
  /** From the first one on, at most 24 hours, because timers cannot wait for long; 0 counts until it is given back. */
  windowSeconds: number;
  message: (retryAfter: number) => string;
  now: () => Date;
}

/** The limits of one application; null where nobody is limited. */
export type AddressLimits = ReturnType<typeof createAddressLimits>;

/** Event streams that one address may hold open; a household or an office shares one. */
export const STREAMS_PER_ADDRESS = 50;

/** Limits of submits, of open event streams and of wrong admin tokens; nobody has taken anything yet. */
export function createAddressLimits({ settings: { rateLimit }, now }: Pick<AppDeps, "settings" | "now">) {
  const submits = rateLimit && createAddressLimit({
    ...rateLimit,
    message: (seconds) => `Those were many reviews in a short time; the next one can be sent ${inWords(seconds)}`,
    now,
  });
  const streams = rateLimit && createAddressLimit({
    max: STREAMS_PER_ADDRESS,
    windowSeconds: 0,
    message: () => "Too many pages are open at this address; ask for the list instead",
    now,
  });
  const attempts = createAddressLimit({
    max: 10,
    windowSeconds: 600,
    message: (seconds) => `That was wrong too often; try again in ${Math.ceil(seconds / 60)} minutes`,
    now,
  });
  const close = () => [submits, streams, attempts].forEach((limit) => limit?.close());
  return { submits, streams, attempts, close };
}

/** One limit; nobody has taken anything yet. */
export function createAddressLimit({ max, windowSeconds, message, now }: AddressLimitOptions): AddressLimit {
  const hash = createAddressHash({ now });
  const limiter: RateLimiterMemory = new Limiter({ points: max, duration: windowSeconds, keyPrefix: "" });

  const giveBack = async (key: string) => {
    const { consumedPoints } = await limiter.reward(key);
    if (consumedPoints > 0) return;
    // None is left, so nothing is kept of this address. What came after the reward must not go with it: it is counted anew.
    const [left] = await Promise.all([limiter.get(key), limiter.delete(key)]);
    if (left !== null && left.consumedPoints > 0) await limiter.penalty(key, left.consumedPoints);
  };

  return {
    take(address) {
      const key = hash(address); // kept, because tomorrow the same address has another
      let isTaken = true;
      const taken = {
        admitted: limiter.consume(key).then(() => {}, ({ msBeforeNext }: RateLimiterRes) => {
          taken.giveBack();
          // After a clock was set back it is more than the window, and yet the library's timer ends the window in time.
          const retryAfter = windowSeconds === 0 ? 60 : Math.min(Math.ceil(msBeforeNext / 1000), windowSeconds);
          throw new AppError("too_many", message(retryAfter), { retryAfter });
        }),
        giveBack() {
          if (isTaken) giveBack(key);
          isTaken = false;
        },
      };
      return taken;
    },
    close: () => limiter.dump().storage.forEach(({ key }) => limiter.delete(key)),
  };
}

function inWords(seconds: number): string {
  return seconds <= 90 ? `in ${seconds} seconds` : `in ${Math.ceil(seconds / 60)} minutes`;
}
