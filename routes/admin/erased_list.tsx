// What was erased a moment ago, with the way back.
import type { ErasedReview } from "./erased_reviews.ts";
import { ReviewText } from "./moderation_list.tsx";

/** What {@linkcode ErasedList} shows. */
export interface ErasedListProps {
  /** What can be taken back, newest first. */
  erased: ErasedReview[];
  /** The search to come back to. */
  back: string;
}

/** The list, or nothing where there is nothing to take back. */
export function ErasedList({ erased, back }: ErasedListProps) {
  if (erased.length === 0) return null;
  return (
    <section class="erased" aria-labelledby="erased">
      <h2 id="erased">Erased a moment ago</h2>
      <p>
        The text has left the database, and leaves the newest backup with the next run; older commits of the dataset
        keep it until you{" "}
        <a href="/admin/backup#erase-history">erase the history</a>. For taking it back, the memory of this server has
        it until the time beside it. A restart ends that sooner, and what was erased stays erased. A review that you
        take back keeps its date and gets a new uid.
      </p>
      <ul class="moderation">
        {erased.map(({ review, until }) => (
          <li key={review.uid}>
            <form method="post" action="/admin/take-back">
              <input type="hidden" name="uid" value={review.uid} />
              <input type="hidden" name="back" value={back} />
              <button type="submit" class="quiet" aria-describedby={`text-${review.uid}`}>Take back</button>
              <span class="note">until {until.toISOString().slice(11, 16)} UTC</span>
            </form>
            <div id={`text-${review.uid}`}>
              <ReviewText review={review} />
            </div>
          </li>
        ))}
      </ul>
      <div class="actions">
        <form method="post" action="/admin/take-back">
          {erased.map(({ review }) => <input key={review.uid} type="hidden" name="uid" value={review.uid} />)}
          <input type="hidden" name="back" value={back} />
          <button type="submit" class="quiet">Take all back</button>
        </form>
        <form method="post" action="/admin/forget">
          <input type="hidden" name="back" value={back} />
          <button type="submit" class="quiet">Forget them now</button>
        </form>
      </div>
    </section>
  );
}
