// Wakes the islands of the page: finds each place that the server marked and lets Preact take over what is already there.
import { type ComponentType, hydrate } from "preact";
import { ReviewForm } from "./review_form.tsx";

// deno-lint-ignore no-explicit-any -- each island is hydrated with the props that the server gave the same component
const ISLANDS: Record<string, ComponentType<any>> = { ReviewForm };

for (const place of document.querySelectorAll<HTMLElement>("[data-island]")) {
  const Island = ISLANDS[place.dataset.island ?? ""];
  if (Island) hydrate(<Island {...JSON.parse(place.dataset.props ?? "{}")} />, place);
  place.dataset.hydrated = "";
}
