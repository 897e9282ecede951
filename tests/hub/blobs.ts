// Where the Hub keeps bytes: in memory, or in a folder when it is given one.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** Bytes under keys such as `lfs/<sha256>`. */
export interface Blobs {
  get(key: string): Uint8Array<ArrayBuffer> | undefined;
  has(key: string): boolean;
  put(key: string, bytes: Uint8Array<ArrayBuffer>): void;
  delete(key: string): void;
}

/** Keeps blobs in `folder`, one file each, or in memory without one. */
export function openBlobs(folder?: string): Blobs {
  return folder === undefined ? memoryBlobs() : folderBlobs(folder);
}

function memoryBlobs(): Blobs {
  const blobs = new Map<string, Uint8Array<ArrayBuffer>>();
  return {
    get: (key) => blobs.get(key),
    has: (key) => blobs.has(key),
    put: (key, bytes) => void blobs.set(key, bytes),
    delete: (key) => void blobs.delete(key),
  };
}

function folderBlobs(folder: string): Blobs {
  const path = (key: string) => join(folder, key);
  return {
    get: (key) => existsSync(path(key)) ? Deno.readFileSync(path(key)) : undefined,
    has: (key) => existsSync(path(key)),
    put(key, bytes) {
      Deno.mkdirSync(dirname(path(key)), { recursive: true });
      replaceFile(path(key), bytes);
    },
    delete(key) {
      if (existsSync(path(key))) Deno.removeSync(path(key));
    },
  };
}

/** Writes `bytes` so that a reader finds the old file or the new one, never half of it. */
export function replaceFile(path: string, bytes: Uint8Array): void {
  Deno.writeFileSync(`${path}.new`, bytes);
  Deno.renameSync(`${path}.new`, path);
}
