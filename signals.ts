// The signals by which people and systems end Hearback.

/** Aborts `first` with the first SIGTERM or SIGINT and `second` with a later one. */
export function listenForSignals(): { first: AbortSignal; second: AbortSignal } {
  const first = new AbortController();
  const second = new AbortController();
  let firstAt = 0;
  const onSignal = () => {
    // `deno task` passes on the Ctrl-C that the terminal has sent already: the same one arrives twice at once.
    if (first.signal.aborted && performance.now() - firstAt > 500) second.abort();
    if (!first.signal.aborted) firstAt = performance.now();
    first.abort();
  };
  Deno.addSignalListener("SIGTERM", onSignal);
  Deno.addSignalListener("SIGINT", onSignal);
  return { first: first.signal, second: second.signal };
}
