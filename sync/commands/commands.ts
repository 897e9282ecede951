// What the owner can do from the command line: a look at everything, a drill, and going back to an earlier backup.
import { datasetSettings } from "../hub/dataset_settings.ts";
import { doctor } from "./doctor.ts";
import { runDrill } from "../jobs/drill.ts";
import type { JobOptions, RunEvent } from "../jobs/job.ts";
import { listBackups, restoreCommit } from "../jobs/restore.ts";
import { openNotes } from "../jobs/unread_notes.ts";
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

type Options = JobOptions & Pick<CommandContext, "print">;

async function drill({ print, ...options }: Options): Promise<number> {
  const { ok, message } = await runDrill(options);
  print(ok ? `The drill went well: ${message}` : `The drill failed: ${message}`);
  return ok ? 0 : 1;
}

async function restore({ print, ...options }: Options, [flag, value, ...more]: string[]): Promise<number> {
  if (flag === "--list" && more.length === 0 && (value === undefined || /^[1-9]\d{0,5}$/.test(value))) {
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
    listUnread(options.database, print);
    return 0;
  }
  if (flag === "--commit" && value !== undefined && more.length === 0) {
    const { commit, added, reviews, movedTo } = await restoreCommit({ ...options, commit: value });
    if (movedTo !== null) print(`The database that was here is damaged; it was moved to ${movedTo}`);
    print(`${reviewsInWords(added)} came back from commit ${commit}; reviews.db holds ${reviewsInWords(reviews)} now`);
    print("The next start merges the newest backup, as every start does");
    return 0;
  }
  print(USAGE);
  return 2;
}

// What the dataset holds and Hearback could not take over, as far as the database here knows.
function listUnread(database: string, print: (line: string) => void): void {
  for (const { commit, path, reason, keptAs } of openNotes(database)) {
    print(`${path} of commit ${commit} was not read whole: ${reason}`);
    print(
      `  ${keptAs === null ? "The history keeps it" : `It is kept as ${keptAs}`}; /admin/backup says what can be done`,
    );
  }
}

async function reported(context: CommandContext, command: (options: Options) => Promise<number>): Promise<number> {
  const { dataDir, now, print, draw } = context;
  const onEvent = (event: RunEvent) => event.type === "progress" && draw(bar(event.step, event.share));
  const { signal } = new AbortController();
  try {
    const settings = datasetSettings(context.settings);
    if (settings === null) {
      throw new SyncError("missing", "No dataset is configured", { hint: "Set HF_TOKEN and DATASET_REPO" });
    }
    await Deno.mkdir(dataDir, { recursive: true });
    const [database, workDir] = [`${dataDir}/reviews.db`, `${dataDir}/command`];
    return await command({ database, workDir, now, print, onEvent, signal, settings });
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
