// What a simulation consists of: a Hub, up to three instances with their disks, a witness, and what has happened so far.
import { type Hub, startHub } from "../hub/hub.ts";
import { Dice } from "./dice.ts";
import { type Disk, emptyDisk } from "./disk.ts";
import { Instance } from "./instance.ts";
import { SCHEDULES, VirtualTime } from "./virtual_time.ts";
import { HEARBACK, Witness } from "./witness.ts";

/** What happened, in numbers. */
export interface Tally {
  jobs: number;
  instances: number;
  kills: number;
  stops: number;
  wishes: number;
  faults: number;
  answered: number;
  erased: number;
  commits: number;
  foreignCommits: number;
}

/** A stop that is under way. */
export interface Stop {
  /** When its deadline ends it. */
  until: number;
  /** Whether it has to save everything unless something goes wrong from now on, and how often that had happened by then. */
  wasWell: boolean;
  strikes: number;
  /** What it resolved with. */
  saved?: boolean;
  /** What is done to the disk once it is over, and whether the instance starts again then. */
  disk: "kept" | "lost" | "older";
  startsAgain: boolean;
}

/** An instance and what its disk must hold. */
export interface Participant {
  instance: Instance;
  disk: Disk;
  stop?: Stop | undefined;
}

/** The world of one simulation. */
export interface World extends AsyncDisposable {
  readonly dice: Dice;
  readonly hub: Hub;
  /** `owner/name`. */
  readonly dataset: string;
  readonly witness: Witness;
  readonly folder: string;
  readonly time: VirtualTime;
  readonly participants: Participant[];
  /** Databases that were kept while nobody had them open. */
  readonly copies: { path: string; disk: Disk }[];
  readonly tally: Tally;
  /** What was done, in order; what was done within something else is indented. */
  readonly trace: string[];
  /** How many jobs are under way around what happens now. */
  depth: number;
  /** Requests that went wrong in a way that required work has to suffer from. */
  strikes: number;
  /** Undoes what lasts, such as a storage that denies files. */
  readonly lasting: (() => void)[];
  /** When everybody slept, in virtual time. */
  readonly sleeps: { from: number; to: number }[];
  note(text: string): void;
  /** Numbers jobs, wishes and foreign rows. */
  count(): number;
}

const UPLOAD_MODES = [
  { weight: 14, uploadMode: "auto" },
  { weight: 5, uploadMode: "lfs" },
  { weight: 1, uploadMode: "xet" }, // takes many times as long as the others
] as const;
const START = Date.UTC(2026, 0, 1);

/** Makes the world that `seed` stands for; `folder` holds its disks. Nobody runs yet. */
export async function createWorld({ seed, folder }: { seed: number; folder: string }): Promise<World> {
  const dice = new Dice(seed);
  const time = new VirtualTime();
  const now = () => new Date(START + time.now);
  const { uploadMode } = dice.pickWeighted(UPLOAD_MODES);
  const hub = await startHub({ uploadMode, now });
  hub.addToken(STRANGER, { user: "eve", write: true, orgs: [HEARBACK] });
  // The Hub's client keeps tokens by address and dataset, and the port may be that of an earlier world.
  const dataset = `${HEARBACK}/reviews-${seed}`;
  const witness = new Witness(hub, dataset);
  const settings = {
    dataset,
    private: true,
    endpoint: hub.url,
    schedule: dice.pick([...Object.keys(SCHEDULES), "* * * * *", "* * * * *"]),
    soonSeconds: dice.pick([0, 5, 5, 20, null]),
    squashAfter: dice.pick([0, 3, 4, 5, 6, 8, 10]),
  };
  let counted = 0;
  const count = () => ++counted;
  const participants = ["A", "B", "C"].slice(0, 1 + dice.int(3)).map((name) => {
    Deno.mkdirSync(`${folder}/${name}`);
    const token = `hf_local_${name}`;
    hub.addToken(token, { user: HEARBACK, write: true });
    const onProblem = (problem: string) => void witness.problems.push(problem);
    const options = {
      name,
      folder: `${folder}/${name}`,
      settings: { ...settings, token },
      now,
      time,
      count,
      onProblem,
    };
    return { instance: new Instance(options), disk: emptyDisk() };
  });
  const none = {
    jobs: 0,
    kills: 0,
    stops: 0,
    wishes: 0,
    faults: 0,
    answered: 0,
    erased: 0,
    commits: 0,
    foreignCommits: 0,
  };
  const { schedule, soonSeconds, squashAfter } = settings;
  const world: World = {
    dice,
    hub,
    dataset,
    witness,
    folder,
    time,
    participants,
    copies: [],
    tally: { ...none, instances: participants.length },
    trace: [`uploads: ${uploadMode}, schedule: ${schedule}, soon: ${soonSeconds}, squash after: ${squashAfter}`],
    depth: 0,
    strikes: 0,
    lasting: [],
    sleeps: [],
    note: (text) => void world.trace.push("  ".repeat(world.depth) + text),
    count,
    async [Symbol.asyncDispose]() {
      const ended = Promise.all(participants.map(({ instance }) => instance.dispose()));
      await hub.close();
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1000))]);
    },
  };
  return world;
}

/** The token of somebody else who may write to the dataset. */
export const STRANGER = "hf_local_stranger";
