// Says why Hearback does not start: which setting it is about, what the system said, and what to do. Loaded only then.
import { AppError } from "../../db/app_error.ts";
import { adviceOnDatabase, OWN_FOLDER, reasonOf } from "./doctor_disk.ts";

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

function notOpened(error: unknown, { dataDir }: StartSettings): string {
  if (!(error instanceof AppError)) return `DATA_DIR "${dataDir}" cannot be used (${reasonOf(error)}). ${OWN_FOLDER}`;
  if (error.code === "disk_full") return `The disk of DATA_DIR "${dataDir}" is full. Make room there and start again`;
  if (error.code === "busy") return `The database in DATA_DIR "${dataDir}" is in use by another program. End that one`;
  return `${error.message}. It lies in DATA_DIR "${dataDir}". ${adviceOnDatabase(error)}`;
}

function notListening(error: unknown, { host, port }: StartSettings): string {
  if (error instanceof Deno.errors.AddrInUse) {
    return `Port ${port} is in use, perhaps by another Hearback. End that one, or set another PORT`;
  }
  return `HOST "${host}" with PORT ${port} is no address to listen on here (${reasonOf(error)}). ` +
    "0.0.0.0 listens everywhere; ports below 1024 are for root alone";
}
