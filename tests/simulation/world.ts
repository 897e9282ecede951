// What a simulation consists of: a Hub, up to three instances with their disks, a witness, and what has happened so far.
import { type Hub, startHub } from "../hub/hub.ts";
import { Dice } from "./dice.ts";
import { Instance } from "./instance.ts";
import { type Disk, emptyDisk, Witness } from "./witness.ts";

/** What happened, in numbers. */
export interface Tally {
  jobs: number;
  instances: number;
  kills: number;
  faults: number;
  answered: number;
  erased: number;
  commits: number;
}

/** An instance and what its disk must hold. */
export interface Participant {
  instance: Instance;
  disk: Disk;
}

/** The world of one simulation. */
export interface World extends AsyncDisposable {
  readonly dice: Dice;
  readonly hub: Hub;
  /** `owner/name`. */
  readonly dataset: string;
  readonly witness: Witness;
  readonly folder: string;
  readonly participants: Participant[];
  /** Databases that were kept while nobody had them open. */
  readonly copies: { path: string; disk: Disk }[];
  readonly tally: Tally;
  /** What was done, in order; what was done within something else is indented. */
  readonly trace: string[];
  /** How many jobs are under way around what happens now. */
  depth: number;
  note(text: string): void;
  /** Moves the clock on. */
  wait(milliseconds: number): void;
}

const UPLOAD_MODES = [
  { weight: 14, uploadMode: "auto" },
  { weight: 5, uploadMode: "lfs" },
  { weight: 1, uploadMode: "xet" }, // takes many times as long as the others
] as const;

/** Makes the world that `seed` stands for; `folder` holds its disks. */
export async function createWorld({ seed, folder }: { seed: number; folder: string }): Promise<World> {
  const dice = new Dice(seed);
  let time = Date.UTC(2026, 0, 1);
  const { uploadMode } = dice.pickWeighted(UPLOAD_MODES);
  const hub = await startHub({ uploadMode, now: () => new Date(time += 1000) });
  // The Hub's client keeps tokens by address and dataset, and the port may be that of an earlier world.
  const dataset = `ada/reviews-${seed}`;
  const settings = { endpoint: hub.url, repo: dataset, token: "hf_local_write", private: true };
  const participants = ["A", "B", "C"].slice(0, 1 + dice.int(3)).map((name) => {
    Deno.mkdirSync(`${folder}/${name}`);
    const instance = new Instance({ name, folder: `${folder}/${name}`, settings, now: () => new Date(time) });
    return { instance, disk: emptyDisk() };
  });
  const world: World = {
    dice,
    hub,
    dataset,
    witness: new Witness(hub, dataset),
    folder,
    participants,
    copies: [],
    tally: { jobs: 0, instances: participants.length, kills: 0, faults: 0, answered: 0, erased: 0, commits: 0 },
    trace: [`uploads: ${uploadMode}`],
    depth: 0,
    note: (text) => void world.trace.push("  ".repeat(world.depth) + text),
    wait: (milliseconds) => void (time += milliseconds),
    async [Symbol.asyncDispose]() {
      for (const { instance } of participants) await instance.close();
      await hub.close();
    },
  };
  return world;
}
