// The log: one line for each thing that happened, on standard output.

/** Logs an entry: `event` names what happened, `message` says it for people, the rest are facts. */
export type Log = (entry: Record<string, unknown>) => void;

/** Prints each entry as one line: JSON for programs, or time, event and the rest for people. */
export function createLog(format: "json" | "text"): Log {
  let lines: string[] = [];
  let time = "";
  const print = () => {
    if (lines.length > 0) console.log(lines.join("\n"));
    lines = [];
  };
  // Lines of the same moment are printed at once; none may be left behind, whichever way the process ends.
  for (const end of ["unload", "error", "unhandledrejection"]) addEventListener(end, print);
  return (entry) => {
    if (lines.length === 0) {
      setImmediate(print);
      time = new Date().toISOString();
    }
    if (format === "json") lines.push(`{"time":"${time}",${JSON.stringify(entry).slice(1)}`);
    else {
      const { event, message, ...facts } = entry;
      const words = Object.entries(facts).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
      lines.push([time, event, ...(message === undefined ? [] : [message]), ...words].join(" "));
    }
  };
}

/** Logs what nobody caught, such as a mistake in a listener, and lets the process go on: ending it would cost the last backup. */
export function logUncaught(log: Log): void {
  const on = (event: ErrorEvent | PromiseRejectionEvent) => {
    event.preventDefault();
    const error = event instanceof ErrorEvent ? event.error : event.reason;
    log({ event: "unexpected", message: error instanceof Error ? error.message : String(error), stack: error?.stack });
  };
  addEventListener("error", on);
  addEventListener("unhandledrejection", on);
}
