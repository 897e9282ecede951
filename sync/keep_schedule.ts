// Keeps the schedule going when the clock is set: Deno.cron alone sleeps until a time of the old clock, be it years ahead.

/** How to keep a schedule. */
export interface KeepScheduleOptions {
  onTick: () => void;
  /** Ends the schedule. */
  signal: AbortSignal;
}

let registrations = 0;
const LOOK_EVERY = 2_000;
const JUMP = 60_000; // less than that, and a tick is late by less than a minute

/** Calls `onTick` as the cron expression `schedule` says; resolves once `signal` has ended it. */
export async function keepSchedule(
  schedule: string,
  { onTick, signal }: KeepScheduleOptions,
): Promise<void> {
  while (!signal.aborted) {
    const jumped = new AbortController();
    const offset = clockOffset();
    const timer = setInterval(() => Math.abs(clockOffset() - offset) > JUMP && jumped.abort(), LOOK_EVERY);
    signal.addEventListener("abort", () => clearInterval(timer));
    // A name of its own each time: Deno.cron keeps the deadlines of one that is registered again, and at the third time never ticks again.
    await Deno.cron(
      `schedule ${++registrations}`,
      schedule,
      { signal: AbortSignal.any([signal, jumped.signal]) },
      onTick,
    );
    clearInterval(timer);
  }
}

// The machine's clock, which Deno.cron reads, beside one that nobody can set.
function clockOffset(): number {
  return Date.now() - performance.now();
}
