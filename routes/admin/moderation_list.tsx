// The reviews as the admin sees them: whole, with a box to tick for each and one button that erases what is ticked.
import { LATER_FIELDS } from "../../db/row.ts";
import type { Review } from "../../db/review.ts";
import type { ReviewPage } from "../../db/store.ts";
import { utcTime } from "../../islands/utc_time.ts";

/** What {@linkcode ModerationList} shows. */
export interface ModerationListProps extends ReviewPage {
  /** The search that led here, without what was just done. */
  params: URLSearchParams;
}

/** One page of the list. */
export function ModerationList({ reviews, total, next, params }: ModerationListProps) {
  const older = new URLSearchParams([...params].filter(([name]) => name !== "cursor"));
  const newest = older.toString();
  if (next !== null) older.set("cursor", next);
  return (
    <>
      <h2 id="reviews">{total === 1 ? "1 review" : `${total.toLocaleString("en")} reviews`}</h2>
      {reviews.length === 0
        ? <p class="empty">{params.size > 0 ? "No review fits this search." : "Nobody has written yet."}</p>
        : (
          <form method="post" action="/admin/erase">
            <input type="hidden" name="back" value={params.toString()} />
            <ul class="moderation">
              {reviews.map((review) => (
                <li key={review.uid}>
                  <input type="checkbox" name="uid" value={review.uid} id={review.uid} />
                  <label for={review.uid}>
                    <ReviewText review={review} />
                  </label>
                </li>
              ))}
            </ul>
            <p class="note">
              Erasing takes the text out of the database at once. For ten minutes you can take it back.
            </p>
            <button type="submit">Erase what is ticked</button>
          </form>
        )}
      {(params.has("cursor") || next !== null) && (
        <nav class="pages" aria-label="Further reviews">
          {params.has("cursor") && <a href={`/admin?${newest}`}>Newest</a>}
          {next !== null && <a href={`/admin?${older}`}>Older reviews</a>}
        </nav>
      )}
    </>
  );
}

/** All that a review says. */
export function ReviewText({ review }: { review: Review }) {
  const { rating, createdAt, name, source, comments } = review;
  return (
    <>
      <span class="facts">
        <strong>{rating === null ? "No rating" : `${rating} out of 5`}</strong>
        <bdi>{name || "Anonymous"}</bdi>
        <time datetime={createdAt}>{utcTime(createdAt)}</time>
        {source && (
          <span>
            via <bdi>{source}</bdi>
          </span>
        )}
        {LATER_FIELDS.map((field) => review[field] && <bdi key={field}>{`${field}: ${review[field]}`}</bdi>)}
      </span>
      {comments && <span class="comments" dir="auto">{comments}</span>}
    </>
  );
}
