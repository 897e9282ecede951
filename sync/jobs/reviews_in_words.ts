// The number of reviews as it is told to people.

/** "1 review", "2 reviews" and so on. */
export function reviewsInWords(count: number): string {
  return count === 1 ? "1 review" : `${count} reviews`;
}
