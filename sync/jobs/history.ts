// Shows the owner which backups the dataset's history holds, by the titles of its commits alone, so that a page can wait for it.
import { openDataset } from "../hub/dataset.ts";
import { type ConnectionSettings, datasetSettings } from "../hub/dataset_settings.ts";
import type { HistoryEntry } from "../status.ts";

const LISTED = 30;
const PATIENCE_MS = 10_000;

/** The newest commits of the dataset, newest first; none without a dataset. Throws a `SyncError`. */
export async function readHistory(configured: ConnectionSettings): Promise<HistoryEntry[]> {
  const settings = datasetSettings(configured);
  if (settings === null) return [];
  const dataset = openDataset(settings, AbortSignal.timeout(PATIENCE_MS));
  const entries: HistoryEntry[] = [];
  for await (const { id, date, title } of dataset.commits()) {
    entries.push({ commit: id, at: date.toISOString(), title, url: `${dataset.url}/commit/${id}` });
    if (entries.length === LISTED) break;
  }
  return entries;
}
