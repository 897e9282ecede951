// Starts a server as people run it, a process whose log goes to a file, and watches its memory.
import { hearbackCommand, type HearbackEnv, type HearbackOptions } from "../process.ts";
import { until } from "../until.ts";

/** A server on a free port of 127.0.0.1; leaving its scope ends it. */
export interface Server extends AsyncDisposable {
  /** Ends in `/`. */
  url: string;
  pid: number;
  /** What it has printed so far. */
  output(): string;
  /** Sends a signal, by default SIGTERM, and waits for the end. */
  stop(signal?: Deno.Signal): Promise<void>;
}

/** Starts Hearback, or by `args` another program that says in the same way where it listens. */
export async function startServer(env: HearbackEnv, options: HearbackOptions = {}): Promise<Server> {
  const outputFile = await Deno.makeTempFile({ suffix: ".log" });
  const process = hearbackCommand(env, { ...options, outputFile }).spawn();
  let ended = false;
  const status = process.status.finally(() => ended = true);
  const output = () => Deno.readTextFileSync(outputFile);
  const url = await until(() => {
    if (ended) throw new Error(`The server ended:\n${output()}`);
    return /(?:"listening".*|^Hub at )(http:\/\/\S+?:\d+)/m.exec(output())?.[1];
  });
  return { url: `${url}/`, pid: process.pid, output, stop, [Symbol.asyncDispose]: () => stop() };

  async function stop(signal: Deno.Signal = "SIGTERM"): Promise<void> {
    if (!ended) process.kill(signal);
    await status;
    await Deno.remove(outputFile).catch(() => {});
  }
}

/** Bytes of memory that the process holds, or with "VmHWM" held at most. */
export async function memoryOf({ pid }: { pid: number }, what: "VmRSS" | "VmHWM" = "VmRSS"): Promise<number> {
  // Deno reads /proc only with every permission there is.
  const { stdout } = await new Deno.Command("grep", { args: [what, `/proc/${pid}/status`] }).output();
  return 1024 * Number(/\d+/.exec(new TextDecoder().decode(stdout)));
}

/** Megabytes of memory that the process holds. */
export async function megabytesOf(process: { pid: number }): Promise<number> {
  return await memoryOf(process) / 1e6;
}

/** What {@linkcode post} signs in with. */
export const ADMIN = "bench-admin-token-of-some-length";

/** Sends JSON as the admin. */
export async function post({ url }: { url: string }, path: string, body: object): Promise<void> {
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${ADMIN}` };
  const answer = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${text}`);
}
