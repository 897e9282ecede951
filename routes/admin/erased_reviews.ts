// Lets the admin take an erasure back for a while: the text leaves the database at once and stays in memory, nowhere else, until then.
import type { Review } from "../../db/review.ts";
import type { AppDeps } from "../deps.ts";

/** A review that can be taken back until `until`. */
export interface ErasedReview {
  review: Review;
  until: Date;
}

/** What was erased a moment ago. A restart forgets it: what was erased stays erased. */
export interface ErasedReviews {
  /** Erases the reviews and returns how many there were. */
  erase(uids: readonly string[]): Promise<number>;
  /** What can be taken back, newest first. */
  list(): ErasedReview[];
  /** Stores the reviews again, each under a new uid, and returns how many could be. */
  takeBack(uids: readonly string[]): Promise<number>;
  /** Forgets them all. */
  forget(): void;
  close(): void;
}

const HOLD_MINUTES = 10;

/** Nothing is held yet. */
export function createErasedReviews({ store, now, newUid }: Pick<AppDeps, "store" | "now" | "newUid">): ErasedReviews {
  const held = new Map<string, ErasedReview>();
  const forgetOld = () => {
    for (const [uid, { until }] of held) if (now() >= until) held.delete(uid);
  };
  const timer = setInterval(forgetOld, 30_000);
  return {
    async erase(uids) {
      let erased = 0;
      for (const uid of uids) {
        const review = await store.get(uid);
        if (review === undefined || !(await store.erase(uid))) continue;
        held.set(uid, { review, until: new Date(now().getTime() + HOLD_MINUTES * 60_000) });
        erased++;
      }
      return erased;
    },
    list() {
      forgetOld();
      return [...held.values()].reverse();
    },
    async takeBack(uids) {
      forgetOld();
      let taken = 0;
      for (const uid of uids) {
        const erased = held.get(uid);
        if (erased === undefined) continue;
        held.delete(uid); // first, so that a doubled click stores it once
        try {
          await store.putBack(erased.review, newUid());
        } catch (error) {
          held.set(uid, erased);
          throw error;
        }
        taken++;
      }
      return taken;
    },
    forget: () => held.clear(),
    close() {
      clearInterval(timer);
      held.clear();
    },
  };
}
