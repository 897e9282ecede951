// A disk of a few MB, so that "disk full" is what the operating system says and no pretence.

/** A small disk; leaving its scope removes it. */
export interface SmallDisk extends AsyncDisposable {
  /** Where it is mounted. */
  path: string;
  /** Takes all the room there is but for about 100 KB. */
  fill(): Promise<void>;
  /** Gives the room back. */
  empty(): Promise<void>;
}

const LEFT_OVER = 100 * 1024;

/** Mounts a tmpfs of `megabytes`; fails, with the reason, where mounting is not allowed. */
export async function smallDisk(megabytes: number): Promise<SmallDisk> {
  const path = await Deno.makeTempDir({ prefix: "hearback_disk_" });
  const ballast = `${path}/ballast`;
  await run(["mount", "-t", "tmpfs", "-o", `size=${megabytes}m,mode=700,uid=${Deno.uid()}`, "tmpfs", path]);
  return {
    path,
    async fill() {
      await Deno.writeFile(ballast, new Uint8Array(megabytes * 2 ** 20)).catch((error) => {
        if (!/No space left/.test(String(error))) throw error;
      });
      const { size } = await Deno.stat(ballast);
      await Deno.truncate(ballast, size - LEFT_OVER);
    },
    empty: () => Deno.remove(ballast),
    async [Symbol.asyncDispose]() {
      await run(["umount", path]);
      await Deno.remove(path);
    },
  };
}

/** Runs a command as root: as it is, or through sudo where that asks for no password. */
async function run(command: string[]): Promise<void> {
  const [program = "", ...args] = Deno.uid() === 0 ? command : ["sudo", "-n", ...command];
  const { success, stderr } = await new Deno.Command(program, { args, stdout: "null", stderr: "piped" }).output();
  if (!success) throw new Error(`A small disk needs mount(8): ${new TextDecoder().decode(stderr).trim()}`);
}
