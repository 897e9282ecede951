// Runs Hearback as a process of its own, with the permissions of `deno task start`, so that tests can stop and kill it.
import { buildAssets } from "../routes/build_assets.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const STARTS_WITHIN = 30_000;
let built: Promise<void> | undefined;

/** Settings of the process; `DATA_DIR` names its folder, which it may write to and to nothing else. */
export type HearbackEnv = Record<string, string> & { DATA_DIR: string };

/** A Hearback that listens on a free port of 127.0.0.1; leaving its scope kills it. */
export interface RunningHearback extends AsyncDisposable {
  /** Ends in `/`. */
  url: string;
  pid: number;
  /** Sends a signal without waiting for what it does; a process that has ended does not mind. */
  kill(signal: Deno.Signal): void;
  /** Sends a signal, by default SIGTERM, and waits for the exit code. */
  stop(signal?: Deno.Signal): Promise<number>;
  /** Resolves once the process has ended and all its output is read. */
  status: Promise<Deno.CommandStatus>;
  /** What it has printed so far, both streams together. */
  output(): string;
}

/** How to run it otherwise than by its own permissions and `main.ts`. */
export interface HearbackOptions {
  /** Arguments of `deno`. */
  args?: string[];
  /** A command of Hearback's with its arguments, such as `["restore", "--list"]`. */
  command?: string[];
  /** A file that takes all output in place of the pipes of the command. */
  outputFile?: string;
}

/** Starts Hearback and waits until it listens; rejects with its output when it ends before that. */
export async function startHearback(env: HearbackEnv, options: HearbackOptions = {}): Promise<RunningHearback> {
  await (built ??= buildAssets({ outDir: `${ROOT}dist` }));
  const process = hearbackCommand(env, options).spawn();
  const printed: string[] = [];
  const output = () => printed.join("");
  const listening = Promise.withResolvers<string>();
  const collect = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      printed.push(text);
      const [, url] = /\blistening\b.*?(http:\/\/\S+?:\d+\/)/.exec(output()) ?? [];
      if (url !== undefined) listening.resolve(url);
    }
  };
  const status = Promise.all([process.status, collect(process.stdout), collect(process.stderr)]).then(([end]) => end);
  status.then(({ code }) => listening.reject(new Error(`Hearback ended with code ${code}:\n${output()}`)));
  const timer = setTimeout(() => {
    listening.reject(new Error(`Hearback did not listen in time:\n${output()}`));
    kill("SIGKILL");
  }, STARTS_WITHIN);
  const url = await listening.promise.finally(() => clearTimeout(timer));

  return {
    url,
    pid: process.pid,
    status,
    output,
    kill,
    async stop(signal = "SIGTERM") {
      kill(signal);
      return (await status).code;
    },
    async [Symbol.asyncDispose]() {
      kill("SIGKILL");
      await status;
    },
  };

  function kill(signal: Deno.Signal): void {
    try {
      process.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // what Deno says of a process that has ended
    }
  }
}

/** The command behind {@linkcode startHearback}; of the tests' own environment the process gets what Deno itself needs. */
export function hearbackCommand(env: HearbackEnv, options: HearbackOptions = {}): Deno.Command {
  const needed = ["PATH", "HOME", "DENO_DIR", "NODE_EXTRA_CA_CERTS", "DENO_TLS_CA_STORE", "DENO_COVERAGE_DIR"];
  const kept = needed.flatMap((name) => Deno.env.has(name) ? [[name, Deno.env.get(name) ?? ""]] : []);
  const { command = [] } = options;
  const args = options.args ??
    ["run", "-P", `--allow-read=db,sync,dist,${env.DATA_DIR}`, `--allow-write=${env.DATA_DIR}`, "main.ts", ...command];
  const { outputFile } = options;
  const toFile = ["-c", 'file=$0; exec "$@" >"$file" 2>&1', outputFile ?? "", Deno.execPath(), ...args];
  return new Deno.Command(outputFile === undefined ? Deno.execPath() : "sh", {
    args: outputFile === undefined ? args : toFile,
    cwd: ROOT,
    clearEnv: true,
    env: { ...Object.fromEntries(kept), HOST: "127.0.0.1", PORT: "0", LOG_FORMAT: "json", NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: outputFile === undefined ? "piped" : "null",
    stderr: outputFile === undefined ? "piped" : "null",
  });
}
