// The law about what is not Hearback's: nobody's bytes are worthless, and whoever asked for an erasure gets it, in the history too.
import { sha256 } from "../hub/content_ids.ts";
import type { RepoView } from "../hub/hub.ts";
import type { Contents } from "./contents.ts";
import { contentsOf } from "./strangers.ts";
import { servedBy } from "./wishes.ts";
import type { World } from "./world.ts";

/** Looks for what strangers put into the dataset, and for texts that were to be erased from the history. */
export function judgeStrangers(
  { hub, dataset: name, witness, participants }: World,
  dataset: Contents,
): { problems: string[]; lost: number; bytesLost: number } {
  const repo = hub.repo(name)!;
  const problems: string[] = [];
  const there = contentsOf(repo);
  const taken = new Set([...dataset.rows.map(({ comments }) => comments), ...witness.erasedTexts.values()]);
  let lost = 0;
  let bytesLost = 0;
  for (const [hash, { kind, path, texts, isPlain, replaced, excused }] of witness.strangers.contents) {
    const missing = texts.filter((text) => !taken.has(text));
    const isTakenOver = isPlain && texts.length > 0 && missing.length === 0;
    if (!there.has(hash) && !excused && !isTakenOver) {
      bytesLost++;
      problems.push(`${kind} that somebody put there as ${path} is gone, and was not taken over whole`);
    }
    if (kind !== "a database the guide's" || !replaced || missing.length === 0) continue;
    lost += missing.length;
    problems.push(`${missing.length} reviews of ${kind} that Hearback replaced are lost`);
  }
  const historyNow = new Set(repo.commits.map(({ oid }) => oid));
  const gone = witness.strangers.commits.difference(historyNow).size;
  if (gone > 0) problems.push(`${gone} commits of somebody else are not in the history any more`);
  for (const path of ["reviews.db-wal", "reviews.db-journal"]) {
    if (repo.paths().includes(path)) problems.push(`${path} lies beside the database that Hearback wrote`);
  }
  const own = ownFiles(repo, (bytes) => witness.strangers.isForeign(bytes));
  for (const { instance } of participants) {
    for (const life of instance.lives) {
      for (const wish of life.wishes) {
        if (wish.kind !== "squash" || servedBy(life, wish) === undefined) continue;
        for (const text of wish.erased) {
          // What a stranger's file says besides is in the stranger's file.
          if (witness.strangers.texts.has(text)) continue;
          const token = text.slice(0, text.indexOf("#", 1) + 1);
          if (!own.some((bytes) => bytes.includes(token))) continue;
          problems.push(`${instance.name}: "${token}" was to be erased from the history and is there`);
        }
      }
    }
  }
  return { problems: [...new Set(problems)], lost, bytesLost };
}

function ownFiles(repo: RepoView, isForeign: (bytes: Uint8Array) => boolean): string[] {
  const files = new Map<string, string>();
  const latin1 = new TextDecoder("latin1");
  for (const { oid } of repo.commits) {
    for (const path of repo.paths(oid)) {
      const bytes = repo.file(path, oid)!;
      if (!isForeign(bytes)) files.set(sha256(bytes), latin1.decode(bytes));
    }
  }
  return [...files.values()];
}
