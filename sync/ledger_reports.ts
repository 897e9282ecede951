// What the ledger says of the last backup and the last drill, in the words of the status.
import type { Ledger } from "../db/sqlite/ledger.ts";
import type { BackupStatus } from "./status.ts";

const HOUR = 3_600_000;
const DRILL_EVERY = 24 * HOUR;
const DRILL_AGAIN = HOUR; // after one that failed

/** The last backup and drill of the dataset at `url`; null where the ledger knows of none. */
export function ledgerReports(ledger: Ledger, url: string): Pick<BackupStatus, "lastBackup" | "drill"> {
  const { commitId, commitAt, dataset, drillAt, drillOk, drillMessage } = ledger;
  if (commitId === null || commitAt === null || dataset !== url) return { lastBackup: null, drill: null };
  const drill = drillAt === null ? null : { at: drillAt, ok: drillOk, message: drillMessage ?? "" };
  return { lastBackup: { at: commitAt, commit: commitId, url: `${url}/commit/${commitId}` }, drill };
}

/** Whether it is time to look at the newest backup again. */
export function isDrillDue({ commitId, drillAt, drillOk }: Ledger, now: Date): boolean {
  if (commitId === null || drillAt === null) return commitId !== null;
  // A clock that was set back makes one drill more, and not none for years.
  return Math.abs(now.getTime() - Date.parse(drillAt)) >= (drillOk ? DRILL_EVERY : DRILL_AGAIN);
}
