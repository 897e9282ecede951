// A process that asks before it touches any file, so that it can be killed, or refused the access, at exactly one step.

/** What becomes of the process at an access. */
export type Verdict = "allow" | "deny" | "kill";

/** What to run. */
export interface AskedProcessOptions {
  /** TypeScript, run as a module under the project's settings. */
  script: string;
  /** Path of a socket that does not exist yet. */
  socket: string;
  /** Decides on each access, in their order: "read" or "write", and the path. */
  judge: (access: string, path: string) => Verdict;
}

/** Runs the process to its end, or to where it is killed, and returns the lines that it printed. */
export async function runAsked({ script, socket, judge }: AskedProcessOptions): Promise<string[]> {
  // Deno's permission broker: with this variable set, every permission is asked for over the socket.
  using listener = Deno.listen({ transport: "unix", path: socket });
  const module = `data:application/typescript,${encodeURIComponent(script)}`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--config", new URL("../../deno.json", import.meta.url).pathname, module],
    env: { DENO_PERMISSION_BROKER_PATH: socket },
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const answering = answer(await listener.accept(), (access, path) => {
    const verdict = judge(access, path);
    if (verdict === "kill") child.kill("SIGKILL");
    return verdict;
  });
  const { stdout } = await child.output();
  await answering;
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}

async function answer(connection: Deno.Conn, judge: AskedProcessOptions["judge"]): Promise<void> {
  let rest = "";
  for await (const text of connection.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const { id, permission, value } = JSON.parse(line) as { id: number; permission: string; value: string };
      const result = judge(permission, value);
      if (result === "kill") continue; // it waits for the answer while it dies
      await connection.write(new TextEncoder().encode(`${JSON.stringify({ id, result })}\n`));
    }
  }
}
