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
