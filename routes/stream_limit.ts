// Keeps one address from holding event streams open until nobody else can; who holds how many is known in memory alone, as salted hashes.
import { AppError } from "../db/app_error.ts";
import { createAddressHash } from "./address_hash.ts";

/** Counts the open streams of each address. */
export interface StreamLimit {
  /** Counts one more and returns what counts it off again; throws `too_many` past the limit. */
  take(address: string): () => void;
}

/** Streams that one address may hold open; a household or an office shares one. */
export const STREAMS_PER_ADDRESS = 50;

/** Nobody holds a stream yet. */
export function createStreamLimit({ now }: { now: () => Date }): StreamLimit {
  const hash = createAddressHash({ now });
  const open = new Map<string, number>();
  return {
    take(address) {
      const key = hash(address);
      const count = open.get(key) ?? 0;
      if (count >= STREAMS_PER_ADDRESS) {
        throw new AppError("too_many", "Too many pages are open at this address; ask for the list instead", {
          retryAfter: 60,
        });
      }
      open.set(key, count + 1);
      let isOpen = true;
      return () => {
        if (!isOpen) return;
        isOpen = false;
        const left = (open.get(key) ?? 1) - 1;
        if (left > 0) open.set(key, left);
        else open.delete(key);
      };
    },
  };
}
