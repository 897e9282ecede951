// What people and programs do with a running Hearback, for tests that run it as a process.
import assert from "node:assert/strict";
import type { Review } from "../../db/review.ts";
import type { BackupStatus } from "../../sync/status.ts";

/** Anything that listens. */
interface Listening {
  /** Ends in `/`. */
  url: string;
}

/** Sends a review and returns it as stored. */
export async function sendReview({ url }: Listening, comments: string): Promise<Review> {
  const answer = await fetch(`${url}api/reviews`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ rating: 4, comments }),
  });
  const stored = await answer.json();
  assert.equal(answer.status, 201, JSON.stringify(stored));
  return stored;
}

/** The backup's state as it tells it. */
export async function statusOf({ url }: Listening): Promise<BackupStatus> {
  return await (await fetch(`${url}api/status`)).json();
}

/** Asks for a backup as the admin; `ADMIN_TOKEN` must be "swordfish". */
export async function backUpNow({ url }: Listening): Promise<void> {
  const headers = { Authorization: "Bearer swordfish" };
  const answer = await fetch(`${url}api/backup`, { method: "POST", headers });
  assert.equal(answer.status, 202, await answer.text());
}

/** The comments of all reviews that are shown (at most 100), oldest first. */
export async function commentsOf({ url }: Listening): Promise<(string | null)[]> {
  const { reviews }: { reviews: Review[] } = await (await fetch(`${url}api/reviews?limit=100`)).json();
  return reviews.map(({ comments }) => comments).reverse();
}
