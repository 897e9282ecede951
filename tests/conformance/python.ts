// Python for the conformance checks: finds it, keeps an environment with the newest clients outside the project, runs scripts in it.
import { join } from "node:path";
import type { Hub } from "../hub/hub.ts";

const PACKAGES = ["huggingface_hub", "hf_xet", "datasets", "pandas"];

/** Makes or updates the environment `name` and returns the path of its Python, or undefined where there is no Python 3.10 or newer. */
export async function preparePython(name = "conformance", packages = PACKAGES): Promise<string | undefined> {
  const system = await findPython();
  if (system === undefined) return undefined;
  const folder = join(cacheFolder(), "hearback", name);
  const python = join(folder, "bin", "python");
  if (!await succeeds(python, ["-m", "pip", "--version"])) await run(system, ["-m", "venv", "--clear", folder]);
  await run(python, ["-m", "pip", "install", "--quiet", "--upgrade", ...packages]);
  return python;
}

/** Runs a script against `hub` with nothing cached from before; true when it ends with 0. */
export async function runScript(
  python: string,
  script: string | URL,
  { hub, args = [], xet = true }: { hub: Hub; args?: string[]; xet?: boolean },
): Promise<boolean> {
  const home = await Deno.makeTempDir();
  try {
    const path = script instanceof URL ? script.pathname : script;
    return await succeeds(python, ["-W", "ignore", path, ...args], {
      HF_ENDPOINT: hub.url,
      HF_HOME: home,
      HF_HUB_DISABLE_PROGRESS_BARS: "1",
      HF_HUB_DISABLE_TELEMETRY: "1",
      ...(!xet && { HF_HUB_DISABLE_XET: "1" }),
    });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

async function findPython(): Promise<string | undefined> {
  for (const name of ["python3", "python"]) {
    if (await succeeds(name, ["-c", "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))"])) return name;
  }
  return undefined;
}

function cacheFolder(): string {
  return Deno.env.get("XDG_CACHE_HOME") ?? join(Deno.env.get("HOME") ?? ".", ".cache");
}

async function run(command: string, args: string[]): Promise<void> {
  if (!await succeeds(command, args)) throw new Error(`"${command} ${args.join(" ")}" failed`);
}

async function succeeds(command: string, args: string[], env: Record<string, string> = {}): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(command, {
      args,
      env,
      stdin: "null",
      stdout: args.includes("--version") ? "null" : "inherit",
      stderr: "inherit",
    }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
