// Puts a server under load with wrk, from a process of its own.

const SCRIPT = new URL("wrk.lua", import.meta.url).pathname;

/** What to send, and for how long. */
export interface LoadOptions {
  connections: number;
  seconds: number;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Sends the same request again and again on all connections; answers a second. Throws when any of them fails. */
export async function load(url: string, options: LoadOptions): Promise<number> {
  const { connections, seconds, method = "GET", headers = {}, body = "" } = options;
  const command = new Deno.Command("wrk", {
    args: [
      ...["-t1", `-c${connections}`, `-d${seconds}s`, "-s", SCRIPT],
      ...Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]),
      ...[url, "--", method, body],
    ],
  });
  const { stdout, stderr } = await command.output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const last = output.split("\n").find((line) => line.startsWith("{"));
  if (last === undefined) throw new Error(`wrk did not work:\n${output}`);
  const found: { requests: number; seconds: number; failed: number } = JSON.parse(last);
  if (found.failed > 0) throw new Error(`${found.failed} requests to ${url} failed:\n${output}`);
  return found.requests / found.seconds;
}
