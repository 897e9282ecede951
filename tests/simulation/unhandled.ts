// Errors that nobody handles would end the process of a real Hearback, so a simulation has to notice them and go on.

/** Collects what nobody handles until `end()`, which returns it as breaches of the law. */
export function watchErrors(): { end(): string[] } {
  const problems: string[] = [];
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    problems.push(`an error that nobody handles would end the process: ${event.reason}`);
  };
  const onError = (event: Event) => {
    event.preventDefault();
    const { message = "" } = event as ErrorEvent;
    if (!message.includes("listener's mistake")) problems.push(`an error that nobody handles: ${message}`);
  };
  globalThis.addEventListener("unhandledrejection", onRejection);
  globalThis.addEventListener("error", onError);
  return {
    end() {
      globalThis.removeEventListener("unhandledrejection", onRejection);
      globalThis.removeEventListener("error", onError);
      return problems;
    },
  };
}
