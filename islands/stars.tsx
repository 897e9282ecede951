// The stars of the page: one shape, to be chosen in the form and to be read in a review.

/** Five-pointed star with soft corners on a field of 24 by 24. */
const PATH =
  "M12 2.2c.5 0 .9.3 1.1.7l2.5 5.1 5.6.8c1 .1 1.4 1.4.7 2.1l-4.1 3.9 1 5.6c.2 1-.9 1.8-1.8 1.3L12 19l-5 2.7c-.9.5-2-.3-1.8-1.3l1-5.6-4.1-3.9c-.7-.7-.3-2 .7-2.1l5.6-.8 2.5-5.1c.2-.4.6-.7 1.1-.7z";

/** Draws the star once per page; every star refers to it. */
export function StarShape() {
  return (
    <svg class="unseen" aria-hidden="true" focusable="false">
      <symbol id="star" viewBox="0 0 24 24">
        <path d={PATH} />
      </symbol>
    </svg>
  );
}

/** One star of the form, hidden from assistive technology: the words beside it say the same. */
export function Star() {
  return (
    <svg class="star" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <use href="#star" />
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
