// A disk of a few MB, so that "disk full" is what the operating system says and no pretence.
import { statfs } from "node:fs/promises";

/** A small disk; leaving its scope removes it. */
export interface SmallDisk extends AsyncDisposable {
  /** An empty folder on it. */
  path: string;
  /** Takes all the room there is but for about 100 KB. */
  fill(): Promise<void>;
  /** Gives the room back. */
  empty(): Promise<void>;
}

const MIB = 2 ** 20;
const LEFT_OVER = 100 * 1024;
const SHARED_MEMORY = "/dev/shm"; // in a container without the right to mount it is small as well

/** A tmpfs of `megabytes` where mounting is allowed, else the container's shared memory; undefined where neither can be had. */
export async function smallDisk(megabytes: number): Promise<SmallDisk | undefined> {
  const path = await Deno.makeTempDir({ prefix: "hearback_disk_" });
  const options = `size=${megabytes}m,mode=700,uid=${Deno.uid()}`;
  if (await asRoot("mount", "-t", "tmpfs", "-o", options, "tmpfs", path)) {
    return toDisk(path, async () => {
      await asRoot("umount", path);
      await Deno.remove(path);
    });
  }
  await Deno.remove(path);
  const room = await statfs(SHARED_MEMORY).then(({ bavail, bsize }) => bavail * bsize, () => Infinity);
  if (room > 128 * MIB) return undefined;
  const folder = await Deno.makeTempDir({ dir: SHARED_MEMORY, prefix: "hearback_disk_" });
  return toDisk(folder, () => Deno.remove(folder, { recursive: true }));
}

function toDisk(path: string, remove: () => Promise<void>): SmallDisk {
  const ballast = `${path}/ballast`;
  return {
    path,
    async fill() {
      using file = await Deno.open(ballast, { write: true, create: true });
      const block = new Uint8Array(LEFT_OVER).fill(1);
      let size = 0;
      try {
        for (;;) size += await file.write(block);
      } catch (error) {
        if (!/No space left/.test(String(error))) throw error;
      }
      await file.truncate(size - LEFT_OVER);
    },
    empty: () => Deno.remove(ballast),
    [Symbol.asyncDispose]: remove,
  };
}

/** Runs a command as root, through sudo where that asks for no password; false when it failed. */
async function asRoot(...command: string[]): Promise<boolean> {
  const [program = "", ...args] = Deno.uid() === 0 ? command : ["sudo", "-n", ...command];
  try {
    return (await new Deno.Command(program, { args, stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false; // there is no such program
  }
}
