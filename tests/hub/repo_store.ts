// The repositories of the Hub: commits with their files, by revision, in memory or in a folder.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Blobs, openBlobs, replaceFile } from "./blobs.ts";
import { gitId, lfsPointer } from "./content_ids.ts";
import { HubError } from "./hub_error.ts";

/** A file as a commit holds it. */
export interface FileEntry {
  path: string;
  size: number;
  /** git blob id: of the content, or of the pointer for an LFS file. */
  oid: string;
  /** SHA-256 of the content of an LFS file. */
  lfs?: string;
  /** Id of the commit that wrote it. */
  lastCommit: string;
}

/** A commit with the whole list of its files. */
export interface Commit {
  id: string;
  parent: string | null;
  summary: string;
  description: string;
  author: string;
  /** ISO 8601 in UTC. */
  date: string;
  files: Record<string, FileEntry>;
}

/** A dataset repository with its one branch, `main`. */
export interface Repo {
  id: string;
  /** `owner/name`. */
  name: string;
  private: boolean;
  createdAt: string;
  head: string;
  commits: Record<string, Commit>;
}

/** What a commit does to a path: new content, or null to delete it. */
export type Changes = Map<string, Omit<FileEntry, "path" | "lastCommit"> | null>;

/** What a new commit is made of; `root` leaves all history behind. */
export interface NewCommit {
  summary: string;
  description?: string;
  author: string;
  changes: Changes;
  root?: boolean;
}

/** Keeps repositories and their regular files. */
export class RepoStore {
  readonly blobs: Blobs;
  readonly #repos: Map<string, Repo>;
  readonly #file: string | undefined;
  readonly #now: () => Date;

  constructor(options: { folder?: string | undefined; now: () => Date }) {
    this.#now = options.now;
    this.#file = options.folder && join(options.folder, "repos.json");
    if (options.folder) Deno.mkdirSync(options.folder, { recursive: true });
    this.blobs = openBlobs(options.folder);
    this.#repos = new Map(this.#file && existsSync(this.#file) ? JSON.parse(Deno.readTextFileSync(this.#file)) : []);
  }

  get(name: string): Repo | undefined {
    return this.#repos.get(name);
  }

  /** Creates `owner/name` with the first commit that the real Hub makes as well. */
  create(name: string, options: { private: boolean; author: string }): Repo {
    const repo: Repo = {
      id: gitId("blob", new TextEncoder().encode(name)).slice(0, 24),
      name,
      private: options.private,
      createdAt: this.#now().toISOString(),
      head: "",
      commits: {},
    };
    this.#repos.set(name, repo);
    const attributes = this.putRegular(new TextEncoder().encode("*.parquet filter=lfs diff=lfs merge=lfs -text\n"));
    this.commit(repo, {
      summary: "initial commit",
      author: options.author,
      changes: new Map([[".gitattributes", attributes]]),
    });
    return repo;
  }

  delete(name: string): void {
    this.#repos.delete(name);
    this.save();
  }

  /** Stores the content of a regular file. */
  putRegular(bytes: Uint8Array<ArrayBuffer>): { oid: string; size: number } {
    const oid = gitId("blob", bytes);
    this.blobs.put(`git/${oid}`, bytes);
    return { oid, size: bytes.length };
  }

  /** Describes an LFS file whose content is, or is about to be, stored. */
  lfsEntry(sha256: string, size: number): { oid: string; size: number; lfs: string } {
    return { oid: gitId("blob", lfsPointer(sha256, size)), size, lfs: sha256 };
  }

  /** Puts a commit on top of `main`, or in its place. */
  commit(repo: Repo, { summary, description = "", author, changes, root = false }: NewCommit): Commit {
    const parent = root || repo.head === "" ? null : repo.head;
    const date = this.#now().toISOString();
    const entries = Object.entries(parent === null ? {} : repo.commits[parent]!.files);
    const files = new Map<string, Omit<FileEntry, "path" | "lastCommit"> & { lastCommit?: string }>(entries);
    for (const [path, entry] of changes) {
      if (entry === null) files.delete(path);
      else files.set(path, entry);
    }
    const text = JSON.stringify([repo.name, parent, summary, description, author, date, [...files]]);
    let id = gitId("commit", new TextEncoder().encode(text));
    // Two equal commits of the same moment would share an id; here every commit has its own.
    while (id in repo.commits) id = gitId("commit", new TextEncoder().encode(text + id));
    const commit: Commit = { id, parent, summary, description, author, date, files: {} };
    for (const [path, entry] of [...files].sort(([a], [b]) => a < b ? -1 : 1)) {
      commit.files[path] = { ...entry, path, lastCommit: entry.lastCommit ?? id };
    }
    repo.commits[id] = commit;
    repo.head = id;
    this.save();
    return commit;
  }

  /** The commit that `revision` names: `main`, `HEAD`, or an id of at least 7 digits. */
  resolve(repo: Repo, revision: string): Commit {
    const name = revision.replace(/^refs\/heads\//, "");
    if (name === "main" || name === "HEAD") return repo.commits[repo.head]!;
    const id = /^[0-9a-f]{7,40}$/.test(name) && Object.keys(repo.commits).find((id) => id.startsWith(name));
    if (!id) throw new HubError(404, `Invalid rev id: ${revision}`, { code: "RevisionNotFound" });
    return repo.commits[id]!;
  }

  /** The commit and all before it, newest first. */
  history(repo: Repo, from: Commit): Commit[] {
    const commits = [from];
    for (let commit = from; commit.parent !== null;) {
      commit = repo.commits[commit.parent]!;
      commits.push(commit);
    }
    return commits;
  }

  /** Leaves one commit with the present files; returns the entries that nothing refers to any more. */
  squash(repo: Repo, options: Pick<NewCommit, "summary" | "description" | "author">): FileEntry[] {
    const before = Object.values(repo.commits).flatMap((commit) => Object.values(commit.files));
    const files = Object.values(repo.commits[repo.head]!.files);
    const changes: Changes = new Map(
      files.map(({ path, lastCommit: _, ...entry }) => [path, entry]),
    );
    const commit = this.commit(repo, { ...options, changes, root: true });
    repo.commits = { [commit.id]: commit };
    const used = new Set(
      [...this.#repos.values()].flatMap((repo) => Object.values(repo.commits))
        .flatMap((commit) => Object.values(commit.files)).map((entry) => entry.oid),
    );
    const gone = before.filter((entry) => !used.has(entry.oid));
    for (const entry of gone) this.blobs.delete(`git/${entry.oid}`);
    this.save();
    return gone;
  }

  /** Writes the repositories to the folder, if there is one. */
  save(): void {
    if (this.#file) replaceFile(this.#file, new TextEncoder().encode(JSON.stringify([...this.#repos])));
  }
}
