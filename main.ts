// Starts Hearback: reads the settings, wires the parts, serves, and on SIGTERM or SIGINT stops them in reverse order.
import { v7 as uuidv7 } from "uuid";
import { type Config, ConfigError, readConfig, VARIABLES } from "./config.ts";
import { REQUIRABLE } from "./db/review.ts";
import { createLog, type Log, logUncaught } from "./log.ts";
import { openSqliteStore } from "./db/sqlite/sqlite_store.ts";
import { createApp } from "./routes/app.tsx";
import { loadAssets } from "./routes/assets.ts";
import { aborted, serve } from "./routes/http/serve.ts";
import { listenForSignals } from "./signals.ts";
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
    if (Deno.args.length === 0) return await run(config, log);
    const { runCommand } = await import("./sync/commands/commands.ts");
    return await runCommand(Deno.args, { settings: config.backup, dataDir: config.dataDir, now: () => new Date() });
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
  logUncaught(log);
  const backup = startBackup({ store, dataDir, settings, now, log });
  const webhook = hook && (await import("./routes/webhook.ts")).startWebhook({ store, settings: hook, now, log });
  // Uids in the order of time: random ones would change pages all over the database, and every backup would send them all.
  const newUid = () => uuidv7({ msecs: now().getTime() });
  // The client of the Hub takes longer to load than all else together: it is fetched when somebody looks at the history.
  const history = async () => (await import("./sync/jobs/history.ts")).readHistory(backup.settings());
  const app = createApp({ store, backup, history, settings: page, assets, now, newUid, log, webhook });
  const onListen = (address: string) => log({ event: "listening", message: `on ${address}` });
  const server = await step("listen", config, () => serve(app, { host, port, onListen }));

  await aborted(signals.first);
  log({ event: "stopping" });
  const patience = AbortSignal.any([signals.second, AbortSignal.timeout(5000)]);
  await server.close(patience);
  const deadline = { deadlineMs: 20_000, signal: signals.second };
  const [{ saved }] = await Promise.all([backup.stop(deadline), webhook?.close(deadline)]);
  const pending = count(() => store.pending()); // changes that are on this disk alone
  await store.close();
  const message = "What no backup holds is in DATA_DIR; keep it, and the next start there backs it up";
  log({ event: "stopped", saved, pending, ...(saved ? {} : { message }) });
  return saved ? 0 : 1;
}

/** A number for the log; none where the file cannot be read any more. */
function count(read: () => number): number | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Does a step of the start; what it throws says which setting it is about and what to do. */
async function step<T>(name: "open" | "listen", config: Config, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw (await import("./sync/start_failure.ts")).startFailure(name, error, config);
  }
}
