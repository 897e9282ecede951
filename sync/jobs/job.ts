// What the jobs of the backup's Worker have in common: what they work with, and what they tell meanwhile.
import type { Replaceable } from "../../db/sqlite/build_replacement.ts";
import type { Unread } from "../../db/sqlite/unread.ts";
import type { DatasetSettings } from "../hub/dataset_settings.ts";

/** What every job of the backup needs. */
export interface JobOptions {
  settings: DatasetSettings;
  /** Path of the local database. */
  database: string;
  /** Folder for working files on the same disk; emptied by every job. */
  workDir: string;
  now: () => Date;
  /** Aborting ends the run at once; what was answered by the Hub by then is kept. */
  signal: AbortSignal;
  onEvent: (event: RunEvent) => void;
  /** The store, to have its file replaced; without it, or where that cannot be, everything is merged row by row. */
  store?: Replaceable | undefined;
}

/** What a job tells while it works. */
export type RunEvent =
  | { type: "progress"; step: string; share: number }
  /** The dataset has been read; the local database contains it. */
  | { type: "read"; added: number; erased: number }
  /** A file of the dataset was not taken over whole. */
  | { type: "unread"; file: Pick<Unread, "commit" | "path" | "kind" | "reason" | "keptAs"> }
  /** The dataset holds a commit with everything up to then. */
  | { type: "committed"; commit: string };
