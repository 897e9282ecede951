// Starts Hearback: reads the settings, wires the parts, serves, and on SIGTERM or SIGINT stops them in reverse order.
import { v7 as uuidv7 } from "uuid";
import { type Config, ConfigError, readConfig, VARIABLES } from "./config.ts";
import { REQUIRABLE } from "./db/review.ts";
import { openSqliteStore } from "./db/sqlite_store.ts";
import { createApp } from "./routes/app.tsx";
import { loadAssets } from "./routes/assets.ts";
import { startBackup } from "./sync/backup.ts";

if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  let config: Config;
  try {
    const env = Object.fromEntries(VARIABLES.map((name) => [name, Deno.env.get(name) ?? ""]));
    config = readConfig(env, { isTerminal: Deno.stdout.isTerminal(), requirable: REQUIRABLE });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(
      `Hearback cannot start with these settings:\n${error.problems.map((line) => `- ${line}`).join("\n")}`,
    );
    return 2;
  }
  const log = createLog(config.logFormat);
  try {
    const [name, ...args] = Deno.args;
    return name === undefined ? await run(config, log) : await runCommand(config, name, args);
  } catch (error) {
    log({ event: "failed", message: error instanceof Error ? error.message : String(error) });
    return 1;
  }
}

async function run(config: Config, log: Log): Promise<number> {
  const { host, port, dataDir, page, backup: settings, webhook: hook } = config;
  const signals = listenForSignals();
  const now = () => new Date();
  const assets = await loadAssets(new URL("dist/", import.meta.url));
  const store = await step("open", config, async () => {
    await Deno.mkdir(dataDir, { recursive: true });
    return openSqliteStore({ path: `${dataDir}/reviews.db`, now });
  });
  const backup = startBackup({ store, dataDir, settings, now, log });
  const webhook = hook && (await import("./routes/webhook.ts")).startWebhook({ store, settings: hook, now, log });
  // Uids in the order of time: random ones would change pages all over the database, and every backup would send them all.
  const newUid = () => uuidv7({ msecs: now().getTime() });
  // The client of the Hub takes longer to load than all else together: it is fetched when somebody looks at the history.
  const history = async () => (await import("./sync/history.ts")).readHistory(backup.settings());
  const watched = webhook === null ? {} : { webhook };
  const app = createApp({ store, backup, history, settings: page, assets, now, newUid, log, ...watched });
  const onListen = ({ port }: Deno.NetAddr) =>
    log({ event: "listening", message: `on http://${shownHost(host)}:${port}/` });
  const inFlight = new Set<Promise<Response>>();
  const serve = () =>
    Deno.serve({ hostname: host, port, onListen }, (request, info) => {
      const answer = Promise.resolve(app.fetch(request, info)).finally(() => inFlight.delete(answer));
      inFlight.add(answer);
      return answer;
    });
  const server = await step("listen", config, serve);

  await aborted(signals.first);
  log({ event: "stopping" });
  const patience = AbortSignal.any([signals.second, AbortSignal.timeout(5000)]);
  await Promise.race([Promise.allSettled(inFlight), aborted(patience)]); // shutdown() cuts off bodies that are still being read
  await app.close(); // and never returns while an event stream is open
  await Promise.race([server.shutdown(), aborted(patience)]);
  const deadline = { deadlineMs: 20_000, signal: signals.second };
  const [{ saved }] = await Promise.all([backup.stop(deadline), webhook?.close(deadline)]);
  const pending = store.pending(); // changes that are on this disk alone
  await store.close();
  const message = "What no backup holds is in DATA_DIR; keep it, and the next start there backs it up";
  log({ event: "stopped", saved, pending, ...(saved ? {} : { message }) });
  return saved ? 0 : 1;
}

async function runCommand({ dataDir, backup: settings }: Config, name: string, args: string[]): Promise<number> {
  const { COMMANDS } = await import("./sync/commands.ts");
  const command = COMMANDS[name];
  if (command === undefined) {
    console.error(`There is no command "${name}"; there are ${Object.keys(COMMANDS).join(", ")}`);
    return 2;
  }
  const isTerminal = Deno.stderr.isTerminal();
  const write = (text: string) => Deno.stderr.writeSync(new TextEncoder().encode(text));
  const print = (line: string) => {
    if (isTerminal) write("\r\x1b[K"); // clears what was drawn
    console.log(line);
  };
  const draw = (line: string) => void write(`\r${line}`);
  return await command({ settings, dataDir, now: () => new Date(), print, ...(isTerminal ? { draw } : {}) }, args);
}

/** Does a step of the start; what it throws says which setting it is about and what to do. */
async function step<T>(name: "open" | "listen", config: Config, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw (await import("./sync/start_failure.ts")).startFailure(name, error, config);
  }
}

/** Aborts `first` with the first SIGTERM or SIGINT and `second` with a later one. */
function listenForSignals(): { first: AbortSignal; second: AbortSignal } {
  const first = new AbortController();
  const second = new AbortController();
  let firstAt = 0;
  const onSignal = () => {
    // `deno task` passes on the Ctrl-C that the terminal has sent already: the same one arrives twice at once.
    if (first.signal.aborted && performance.now() - firstAt > 500) second.abort();
    if (!first.signal.aborted) firstAt = performance.now();
    first.abort();
  };
  Deno.addSignalListener("SIGTERM", onSignal);
  Deno.addSignalListener("SIGINT", onSignal);
  return { first: first.signal, second: second.signal };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

// An address that listens everywhere is none that a browser opens.
function shownHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

type Log = (entry: Record<string, unknown>) => void;

/** Prints each entry as one line: JSON for programs, or time, event and the rest for people. */
function createLog(format: Config["logFormat"]): Log {
  let lines: string[] = [];
  let time = "";
  const print = () => {
    if (lines.length > 0) console.log(lines.join("\n"));
    lines = [];
  };
  // Lines of the same moment are printed at once; none may be left behind, whichever way the process ends.
  for (const end of ["unload", "error", "unhandledrejection"]) addEventListener(end, print);
  return (entry) => {
    if (lines.length === 0) {
      setImmediate(print);
      time = new Date().toISOString();
    }
    if (format === "json") lines.push(`{"time":"${time}",${JSON.stringify(entry).slice(1)}`);
    else {
      const { event, message, ...facts } = entry;
      const words = Object.entries(facts).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
      lines.push([time, event, ...(message === undefined ? [] : [message]), ...words].join(" "));
    }
  };
}
