// The reviews as people read them: an ordered list of articles, and the way to older ones.
import type { Review } from "../../db/review.ts";
import type { ReviewQuery } from "../../db/store.ts";
import { ReviewArticle } from "../../islands/review_article.tsx";

/** What {@linkcode ReviewList} shows. */
export interface ReviewListProps {
  /** Those of this page, newest first. */
  reviews: Review[];
  /** How many fit the filter, on all pages together. */
  total: number;
  /** Cursor of the page with older ones. */
  next: string | null;
  /** What was asked for. */
  query: ReviewQuery;
  /** Whether earlier reviews are still on their way from the dataset. */
  restoring: boolean;
  /** When the page is made, for how long ago things were. */
  now: Date;
}

/** One page of the list, or why it is empty. */
export function ReviewList({ reviews, total, next, query, restoring, now }: ReviewListProps) {
  const { q, rating, source, cursor } = query;
  const filter = { ...(q && { q }), ...(rating && { rating: String(rating) }), ...(source && { source }) };
  const isFiltered = Object.keys(filter).length > 0;
  const address = (more: Record<string, string>) => `/?${new URLSearchParams({ ...filter, ...more })}#reviews`;
  return (
    <div id="list">
      <h2 id="reviews" tabIndex={-1}>
        {isFiltered ? `${total.toLocaleString("en")} found` : cursor === undefined ? "Latest reviews" : "Older reviews"}
      </h2>
      {restoring && <p class="empty">Earlier reviews are being restored and will be here in a moment.</p>}
      {reviews.length === 0 && !restoring && (
        <p class="empty">{isFiltered ? "No review fits this search." : "Nobody has written yet. Be the first."}</p>
      )}
      {reviews.length > 0 && (
        <ol class="reviews">
          {reviews.map((review) => (
            <li key={review.uid}>
              <ReviewArticle review={review} now={now} />
            </li>
          ))}
        </ol>
      )}
      {(cursor !== undefined || next !== null) && (
        <nav class="pages" aria-label="Further reviews">
          {cursor !== undefined && <a href={address({})}>Newest</a>}
          {next !== null && <a href={address({ cursor: next })}>Older reviews</a>}
        </nav>
      )}
    </div>
  );
}
