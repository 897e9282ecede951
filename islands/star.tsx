// The shape of every star on the page, drawn once.

/** Five-pointed star with soft corners on a field of 24 by 24. */
export const STAR_PATH =
  "M12 2.6c.5 0 .9.3 1.100.7l2.300 4.700 5.200.8c1 .1 1.400 1.300.7 2l-3.800 3.700.9 5.200c.2 1-.8 1.700-1.700 1.200L12 18.500l-4.700 2.400c-.9.5-1.900-.2-1.700-1.200l.9-5.200-3.800-3.700c-.7-.7-.3-1.900.7-2l5.200-.8 2.300-4.700c.2-.4.600-.7 1.100-.7z";

/** One star, hidden from assistive technology: the words beside it say the same. */
export function Star() {
  return (
    <svg class="star" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={STAR_PATH} />
    </svg>
  );
}
