// One review as people read it, in the list and in the thank-you.
import type { Review } from "../db/review.ts";
import { relativeTime } from "./relative_time.ts";
import { Stars } from "./stars.tsx";
import { utcTime } from "./utc_time.ts";

/** What {@linkcode ReviewArticle} shows. */
export interface ReviewArticleProps {
  review: Review;
  /** For how long ago it was sent. */
  now: Date;
}

/** The review with its rating in stars and in words. */
export function ReviewArticle({ review, now }: ReviewArticleProps) {
  const { uid, rating, createdAt, comments, name, source } = review;
  return (
    <article class="review" data-uid={uid}>
      <header>
        {rating !== null && rating >= 1 && rating <= 5 ? <Stars rating={rating} /> : null}
        <span class="words">{rating === null ? "No rating" : `${rating} out of 5`}</span>
        <time datetime={createdAt} title={utcTime(createdAt)}>
          {relativeTime(createdAt, now)}
        </time>
      </header>
      {comments && <p class="comments" dir="auto">{comments}</p>}
      <footer>
        <bdi class="name">{name || "Anonymous"}</bdi>
        {source && (
          <a class="source" href={`/?source=${encodeURIComponent(source)}#reviews`}>
            via <bdi>{source}</bdi>
          </a>
        )}
      </footer>
    </article>
  );
}
