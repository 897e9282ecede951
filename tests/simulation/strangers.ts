// Remembers what somebody else ever put into the dataset, and which of it may be gone: nobody's bytes are worthless.
import { sha256 } from "../hub/content_ids.ts";
import type { RepoView } from "../hub/hub.ts";
import type { ForeignFile } from "./foreign_files.ts";

/** A file of somebody else, and what became of it. */
export interface ForeignContent extends Omit<ForeignFile, "bytes"> {
  /** Hearback has put something else in its place. */
  replaced: boolean;
  /** It is gone by the will of its owner, or of another stranger. */
  excused: boolean;
}

/** Everything that strangers did to one dataset. */
export class Strangers {
  /** By SHA-256. */
  readonly contents = new Map<string, ForeignContent>();
  /** Their commits that have to be in the history. */
  readonly commits = new Set<string>();
  /** How many commits they ever made. */
  count = 0;
  /** The comments of all their rows. */
  readonly texts = new Set<string>();

  /** Notes files that are about to be committed. */
  note(files: ForeignFile[]): void {
    for (const { bytes, ...file } of files) {
      this.contents.set(sha256(bytes), { ...file, replaced: false, excused: false });
      for (const text of file.texts) this.texts.add(text);
    }
  }

  isForeign(bytes: Uint8Array): boolean {
    return this.contents.has(sha256(bytes));
  }

  /** Notes a commit of Hearback's on `parent`: what of theirs is no longer where it was. */
  noteReplaced(repo: RepoView, { oid, parent }: { oid: string; parent: string }): void {
    if (!repo.commits.some((commit) => commit.oid === parent)) return;
    for (const path of repo.paths(parent)) {
      const hash = sha256(repo.file(path, parent)!);
      const content = this.contents.get(hash);
      const now = repo.file(path, oid);
      if (content !== undefined && (now === undefined || sha256(now) !== hash)) content.replaced = true;
    }
  }

  /** Notes that commits are gone from the history. Returns how many of theirs are gone although nobody asked for it. */
  noteGone(gone: Set<string>, { repo, by }: { repo: RepoView; by: "stranger" | "owner" | "nobody" }): number {
    const lost = this.commits.intersection(gone).size;
    for (const oid of gone) this.commits.delete(oid);
    if (by === "nobody") return lost;
    const there = contentsOf(repo);
    for (const [hash, content] of this.contents) {
      // What Hearback itself has replaced is in its care for ever.
      if (!there.has(hash) && (by === "stranger" || !content.replaced)) content.excused = true;
    }
    return 0;
  }
}

/** The SHA-256 of all files in all commits of the history. */
export function contentsOf(repo: RepoView): Set<string> {
  const hashes = new Set<string>();
  for (const { oid } of repo.commits) {
    for (const path of repo.paths(oid)) hashes.add(sha256(repo.file(path, oid)!));
  }
  return hashes;
}
