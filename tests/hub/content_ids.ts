// The names that git and LFS give to contents, computed the way their clients check them.
import { createHash } from "node:crypto";

/** SHA-1 of a git object, in hex. */
export function gitId(type: "blob" | "commit", bytes: Uint8Array): string {
  return createHash("sha1").update(`${type} ${bytes.length}\0`).update(bytes).digest("hex");
}

/** SHA-256 in hex, the name of an LFS object. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The small text file that git holds in place of an LFS object. */
export function lfsPointer(oid: string, size: number): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(
    `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${size}\n`,
  );
}
