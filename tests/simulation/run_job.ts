// Runs a job of the backup in a simulation while the Hub misbehaves, others act in between, or the process is killed.
import { runBackup } from "../../sync/jobs/back_up.ts";
import type { RunEvent } from "../../sync/jobs/job.ts";
import { runDrill } from "../../sync/jobs/drill.ts";
import { mergeCommit } from "../../sync/jobs/bring_back.ts";
import { scrubLocal } from "../../sync/jobs/scrub_local.ts";
import { squashHistory } from "../../sync/jobs/squash.ts";
import { SyncError } from "../../sync/sync_error.ts";
import type { Fault } from "../hub/hub.ts";
import { emptyTable } from "./acts.ts";
import type { Job } from "./instance.ts";
import { drawTrouble } from "./troubles.ts";
import type { Participant, World } from "./world.ts";

/** Something that happens to the n-th request after the one before. */
interface Trouble {
  name: string;
  fault: Fault;
}

/** Something that happens at the n-th event of a job. */
interface EventTrouble {
  at: number;
  what: "kill" | "empty table";
}

const JOBS: { weight: number; name: string; job: Job }[] = [
  { weight: 10, name: "back up", job: runBackup },
  { weight: 2, name: "drill", job: runDrill },
  { weight: 2, name: "squash", job: squashHistory },
  { weight: 2, name: "scrub", job: scrubLocal },
];

// The Hub's client asks for a token once for all commits of a process, which here outlives the killed one.
const KILLABLE = { path: /^(?!.*write-token)/ };

/** Runs a job; `meanwhile` does anything else that may happen, and is called while a request waits. */
export async function runJob(world: World, participant: Participant, meanwhile: () => Promise<void>): Promise<void> {
  const { dice } = world;
  const { name, job } = dice.chance(93) ? dice.pickWeighted(JOBS) : bringBack(world);
  const plan = Array.from({ length: dice.pick([0, 0, 0, 1, 1, 1, 2, 2, 3, 4]) }, () => {
    const kind = dice.int(world.depth < 2 ? 10 : 6);
    if (kind < 5) return hubTrouble(world);
    if (kind === 5) return { name: "kill", fault: { hang: true, skip: dice.int(8), match: KILLABLE } };
    return { name: "meanwhile", fault: { skip: dice.int(8) } };
  });
  const atEvent = dice.chance(25) ? { at: dice.int(6), what: dice.pick(["kill", "empty table"] as const) } : undefined;
  await runPlanned(world, participant, { name, job, plan, atEvent, meanwhile });
}

/** Lets several instances back up at the same time; which request comes first is left to the machine. */
export async function runTogether(world: World, participants: Participant[]): Promise<void> {
  const plans = participants.map(() => world.dice.chance(40) ? [hubTrouble(world)] : []);
  world.note(`together: ${participants.map(({ instance }) => instance.name)}`);
  await Promise.all(
    participants.map((participant, index) =>
      runPlanned(world, participant, { name: "back up", job: runBackup, plan: plans[index]! })
    ),
  );
}

interface PlannedJob {
  name: string;
  job: Job;
  plan: Trouble[];
  atEvent?: EventTrouble | undefined;
  meanwhile?: () => Promise<void>;
}

async function runPlanned(
  world: World,
  participant: Participant,
  { name, job, plan, atEvent, meanwhile = () => Promise.resolve() }: PlannedJob,
): Promise<void> {
  const { hub, tally } = world;
  const { instance } = participant;
  const frozen = Promise.withResolvers<string>();
  const waiting = plan.toReversed();
  let killed = false;
  let events = 0;
  let forget = () => {};
  let happening = Promise.resolve();

  world.note(`${instance.name}: ${name}`);
  instance.busy = true;
  world.depth++;
  tally.jobs++;
  orderNext();
  const outcome = await Promise.race([instance.run(job, onEvent).then(JSON.stringify, failed), frozen.promise]);
  waiting.length = 0;
  forget();
  await happening; // the client may have given up while one of several requests still waits
  if (killed) {
    await instance.kill();
    tally.kills++;
  }
  instance.busy = false;
  world.note(`→ ${outcome}`);
  world.depth--;

  // One after the other, so that what happens in between is not hit by what is meant for this job.
  function orderNext(): void {
    const trouble = waiting.pop();
    forget = () => {};
    if (trouble === undefined) return;
    const { remove } = hub.faults.add({
      times: 1,
      ...trouble.fault,
      run: () => happening = happen(trouble),
    });
    forget = remove;
  }

  async function happen({ name }: Trouble): Promise<void> {
    world.note(name);
    if (name === "meanwhile") await meanwhile();
    else tally.faults++;
    if (name === "kill") {
      killed = true;
      frozen.resolve("killed");
    } else orderNext();
  }

  function onEvent(event: RunEvent): void {
    // While uploading, the Hub's client stands in between; there, requests are where a kill may come.
    if (event.type === "progress" && event.step === "uploading") return;
    if (atEvent === undefined || events++ !== atEvent.at) return;
    if (atEvent.what === "empty table") return emptyTable(world, participant);
    killed = true;
    throw new Error("killed");
  }

  function failed(error: unknown): string {
    if (killed) return "killed";
    if (!(error instanceof SyncError) || error.kind === "internal") throw error;
    return `${error.kind}: ${error.message}`;
  }
}

/** Brings back what some commit holds, be it an old one. */
function bringBack({ dice, hub, dataset }: World): { name: string; job: Job } {
  const commits = hub.repo(dataset)?.commits ?? [];
  if (commits.length === 0) return { name: "back up", job: runBackup };
  const { oid: commit } = dice.pick(commits);
  return { name: `bring back ${commit.slice(0, 7)}`, job: (options) => mergeCommit({ ...options, commit }) };
}

function hubTrouble({ dice }: World): Trouble {
  const { name, fault } = drawTrouble(dice);
  return { name, fault: { ...fault, skip: fault.match === undefined ? dice.int(8) : 0 } };
}
