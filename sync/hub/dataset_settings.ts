// Which dataset the settings name and how it is reached, in a file that does not load the Hub's client.
import type { BackupSettings } from "../running_backup.ts";

/** Which dataset, and how to reach it. */
export interface DatasetSettings {
  /** Base URL of the Hub, without a slash at the end. */
  endpoint: string;
  /** `owner/name`. */
  repo: string;
  token: string;
  /** Visibility if the dataset has to be created. */
  private: boolean;
  /** Path of the file that remembers what the storage holds; without it, every upload is whole. */
  sentChunks?: string;
}

/** The settings that a dataset is found by. */
export type ConnectionSettings = Pick<BackupSettings, "token" | "dataset" | "endpoint" | "private">;

/** The dataset that is configured, or null where none is. */
export function datasetSettings(settings: ConnectionSettings): DatasetSettings | null {
  const { token, dataset: repo, endpoint, private: isPrivate } = settings;
  return token === undefined || repo === undefined ? null : { endpoint, repo, token, private: isPrivate };
}
