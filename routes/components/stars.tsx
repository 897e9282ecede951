// A rating as stars for the eye and as words for everybody else.
import { STAR_PATH } from "../../islands/star.tsx";

/** Draws the star once per page; every {@linkcode Stars} refers to it. */
export function StarShape() {
  return (
    <svg class="unseen" aria-hidden="true" focusable="false">
      <symbol id="star" viewBox="0 0 24 24">
        <path d={STAR_PATH} />
      </symbol>
    </svg>
  );
}

/** Five stars of which `rating` are filled. */
export function Stars({ rating }: { rating: number }) {
  return (
    <svg class="stars" viewBox="0 0 120 24" aria-hidden="true" focusable="false">
      {[0, 1, 2, 3, 4].map((index) => (
        <use key={index} href="#star" x={index * 24} width="24" height="24" class={index < rating ? "on" : "off"} />
      ))}
    </svg>
  );
}
