// Says why Hearback does not start: which setting it is about, what the system said, and what to do. Loaded only then, and by the doctor.
import { AppError } from "../db/app_error.ts";
import { isDiskFull } from "./sync_error.ts";

/** The settings that a start may fail at. */
export interface StartSettings {
  dataDir: string;
  host: string;
  port: number;
}

/** The failure to open what is in DATA_DIR, or to listen, in words for whoever started it. */
export function startFailure(step: "open" | "listen", error: unknown, settings: StartSettings): Error {
  const text = step === "open" ? notOpened(error, settings) : notListening(error, settings);
  return new Error(text, { cause: error });
}

/** The failure to use DATA_DIR or the database in it, with what to do. */
export function notOpened(error: unknown, { dataDir }: Pick<StartSettings, "dataDir">): string {
  const isFull = error instanceof AppError ? error.code === "disk_full" : isDiskFull(error);
  if (isFull) return `The disk of DATA_DIR "${dataDir}" is full. Make room there and start again`;
  if (!(error instanceof AppError)) return `DATA_DIR "${dataDir}" cannot be used (${reasonOf(error)}). ${OWN_FOLDER}`;
  if (error.code === "busy") return `The database in DATA_DIR "${dataDir}" is in use by another program. End that one`;
  const advice = /newer Hearback/.test(error.message) ? "Update this Hearback" : MOVE_ASIDE;
  return `${error.message}. It is in DATA_DIR "${dataDir}". ${advice}`;
}

const OWN_FOLDER =
  "Let the user that runs Hearback own that folder, on a disk that can be written to; in the container that is uid 1000";
const MOVE_ASIDE =
  "Move reviews.db and what begins with its name to another folder and keep it; the next start fetches the newest backup";

// What the system says of a file or folder, without the path.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return /^(.+?) \(os error \d+\)/.exec(error.message)?.[1] ?? error.message.split(/: /)[0]!;
}

function notListening(error: unknown, { host, port }: StartSettings): string {
  if (error instanceof Deno.errors.AddrInUse) {
    return `Port ${port} is in use, perhaps by another Hearback. End that one, or set another PORT`;
  }
  return `HOST "${host}" with PORT ${port} is no address to listen on here (${reasonOf(error)}). ` +
    "0.0.0.0 listens everywhere; ports below 1024 are for root alone";
}
