// Does one thing a given number of times, some at once: wrk knows only how long to go on.

/** Calls `act` so many times, never more than `atOnce` of them at the same time. */
export async function inParallel(
  { times, atOnce }: { times: number; atOnce: number },
  act: () => Promise<void>,
): Promise<void> {
  let left = times;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (left-- > 0) await act();
  }));
}
