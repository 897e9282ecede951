// Says under what conditions a benchmark ran, so that its figures can be held against others.
import { arch, cpus, release, totalmem } from "node:os";

/** Date, commit, machine and tools, as lines of Markdown. */
export async function conditions(): Promise<string> {
  const commit = await output("git", "rev-parse", "--short", "HEAD");
  const changed = await output("git", "status", "--porcelain", "--untracked-files=no");
  const system = /PRETTY_NAME="(.*)"/.exec(await output("cat", "/etc/os-release"))?.[1] ?? Deno.build.os;
  const processors = cpus();
  return [
    `- ${new Date().toISOString().slice(0, 10)}, commit ${commit || "unknown"}${changed && " with changes"}`,
    `- ${processors.length} cores ${processors[0]?.model}, ${(totalmem() / 2 ** 30).toFixed(0)} GB of memory, ` +
    `${system} (${release()}, ${arch()})`,
    `- Deno ${Deno.version.deno}, ${/^wrk \S+/.exec(await output("wrk", "--version"))?.[0] ?? "no wrk"}`,
  ].join("\n");
}

/** Whether a program can be run. */
export async function isThere(program: string): Promise<boolean> {
  return await output("which", program) !== "";
}

async function output(command: string, ...args: string[]): Promise<string> {
  try {
    const { stdout } = await new Deno.Command(command, { args, stderr: "null" }).output();
    return new TextDecoder().decode(stdout).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
