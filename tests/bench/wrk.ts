// Puts a server under load with wrk, from a process of its own.

const SCRIPT = new URL("wrk.lua", import.meta.url).pathname;

/** What to send, and for how long. */
export interface LoadOptions {
  connections: number;
  /** Ends after this time… */
  seconds: number;
  /** …or after so many requests. */
  requests?: number;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** What came of it. */
export interface Load {
  /** Answers a second. */
  rate: number;
  /** Milliseconds that 99 of 100 requests were answered within. */
  p99: number;
}

/** Sends the same request again and again on all connections; throws when any of them fails. */
export async function load(url: string, options: LoadOptions): Promise<Load> {
  const { connections, seconds, requests = 0, method = "GET", headers = {}, body = "" } = options;
  const command = new Deno.Command("wrk", {
    args: [
      ...["-t1", `-c${connections}`, `-d${seconds}s`, "-s", SCRIPT],
      ...Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]),
      ...[url, "--", method, body, String(requests)],
    ],
  });
  const { stdout, stderr } = await command.output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const last = output.split("\n").find((line) => line.startsWith("{"));
  if (last === undefined) throw new Error(`wrk did not work:\n${output}`);
  const found: { requests: number; seconds: number; p99: number; failed: number } = JSON.parse(last);
  if (found.failed > 0) throw new Error(`${found.failed} requests to ${url} failed:\n${output}`);
  return { rate: found.requests / found.seconds, p99: found.p99 };
}
