// Looks for what could keep Hearback from keeping reviews safe, before it happens, and says in plain words what to do.
import { datasetSettings } from "../hub/dataset_settings.ts";
import { checkDataset } from "./doctor_dataset.ts";
import { checkDatabase, checkDisk } from "./doctor_disk.ts";
import { checkToken } from "./doctor_token.ts";
import type { Finding } from "./finding.ts";
import type { BackupSettings } from "../running_backup.ts";

/** What the doctor looks at. */
export interface DoctorContext {
  settings: BackupSettings;
  dataDir: string;
  now: () => Date;
  /** Prints a line for people. */
  print: (line: string) => void;
}

/** Checks settings, disk, clock, token, rights and dataset, and prints what it finds. Returns 1 where something is wrong, else 0. */
export async function doctor({ settings, dataDir, now, print }: DoctorContext): Promise<number> {
  let problems = 0;
  const tell = (name: string, { verdict, text, advice }: Finding) => {
    print(`${verdict.padEnd(8)} ${name}: ${text}`);
    if (advice !== undefined) print(`${" ".repeat(9)}→ ${advice}`);
    if (verdict === "problem") problems++;
  };
  tell("settings", checkSettings(settings));
  const disk = await checkDisk(dataDir);
  tell("disk", disk);
  if (disk.verdict === "ok") tell("database", checkDatabase(dataDir));
  const connection = datasetSettings(settings);
  if (connection !== null) {
    const { clock, account, owners, canWrite } = await checkToken(connection, now);
    if (clock !== undefined) tell("clock", clock);
    tell("token", account);
    if (owners !== undefined) {
      const workDir = disk.verdict === "ok" ? `${dataDir}/doctor` : null;
      const findings = await checkDataset(connection, { owners, canWrite, workDir });
      for (const [name, finding] of findings) tell(name, finding);
    }
  }
  print(problems === 0 ? "Nothing stands in the way." : `${problems} of these must be mended.`);
  return problems === 0 ? 0 : 1;
}

function checkSettings({ token, dataset, endpoint, private: isPrivate }: BackupSettings): Finding {
  if (token !== undefined && dataset !== undefined) {
    return { verdict: "ok", text: `reviews go to the ${isPrivate ? "private " : ""}dataset ${dataset} at ${endpoint}` };
  }
  const missing = [token === undefined && "HF_TOKEN", dataset === undefined && "DATASET_REPO"].filter(Boolean);
  return {
    verdict: "warning",
    text: "nothing is backed up: reviews lie on this disk alone",
    advice: `Set ${missing.join(" and ")} to have them backed up`,
  };
}
