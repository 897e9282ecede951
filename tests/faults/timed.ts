// A running backup whose time a test moves on by hand, so that minutes between two commits pass in a moment.
import { type Hub, type HubOptions, startHub } from "../hub/hub.ts";
import { until } from "../until.ts";
import { VirtualClock } from "../virtual_clock.ts";
import { DISTANCE_MS } from "../../sync/running_backup.ts";
import type { BackupStatus } from "../../sync/status.ts";
import { type Instance, startInstance } from "./instance.ts";
import { type Running, startRunning } from "./running.ts";

/** How to start a {@linkcode Timed}. */
export interface TimedOptions {
  settings?: Parameters<typeof startRunning>[2];
  hub?: Omit<HubOptions, "now">;
  /** What there is before it starts. */
  prepare?: (hub: Hub) => Promise<void>;
}

/** A backup in this process, with a schedule that never comes. */
export interface Timed extends AsyncDisposable {
  hub: Hub;
  here: Instance;
  running: Running;
  clock: VirtualClock;
  /** The time of day at which it began, in milliseconds. */
  began: number;
  /** When the Hub was asked for commits since the start, in ticks; those that it made unless `all` are wanted. */
  commits(options?: { all: boolean }): number[];
  /** Lets seconds pass, none while it uploads, until `holds` gives something that is true. */
  passUntil(holds: (status: BackupStatus) => unknown): Promise<void>;
}

/** Starts it on an empty disk. */
export async function startTimed({ settings, hub: options, prepare }: TimedOptions = {}): Promise<Timed> {
  const began = Date.now(); // which is what the jobs in their Workers take the time for
  const clock = new VirtualClock();
  clock.repeat = (_schedule, { signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
  const now = () => new Date(began + clock.ticks());
  const hub = await startHub({ ...options, now });
  await prepare?.(hub);
  hub.requests.length = 0;
  const here = await startInstance(hub, { now });
  const running = startRunning(hub, here, { now, clock, distanceMs: DISTANCE_MS, ...settings });
  return {
    hub,
    here,
    running,
    clock,
    began,
    commits({ all } = { all: false }) {
      const asked = hub.requests.filter(({ method, path }) => method === "POST" && /\/commit\//.test(path));
      return asked.filter(({ status }) => all || status === 200).map(({ at }) => at.getTime() - began);
    },
    passUntil: (holds) =>
      until(async () => {
        const status = running.backup.status();
        if (await holds(status)) return true;
        if (status.state !== "uploading") await clock.pass(1_000);
        return false;
      }, { withinMs: 20_000 }).then(() => {}),
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      await here[Symbol.asyncDispose]();
      await hub.close();
    },
  };
}
