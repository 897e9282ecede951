// The ratings at a glance: how many, how good on average, and how they spread.
import { Stars } from "../../islands/stars.tsx";
import type { ReviewStats } from "../../db/store.ts";

const RATINGS = ["5", "4", "3", "2", "1"] as const;

/** Average, number of reviews and a bar for each rating that leads to its reviews. */
export function Numbers({ stats: { total, average, counts } }: { stats: ReviewStats }) {
  const most = Math.max(1, ...Object.values(counts));
  return (
    <div id="numbers" class="numbers" data-total={total}>
      <p class="average">
        {average !== null && (
          <>
            <strong>{average.toFixed(1)}</strong>
            <span>
              <Stars rating={Math.round(average)} />
              <span class="unseen">out of 5 on average,</span>
            </span>
          </>
        )}
        <span class="total">{total === 1 ? "1 review" : `${total.toLocaleString("en")} reviews`}</span>
      </p>
      <ul class="histogram">
        {RATINGS.map((rating) => (
          <li key={rating}>
            <a href={`/?rating=${rating}#reviews`}>
              <span class="label">
                {rating} <span class="unseen">{rating === "1" ? "star" : "stars"}:</span>
              </span>
              <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                <rect class="track" width="100" height="1" />
                <rect class="fill" width={(counts[rating] / most * 100).toFixed(1)} height="1" />
              </svg>
              <span class="count">
                {counts[rating].toLocaleString("en")}
                <span class="unseen">{counts[rating] === 1 ? "review" : "reviews"}</span>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}
