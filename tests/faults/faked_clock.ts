// Lets a real process live by a clock that the test sets, with the system's libfaketime (Debian: `apt install faketime`).
import { existsSync } from "node:fs";

const LIBRARY = `/usr/lib/${Deno.build.arch}-linux-gnu/faketime/libfaketime.so.1`;

/** The clock of one process. */
export interface FakedClock {
  /** Settings for the process. */
  env: Record<string, string>;
  /** Sets the time of day, leaving alone what measures durations, as somebody does who sets a machine's clock. */
  set(time: string): void;
}

/** A clock that is set by the file `path`, at first to `time`. */
export function settableClock(path: string, time: string): FakedClock {
  const set = (time: string) => {
    // A file that is being written must not be read.
    Deno.writeTextFileSync(`${path}.new`, `@${time.slice(0, 10)} ${time.slice(11, 19)}\n`);
    Deno.renameSync(`${path}.new`, path);
  };
  set(time);
  const file = { FAKETIME_TIMESTAMP_FILE: path, FAKETIME_NO_CACHE: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1" };
  return { env: { LD_PRELOAD: LIBRARY, TZ: "UTC", ...file }, set };
}

/** Settings for a process for which everything goes that many times faster, the time of day as well as its timers. */
export function fasterClock(times: number): Record<string, string> {
  return { LD_PRELOAD: LIBRARY, FAKETIME: `+0 x${times}` };
}

/** Registers a test that needs libfaketime; without it, it is left out by name. */
export function clockTest(name: string, fn: () => Promise<void>): void {
  const ignore = !existsSync(LIBRARY);
  Deno.test({ name: ignore ? `${name} [left out: install libfaketime]` : name, ignore, fn });
}
