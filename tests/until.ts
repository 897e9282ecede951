// Waits for a condition that nothing announces.

/** Asks `condition` again and again until it gives something other than undefined and false; fails after `withinMs`. */
export async function until<T>(
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  { withinMs = 30_000 } = {},
): Promise<T> {
  const end = performance.now() + withinMs;
  while (performance.now() < end) {
    const result = await condition();
    if (result !== undefined && result !== false) return result;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`This did not come true within ${withinMs} ms: ${condition}`);
}
