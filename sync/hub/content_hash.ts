// The hashes by which the Hub declares a file: made of what is sent, and compared with what was fetched.
import { createHash, type Hash } from "node:crypto";

/** What a commit declares of a file. */
export interface DeclaredContent {
  /** In bytes. */
  size: number;
  /** SHA-256 of large files (LFS, Xet), git's blob SHA-1 of the others, in hex. */
  hash: string;
}

/** The SHA-256 of `content`, in hex. */
export async function sha256Of(content: Blob): Promise<string> {
  return await digest(content, createHash("sha256"));
}

/** Whether a commit that declares this holds `content`, whose SHA-256 is known. It is read again only where git keeps it, as small files are. */
export async function isDeclared(
  { content, sha256 }: { content: Blob; sha256: string },
  { size, hash }: DeclaredContent,
): Promise<boolean> {
  if (content.size !== size) return false;
  return hash === (hash.length === sha256.length ? sha256 : await digest(content, gitBlobHash(size)));
}

/** Writes `stream` to the file `target`, and to the disk for sure; false where it is not what was declared. Hears the share done, 0 to 1. */
export async function saveDeclared(
  stream: ReadableStream<Uint8Array>,
  { size, hash: declared }: DeclaredContent,
  { target, onProgress }: { target: string; onProgress?: ((share: number) => void) | undefined },
): Promise<boolean> {
  const hash = declared.length === 64 ? createHash("sha256") : gitBlobHash(size);
  using output = await Deno.open(target, { write: true, create: true, truncate: true });
  let done = 0;
  for await (const chunk of stream) {
    done += chunk.length;
    if (done > size) return false;
    hash.update(chunk);
    for (let written = 0; written < chunk.length;) written += await output.write(chunk.subarray(written));
    onProgress?.(done / size);
  }
  await output.sync();
  return done === size && hash.digest("hex") === declared;
}

async function digest(content: Blob, hash: Hash): Promise<string> {
  for await (const chunk of content.stream()) hash.update(chunk);
  return hash.digest("hex");
}

function gitBlobHash(size: number): Hash {
  return createHash("sha1").update(`blob ${size}\0`);
}
