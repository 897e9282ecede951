// A repository as a test looks at it.
import type { HubParts } from "./hub_parts.ts";

/** A commit, without its files. */
export interface CommitView {
  oid: string;
  parent: string | null;
  summary: string;
  description: string;
  author: string;
  date: Date;
}

/** What a repository holds at the moment it was asked for. */
export interface RepoView {
  name: string;
  private: boolean;
  head: string;
  /** The history of `main`, newest first; the oldest is the Hub's own "initial commit". */
  commits: CommitView[];
  /** Paths at `revision` (default `main`). */
  paths(revision?: string): string[];
  /** The bytes of a file at `revision`, or undefined without such a file. */
  file(path: string, revision?: string): Uint8Array<ArrayBuffer> | undefined;
}

/** Looks at the repository `name`. */
export function repoView({ store, contents }: HubParts, name: string): RepoView | undefined {
  const repo = store.get(name);
  if (repo === undefined) return undefined;
  const at = (revision = "main") => store.resolve(repo, revision).files;
  return {
    name,
    private: repo.private,
    head: repo.head,
    commits: store.history(repo, store.resolve(repo, "main")).map(({ id, date, files: _, ...commit }) => ({
      oid: id,
      date: new Date(date),
      ...commit,
    })),
    paths: (revision) => Object.keys(at(revision)),
    file(path, revision) {
      const entry = at(revision)[path];
      return entry && contents.read(entry);
    },
  };
}
