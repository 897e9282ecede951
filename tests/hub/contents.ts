// The bytes behind a commit's files, wherever they are stored, and the ways to damage them.
import type { Blobs } from "./blobs.ts";
import { sha256 } from "./content_ids.ts";
import type { FileEntry, RepoStore } from "./repo_store.ts";
import type { XetStore } from "./xet_store.ts";

/** Reads and writes the contents of files. */
export class Contents {
  readonly xet: XetStore;
  readonly #blobs: Blobs;
  /** Sizes of damaged objects as they were. */
  readonly #sizes = new Map<string, number>();

  constructor(blobs: Blobs, xet: XetStore) {
    this.#blobs = blobs;
    this.xet = xet;
  }

  /** The bytes of a file as it would be downloaded. */
  read(entry: FileEntry): Uint8Array<ArrayBuffer> {
    const bytes = entry.lfs === undefined ? this.#blobs.get(`git/${entry.oid}`) : this.readLfs(entry.lfs);
    if (bytes === undefined) throw new Error(`The content of "${entry.path}" is gone`);
    return bytes;
  }

  readLfs(oid: string): Uint8Array<ArrayBuffer> | undefined {
    return this.#blobs.get(`lfs/${oid}`) ?? this.xet.read(this.xetHash(oid) ?? "");
  }

  /** The declared size of an LFS object that is stored; damage does not change it. */
  lfsSize(oid: string): number | undefined {
    return this.#sizes.get(oid) ?? this.xet.bySha256(oid)?.size ?? this.#blobs.get(`lfs/${oid}`)?.length;
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
  xetHash(oid: string): string | undefined {
    return this.xet.bySha256(oid)?.hash;
  }

  /** Puts other bytes in the place of a file's content while its declared size and hashes stay. */
  damage(entry: FileEntry, change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): void {
    const bytes = change(this.read(entry).slice());
    if (entry.lfs === undefined) return this.#blobs.put(`git/${entry.oid}`, bytes);
    this.#sizes.set(entry.lfs, entry.size);
    const xetHash = this.xetHash(entry.lfs);
    if (xetHash !== undefined) this.xet.replace(xetHash, bytes);
    if (xetHash === undefined || this.#blobs.has(`lfs/${entry.lfs}`)) this.#blobs.put(`lfs/${entry.lfs}`, bytes);
  }

  /** Removes the contents of files that no commit refers to any more. */
  collect(gone: FileEntry[]): void {
    for (const { lfs } of gone) {
      if (lfs === undefined) continue;
      this.#blobs.delete(`lfs/${lfs}`);
      this.xet.delete(this.xetHash(lfs) ?? "");
    }
  }
}
