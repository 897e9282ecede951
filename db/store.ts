// The store of reviews as the rest of Hearback sees it; it says nothing of SQLite, so that another store can stand behind it.
import type { NewReview, Review } from "./review.ts";

/** Which reviews to list; every part is optional and all given parts must hold. */
export interface ReviewFilter {
  /** Text that name or comments contain, in any case. */
  q?: string;
  /** False looks for `q` in the comments alone, where names are not public; a search must not give them away. */
  namesToo?: boolean;
  /** Exactly this rating, 1 to 5. */
  rating?: number;
  /** Exactly this source. */
  source?: string;
}

/** A page of the list. */
export interface ReviewQuery extends ReviewFilter {
  /** How many, 1 to 100. */
  limit: number;
  /** `next` of the page before; without it the newest come first. */
  cursor?: string;
}

/** One page of reviews, newest first. */
export interface ReviewPage {
  reviews: Review[];
  /** How many reviews match the filter on all pages together. */
  total: number;
  /** Cursor of the page of older reviews, or null on the last page. */
  next: string | null;
}

/** Numbers about all reviews. */
export interface ReviewStats {
  total: number;
  /** Mean of the ratings 1 to 5, or null without any. */
  average: number | null;
  /** How many reviews gave each rating; rows without a rating from 1 to 5 count in `total` alone. */
  counts: { "1": number; "2": number; "3": number; "4": number; "5": number };
}

/** What {@linkcode ReviewStore.add} did. */
export interface AddResult {
  review: Review;
  /** False when this uid was stored before; `review` is then the one stored first. */
  created: boolean;
}

/** Something that changed in the store, told after it is on disk. */
export interface StoreChange {
  /** New reviews, oldest first; empty where `reload` is set. */
  added: Review[];
  /** uids of reviews that are gone. */
  erased: string[];
  /** More changed than is worth telling one by one: read again what is shown. */
  reload: boolean;
}

/** Where reviews live. Every method may reject with an `AppError` of code `busy` or `disk_full`. */
export interface ReviewStore {
  /** Stores a review; resolves once it is on disk. A uid that was erased is refused with code `invalid`. */
  add(review: NewReview): Promise<AddResult>;
  get(uid: string): Promise<Review | undefined>;
  /** Refuses a cursor that it did not hand out with code `malformed`. */
  list(query: ReviewQuery): Promise<ReviewPage>;
  stats(): Promise<ReviewStats>;
  /** Every matching review, oldest first, in slices short enough that memory stays flat and submits go on. */
  export(filter: ReviewFilter): AsyncIterable<Review[]>;
  /** Removes the review's text for good and remembers its uid as erased; false when there is no such review. */
  erase(uid: string): Promise<boolean>;
  /** Stores an erased review again under another uid, because an erasure is for ever; time and, where it is free, id stay. */
  putBack(review: Review, uid: string): Promise<Review>;
  /** A number that grows with every change, for caching what was made from the store. */
  version(): number;
  /** How many changes (reviews and erasures) no backup holds yet. */
  pending(): number;
  /** Calls `listener` after each change, until the returned function is called. */
  subscribe(listener: (change: StoreChange) => void): () => void;
  /** Looks whether others wrote to what lies beneath; if so, reads again what is kept in memory and tells subscribers. */
  refresh(): Promise<void>;
  /** Finishes what is under way and closes; later calls reject. */
  close(): Promise<void>;
}
