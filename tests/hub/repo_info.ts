// Datasets, files and folders as the Hub's API describes them.
import { lfsPointer } from "./content_ids.ts";
import type { Contents } from "./contents.ts";
import { HubError } from "./hub_error.ts";
import type { Commit, FileEntry, Repo } from "./repo_store.ts";

/** A dataset at a commit. */
export function describeRepo(repo: Repo, commit: Commit, contents: Contents) {
  const [author] = repo.name.split("/");
  return {
    _id: repo.id,
    id: repo.name,
    author,
    sha: commit.id,
    lastModified: commit.date,
    createdAt: repo.createdAt,
    private: repo.private,
    gated: false,
    disabled: false,
    tags: [],
    downloads: 0,
    likes: 0,
    siblings: Object.values(commit.files).map((entry) => ({
      rfilename: entry.path,
      size: entry.size,
      blobId: entry.oid,
      ...describeLfs(entry, contents),
    })),
  };
}

/** A file, with its last commit where `expand` is asked for. */
export function describeFile(repo: Repo, entry: FileEntry, options: { contents: Contents; expand: boolean }) {
  const last = repo.commits[entry.lastCommit];
  return {
    type: "file",
    oid: entry.oid,
    size: entry.size,
    path: entry.path,
    ...describeLfs(entry, options.contents),
    ...(options.expand && last && {
      lastCommit: { id: last.id, title: last.summary, date: last.date },
      securityFileStatus: { status: "unscanned", avScan: null, pickleImportScan: null },
    }),
  };
}

function describeLfs(entry: FileEntry, contents: Contents) {
  if (entry.lfs === undefined) return {};
  const xetHash = contents.xetHash(entry.lfs);
  return {
    lfs: {
      oid: entry.lfs,
      sha256: entry.lfs,
      size: entry.size,
      pointerSize: lfsPointer(entry.lfs, entry.size).length,
    },
    ...(xetHash !== undefined && { xetHash }),
  };
}

/** The files, and the paths of the folders, below a path. */
export function listTree(commit: Commit, under: string | undefined, recursive: boolean): (FileEntry | string)[] {
  const prefix = under ? `${under.replace(/\/$/, "")}/` : "";
  const inside = Object.values(commit.files).filter((entry) => entry.path.startsWith(prefix));
  if (under && inside.length === 0) {
    throw new HubError(404, `${under} does not exist on "${commit.id}"`, { code: "EntryNotFound" });
  }
  const items = new Map<string, FileEntry | string>();
  for (const entry of inside) {
    const parts = entry.path.slice(prefix.length).split("/");
    for (let depth = 1; depth < (recursive ? parts.length : Math.min(parts.length, 2)); depth++) {
      const path = prefix + parts.slice(0, depth).join("/");
      items.set(path, path);
    }
    if (recursive || parts.length === 1) items.set(entry.path, entry);
  }
  return [...items.values()];
}

/** A folder. */
export function describeFolder(path: string) {
  return { type: "directory", oid: "0".repeat(40), size: 0, path };
}
