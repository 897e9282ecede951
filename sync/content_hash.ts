// The hashes by which the Hub declares a file: made of what is sent, and compared with what was fetched.
import { createHash } from "node:crypto";

/** What a commit declares of a file. */
export interface DeclaredContent {
  /** In bytes. */
  size: number;
  /** SHA-256 of large files (LFS, Xet), git's blob SHA-1 of the others, in hex. */
  hash: string;
}

/** The hash under which a commit would declare `content`, both ways the Hub may store it. */
export async function hashesOf(content: Blob): Promise<{ sha256: string; gitBlob: string }> {
  const sha256 = createHash("sha256");
  const gitBlob = gitBlobHash(content.size);
  for await (const chunk of content.stream()) {
    sha256.update(chunk);
    gitBlob.update(chunk);
  }
  return { sha256: sha256.digest("hex"), gitBlob: gitBlob.digest("hex") };
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

function gitBlobHash(size: number) {
  return createHash("sha1").update(`blob ${size}\0`);
}
