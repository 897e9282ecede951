// Keeps one sender from storing the same words again and again; texts are known as salted hashes, in memory, for one window.
import { AppError } from "../db/app_error.ts";
import { FORM_FIELDS, type NewReview } from "../db/review.ts";
import { createAddressHash } from "./http/address_hash.ts";

/** What was sent of late, and by whom. */
export interface SentTexts {
  /** Throws `invalid` where `address` has sent the same text under another uid; else notes it. */
  note(address: string, review: NewReview): void;
  /** Takes the note back, for a review that could not be stored. */
  forget(address: string, review: NewReview): void;
}

/** The oldest is forgotten when there are more. */
export const MOST_TEXTS = 10_000;

/** Nobody has sent anything yet. */
export function createSentTexts({ windowSeconds, now }: { windowSeconds: number; now: () => Date }): SentTexts {
  const hash = createAddressHash({ now });
  const keyOf = (address: string, review: NewReview) => hash(address, ...FORM_FIELDS.map((field) => review[field]));
  const texts = new Map<string, { uid: string; at: number }>(); // in the order of time

  return {
    note(address, review) {
      if (review.comments === "") return;
      const at = now().getTime();
      for (const [key, text] of texts) {
        // What lies ahead, of a clock that was set back, would stay for too long.
        if (texts.size < MOST_TEXTS && text.at > at - windowSeconds * 1000 && text.at <= at) break;
        texts.delete(key);
      }
      const key = keyOf(address, review);
      const before = texts.get(key);
      if (before === undefined) texts.set(key, { uid: review.uid, at });
      else if (before.uid !== review.uid) {
        const message = "You have sent exactly this before, and it is stored";
        throw new AppError("invalid", message, { fields: [{ field: "comments", message }] });
      }
    },
    forget(address, review) {
      const key = keyOf(address, review);
      if (texts.get(key)?.uid === review.uid) texts.delete(key);
    },
  };
}
