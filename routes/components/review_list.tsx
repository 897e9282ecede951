// The reviews as people read them: an ordered list of articles.
import type { Review } from "../../db/review.ts";
import { relativeTime } from "../../islands/relative_time.ts";
import { Stars } from "./stars.tsx";

/** The reviews, newest first. */
export function ReviewList({ reviews, now }: { reviews: Review[]; now: Date }) {
  return (
    <ol class="reviews">
      {reviews.map((review) => (
        <li key={review.uid}>
          <ReviewArticle review={review} now={now} />
        </li>
      ))}
    </ol>
  );
}

/** One review. */
export function ReviewArticle({ review, now }: { review: Review; now: Date }) {
  return (
    <article class="review" data-uid={review.uid}>
      <header>
        {review.rating === null ? <span class="words">No rating</span> : (
          <>
            <Stars rating={review.rating} />
            <span class="words">{review.rating} out of 5</span>
          </>
        )}
        <time datetime={review.createdAt}>{relativeTime(review.createdAt, now)}</time>
      </header>
      {review.comments && <p class="comments" dir="auto">{review.comments}</p>}
      <p class="name" dir="auto">{review.name || "Anonymous"}</p>
    </article>
  );
}
