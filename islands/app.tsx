// Wakes the islands of the page: finds each place that the server marked and lets Preact take over what is already there.
import { type ComponentType, hydrate } from "preact";
import { BackupBadge } from "./backup_badge.tsx";
import { followHeight } from "./embed_frame.ts";
import { startLive } from "./live.ts";
import { NewReviews } from "./new_reviews.tsx";
import { relativeTime } from "./relative_time.ts";
import { ReviewForm } from "./review_form.tsx";
import { ThankYou } from "./thank_you.tsx";

// deno-lint-ignore no-explicit-any -- each island is hydrated with the props that the server gave the same component
const ISLANDS: Record<string, ComponentType<any>> = { BackupBadge, NewReviews, ReviewForm, ThankYou };
const TICK_MS = 30_000;

for (const place of document.querySelectorAll<HTMLElement>("[data-island]")) {
  const Island = ISLANDS[place.dataset.island ?? ""];
  if (Island) hydrate(<Island {...JSON.parse(place.dataset.props ?? "{}")} />, place);
  place.dataset.hydrated = "";
}
const { since, embed } = document.body.dataset;
if (since !== undefined) startLive(since);
if (embed !== undefined) followHeight();

setInterval(() => {
  for (const time of document.querySelectorAll<HTMLTimeElement>("#list time")) {
    time.textContent = relativeTime(time.dateTime, new Date());
  }
}, TICK_MS);
