// What the owner can do from the command line: a look at everything, a drill, and going back to an earlier backup.
import { datasetSettings } from "../hub/dataset_settings.ts";
import { doctor } from "./doctor.ts";
import { runDrill } from "../jobs/drill.ts";
import { listBackups, restoreCommit, type RestoreOptions } from "../jobs/restore.ts";
import { reviewsInWords } from "../jobs/reviews_in_words.ts";
import type { BackupSettings } from "../running_backup.ts";
import { SyncError } from "../sync_error.ts";

/** What the commands work on. */
export interface CommandOptions {
  settings: BackupSettings;
  dataDir: string;
  now: () => Date;
}

/** Runs the command that `args` begin with and returns an exit code: 0 done, 1 failed, 2 no such command or wrong arguments. */
export async function runCommand([name = "", ...args]: string[], options: CommandOptions): Promise<number> {
  const command = COMMANDS.get(name);
  if (command !== undefined) return await command({ ...options, ...terminal() }, args);
  console.error(`There is no command "${name}"; there are ${[...COMMANDS.keys()].join(", ")}`);
  return 2;
}

interface CommandContext extends CommandOptions {
  /** Prints a line for people. */
  print: (line: string) => void;
  /** Draws over the same line again and again while something takes long. */
  draw: (line: string) => void;
}

const COMMANDS = new Map<string, (context: CommandContext, args: string[]) => Promise<number>>([
  ["doctor", (context) => doctor(context)],
  ["drill", (context) => reported(context, drill)],
  ["restore", (context, args) => reported(context, (options) => restore(options, args))],
]);

const USAGE = "Usage: deno task restore --list [NUMBER] | --commit COMMIT";
const LISTED = 20;

type Options = RestoreOptions & Pick<CommandContext, "print">;

async function drill({ dataDir, onProgress, print, ...options }: Options): Promise<number> {
  await Deno.mkdir(dataDir, { recursive: true });
  const { ok, message } = await runDrill({
    ...options,
    database: `${dataDir}/reviews.db`,
    workDir: `${dataDir}/drill`,
    onEvent: (event) => event.type === "progress" && onProgress(event.step, event.share),
  });
  print(ok ? `The drill went well: ${message}` : `The drill failed: ${message}`);
  return ok ? 0 : 1;
}

async function restore(options: Options, [flag, value, ...more]: string[]): Promise<number> {
  const { print } = options;
  if (flag === "--list" && more.length === 0 && (value === undefined || /^[1-9]\d{0,5}$/.test(value))) {
    await Deno.mkdir(options.dataDir, { recursive: true });
    let left = Number(value ?? LISTED);
    let header = "commit                                    date                  reviews\n";
    for await (const { id, date, reviews } of listBackups(options)) {
      if (left-- === 0) {
        print(`… and older ones: deno task restore --list ${10 * Number(value ?? LISTED)}`);
        break;
      }
      print(`${header}${id}  ${date.toISOString().slice(0, 19)}Z  ${reviews ?? "cannot be used"}`);
      header = "";
    }
    if (header !== "") print("There is no backup in the dataset yet");
    return 0;
  }
  if (flag === "--commit" && value !== undefined && more.length === 0) {
    await Deno.mkdir(options.dataDir, { recursive: true });
    const { commit, reviews, kept } = await restoreCommit({ ...options, commit: value });
    print(`reviews.db holds ${reviewsInWords(reviews)} now, of commit ${commit}`);
    if (kept !== null) print(`The database that stood there is kept as ${kept}`);
    print("At the next start Hearback merges the newest backup into it, as at every start");
    return 0;
  }
  print(USAGE);
  return 2;
}

async function reported(context: CommandContext, command: (options: Options) => Promise<number>): Promise<number> {
  const { dataDir, now, print, draw } = context;
  const onProgress = (step: string, share: number) => draw(bar(step, share));
  const { signal } = new AbortController();
  try {
    const settings = datasetSettings(context.settings);
    if (settings === null) {
      throw new SyncError("missing", "No dataset is configured", { hint: "Set HF_TOKEN and DATASET_REPO" });
    }
    return await command({ dataDir, now, print, onProgress, signal, settings });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    print(error.message);
    if (error instanceof SyncError && error.hint !== "") print(error.hint);
    return 1;
  }
}

function bar(step: string, share: number): string {
  const done = Math.round(Math.min(share, 1) * 30);
  return `[${"#".repeat(done)}${" ".repeat(30 - done)}] ${String(Math.round(share * 100)).padStart(3)} % ${step}`;
}

function terminal(): Pick<CommandContext, "print" | "draw"> {
  const isThere = Deno.stderr.isTerminal();
  const write = (text: string) => isThere && Deno.stderr.writeSync(new TextEncoder().encode(text));
  return {
    print(line) {
      write("\r\x1b[K"); // clears what was drawn
      console.log(line);
    },
    draw: (line) => void write(`\r${line}`),
  };
}
