// Search and filters as a plain GET form, so that an address says what is shown.
import type { ReviewQuery } from "../../db/store.ts";

/** What {@linkcode FilterForm} needs. */
export interface FilterFormProps {
  /** The filter that holds. */
  query: ReviewQuery;
  /** Path of the page that shows the list. */
  action?: string;
}

/** The form, filled with the filter that holds. */
export function FilterForm({ query: { q, rating, source }, action = "/" }: FilterFormProps) {
  const isFiltered = q !== undefined || rating !== undefined || source !== undefined;
  return (
    <form class="filter" method="get" action={`${action}#reviews`} role="search" aria-label="Reviews">
      <div>
        <label for="filter-q">Search in reviews</label>
        <input id="filter-q" name="q" type="search" defaultValue={q ?? ""} dir="auto" />
      </div>
      <div>
        <label for="filter-rating">Rating</label>
        <select id="filter-rating" name="rating">
          <option value="">any</option>
          {[5, 4, 3, 2, 1].map((value) => <option key={value} value={value} selected={value === rating}>{value}
          </option>)}
        </select>
      </div>
      {source !== undefined && <input type="hidden" name="source" value={source} />}
      <button type="submit" class="quiet">Search</button>
      {isFiltered && <a href={`${action}#reviews`}>Show all</a>}
    </form>
  );
}
