// What owners ask of the backup, and whether they got it.
import type { Life } from "./life.ts";
import type { Job } from "./run_in_process.ts";

/** Something that an owner asked for. */
export interface Wish {
  kind: "now" | "drill" | "squash" | "merge" | "token";
  /** When, in virtual time. */
  at: number;
  /** Jobs with a higher number began after it. */
  number: number;
  /** The commit to bring back. */
  commit?: string;
  /** The token to use from now on. */
  token?: string;
  /** Something was to be backed up, or the backup was failing. */
  wasDue: boolean;
  /** What had been erased on that disk by then. */
  erased: string[];
}

const SOON = 65_000; // the distance between two commits, and a little more

/** The job that fulfilled a wish, or undefined. */
export function servedBy(life: Life, { kind, number, commit, token }: Wish): Job | undefined {
  return life.jobs.find((job) => {
    if (job.number <= number) return false;
    const isDone = job.outcome !== undefined;
    switch (kind) {
      case "now":
        return job.name === "backup";
      case "drill":
        return job.name === "drill" && job.outcome?.ok;
      case "squash":
        return job.name === "squash" && job.outcome?.ok;
      case "merge":
        return job.name === "bringBack" && job.commit === commit && isDone && isTold(life, job);
      case "token":
        return job.token === token && job.name !== "scrub";
    }
  });
}

/** The wishes of a life that nobody has fulfilled, while it lives on. */
export function forgotten(life: Life): Wish[] {
  const isDue = life.store.pending() > 0 || life.backup.status().state === "failing";
  return life.wishes.filter((wish, index) => {
    if (servedBy(life, wish) !== undefined) return false;
    // Where all is backed up already there is nothing to do, and the newest token is the one to use.
    if (wish.kind === "now") return isDue;
    return wish.kind !== "token" ||
      (isDue && !life.wishes.some(({ kind }, later) => kind === "token" && later > index));
  });
}

/** Wishes for a backup that waited longer than the distance between two commits, although the Hub had not asked to wait. */
export function late(life: Life, sleeps: readonly { from: number; to: number }[]): string[] {
  return life.wishes.flatMap((wish) => {
    if ((wish.kind !== "now" && wish.kind !== "token") || !wish.wasDue) return [];
    const job = servedBy(life, wish);
    if (job === undefined || job.at - wish.at <= SOON || life.waitsUntil > wish.at) return [];
    // A backup that hangs is the Hub's fault; a drill that hangs is no reason to wait.
    const hung = life.jobs.some((other) => other.hung && other.name === "backup" && other.at <= job.at);
    if (hung || sleeps.some(({ from, to }) => from < job.at && to > wish.at)) return [];
    return [`a wish (${wish.kind}) waited ${Math.round((job.at - wish.at) / 1000)} s`];
  });
}

function isTold(life: Life, job: Job): boolean {
  const name = job.commit!.slice(0, 7);
  return life.backup.status().notice?.includes(name) === true ||
    life.log.some(({ after, entry }) => after >= job.number && JSON.stringify(entry).includes(name));
}
