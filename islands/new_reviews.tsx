// Announces new reviews as a button, so that nothing moves under the reader's eyes, and takes erased ones out.
import { useEffect, useState } from "preact/hooks";
import { listen } from "./live.ts";
import { articleOf, refreshReviews } from "./refresh_reviews.ts";

/** What the button starts from; plain JSON, because it travels in the page. */
export interface NewReviewsProps {
  /** How many reviews there were when the page was made. */
  total: number;
}

/** The button "3 new reviews", or nothing. */
export function NewReviews(props: NewReviewsProps) {
  const [heard, setHeard] = useState<string[]>([]);
  const [total, setTotal] = useState(props.total);
  const [known, setKnown] = useState(props.total);
  // Both may tell of the same review, so they are not added up.
  const fresh = Math.max(heard.length, total - known);
  useEffect(() =>
    listen("review", ({ uid }) => {
      if (articleOf(uid) === null) setHeard((uids) => [...new Set([...uids, uid])]);
    }), []);
  useEffect(() => listen("total", setTotal), []);
  useEffect(() => listen("erased", ({ uid }) => blank(articleOf(uid))), []);
  useEffect(() =>
    listen("refreshed", (shown) => {
      setKnown(shown);
      setTotal(shown);
      setHeard([]);
    }), []);
  return (
    <div class="news" role="status">
      {fresh > 0 && (
        <button type="button" onClick={() => refreshReviews({ focus: true })}>
          {fresh === 1 ? "1 new review" : `${fresh} new reviews`}
        </button>
      )}
    </div>
  );
}

// The place stays as tall as it was, so that what is below does not jump.
function blank(article: HTMLElement | null): void {
  if (article === null) return;
  article.style.minHeight = `${article.offsetHeight}px`;
  article.textContent = "This review was erased.";
  article.classList.add("erased");
}
