// The bytes behind a commit's files, wherever they are stored, and the ways to damage them.
import type { Blobs } from "./blobs.ts";
import { sha256 } from "./content_ids.ts";
import type { FileEntry, RepoStore } from "./repo_store.ts";

/** Reads and writes the contents of files. */
export class Contents {
  readonly #blobs: Blobs;
  /** Sizes of damaged objects as they were. */
  readonly #sizes = new Map<string, number>();

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  /** The bytes of a file as it would be downloaded. */
  read(entry: FileEntry): Uint8Array<ArrayBuffer> {
    const bytes = entry.lfs === undefined ? this.#blobs.get(`git/${entry.oid}`) : this.readLfs(entry.lfs);
    if (bytes === undefined) throw new Error(`The content of "${entry.path}" is gone`);
    return bytes;
  }

  readLfs(oid: string): Uint8Array<ArrayBuffer> | undefined {
    return this.#blobs.get(`lfs/${oid}`);
  }

  /** The declared size of an LFS object that is stored; damage does not change it. */
  lfsSize(oid: string): number | undefined {
    return this.#sizes.get(oid) ?? this.readLfs(oid)?.length;
  }

  /** Stores an LFS object; false when its bytes do not have the name `oid`. */
  putLfs(oid: string, bytes: Uint8Array<ArrayBuffer>): boolean {
    if (sha256(bytes) !== oid) return false;
    this.#blobs.put(`lfs/${oid}`, bytes);
    return true;
  }

  /** Stores an LFS object without an upload and describes the file. */
  addLfs(store: RepoStore, bytes: Uint8Array<ArrayBuffer>): ReturnType<RepoStore["lfsEntry"]> {
    const oid = sha256(bytes);
    this.putLfs(oid, bytes);
    return store.lfsEntry(oid, bytes.length);
  }

  /** The Xet hash of an LFS object that is kept as Xet. */
  xetHash(_oid: string): string | undefined {
    return undefined;
  }

  /** Puts other bytes in the place of a file's content while its declared size and hashes stay. */
  damage(entry: FileEntry, change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): void {
    if (entry.lfs !== undefined) this.#sizes.set(entry.lfs, entry.size);
    const key = entry.lfs === undefined ? `git/${entry.oid}` : `lfs/${entry.lfs}`;
    this.#blobs.put(key, change(this.read(entry).slice()));
  }

  /** Removes the contents of files that no commit refers to any more. */
  collect(gone: FileEntry[]): void {
    for (const entry of gone) if (entry.lfs !== undefined) this.#blobs.delete(`lfs/${entry.lfs}`);
  }
}
