// The clock that the backup waits by, so that a simulation can let days pass in a moment.
import { keepSchedule } from "./keep_schedule.ts";

/** Waits and repeats. */
export interface Clock {
  /** Milliseconds since some moment; they only grow, whatever is done to the wall clock. */
  ticks(): number;
  /** Calls `work` once, `ms` milliseconds from now; the returned function cancels that. */
  after(ms: number, work: () => void): () => void;
  /** Calls `onTick` as a cron expression says; resolves once `signal` has ended it. */
  repeat(schedule: string, options: { onTick: () => void; signal: AbortSignal }): Promise<void>;
}

/** The machine's own. */
export const machineClock: Clock = {
  ticks: () => performance.now(),
  after(ms, work) {
    const handle = setTimeout(work, ms);
    return () => clearTimeout(handle);
  },
  repeat: keepSchedule,
};

/** Milliseconds that a stop waits for the schedule to end. */
export const SCHEDULE_PATIENCE = 1_000;

/** Resolves when `promise` does, and after `ms` milliseconds in any case. */
export async function within(ms: number, promise: Promise<unknown>, clock: Pick<Clock, "after">): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(ms, resolve);
  await Promise.race([promise, late]);
  cancel();
}
