// What a test does to a Hub without a request: let tokens in, look at a repository, commit as somebody else, damage what is stored.
import type { Grant } from "./access.ts";
import type { HubParts } from "./hub_parts.ts";
import { type RepoView, repoView } from "./repo_view.ts";
import { preuploadMode } from "./upload_rules.ts";

/** The Hub from the inside. */
export interface DirectAccess {
  /** Lets `token` in. `hf_local_write` and `hf_local_read`, both of user "ada", are there from the start. */
  addToken(token: string, grant: Grant): void;
  /** Makes `token` unknown, as when it was revoked. */
  removeToken(token: string): void;
  /** What `owner/name` holds now, or undefined without such a repository. */
  repo(name: string): RepoView | undefined;
  /** Commits as somebody else would and returns the id; null deletes a file. Creates the repository, private, if need be. */
  commitDirectly(
    repo: string,
    files: Record<string, Uint8Array<ArrayBuffer> | null>,
    options?: DirectCommit,
  ): string;
  /** Changes the stored bytes of a file while its declared size and hashes stay; by default one bit in the middle flips. */
  damageObject(
    repo: string,
    path: string,
    options?: { revision?: string; change?: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> },
  ): void;
  /** Cuts the stored bytes of a file down to `size` while its declared size and hashes stay. */
  truncateObject(repo: string, path: string, options: { revision?: string; size: number }): void;
}

/** How {@linkcode DirectAccess.commitDirectly} commits. */
export interface DirectCommit {
  summary?: string;
  /** A new root: all history is left behind, as after a force-push. */
  unrelated?: boolean;
  /** Stores all files this way rather than by the Hub's rules. */
  as?: "regular" | "lfs";
}

/** Reaches into the Hub whose `parts` these are. */
export function directAccess(parts: HubParts): DirectAccess {
  const { store, contents, access } = parts;
  const damage: DirectAccess["damageObject"] = (name, path, { revision = "main", change = flipBit } = {}) => {
    const repo = store.get(name);
    const entry = repo && store.resolve(repo, revision).files[path];
    if (entry === undefined) throw new TypeError(`There is no "${path}" in "${name}" at "${revision}" to damage`);
    contents.damage(entry, change);
  };
  const commitDirectly: DirectAccess["commitDirectly"] = (
    name,
    files,
    { summary = "By hand", unrelated = false, as } = {},
  ) => {
    const repo = store.get(name) ?? store.create(name, { private: true, author: "someone" });
    const changes = Object.entries(files).map(([path, bytes]) => {
      if (bytes === null) return [path, null] as const;
      const mode = as ?? preuploadMode(parts.uploads, { size: bytes.length, sample: bytes.subarray(0, 512) });
      return [path, mode === "regular" ? store.putRegular(bytes) : contents.addLfs(store, bytes)] as const;
    });
    return store.commit(repo, { summary, author: "someone", changes: new Map(changes), root: unrelated }).id;
  };
  return {
    addToken: (token, grant) => access.addToken(token, grant),
    removeToken: (token) => access.removeToken(token),
    repo: (name) => repoView(parts, name),
    commitDirectly,
    damageObject: damage,
    truncateObject(name, path, { revision = "main", size }) {
      damage(name, path, { revision, change: (bytes) => bytes.subarray(0, size) });
    },
  };
}

function flipBit(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const middle = bytes.length >> 1;
  return bytes.map((byte, index) => index === middle ? byte ^ 1 : byte);
}
