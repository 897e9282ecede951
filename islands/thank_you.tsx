// Says thank you, shows the review as it was stored, and says apart from that whether it is backed up.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Review } from "../db/review.ts";
import type { BackupStatus } from "../sync/status.ts";
import { thanksLine } from "./backup_text.ts";
import { getJson } from "./get_json.ts";
import { listen } from "./live.ts";
import { ReviewArticle } from "./review_article.tsx";

/** What the thank-you shows; plain JSON, because it travels in the page. */
export interface ThankYouProps {
  /** The review as it was stored. */
  review: Review;
  /** How the backup stands; null where it is still to be asked for. */
  status: BackupStatus | null;
  /** Where another review can be sent. */
  again: string;
  /** The server's time in milliseconds since 1970. */
  now: number;
  /** Whether the heading takes the focus as soon as it is there. */
  focus: boolean;
}

/** The thank-you in place of the form. */
export function ThankYou({ review, again, now, focus, ...props }: ThankYouProps) {
  const [status, setStatus] = useState(props.status);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => listen("status", setStatus), []);
  useEffect(() => {
    if (focus) heading.current?.focus();
    if (props.status === null) getJson<BackupStatus>("/api/status").then(setStatus, () => {}); // the next change tells
  }, []);
  return (
    <section class="thanks" aria-labelledby="thanks">
      <h2 id="thanks" tabIndex={-1} ref={heading}>Thank you</h2>
      <p>
        Your review is stored. <span role="status">{status && thanksLine(status, review.createdAt)}</span>
      </p>
      <ReviewArticle review={review} now={new Date(now)} />
      <p>
        <a class="button" href={again}>Send another</a>
      </p>
    </section>
  );
}
