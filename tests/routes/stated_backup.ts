// A backup that is in whatever state a test puts it, and tells its subscribers as the real one does.
import type { Backup, BackupRuns, BackupStatus } from "../../sync/status.ts";

export class StatedBackup implements Backup {
  starts = 0;
  /** What each start asked for. */
  readonly asked: Parameters<Backup["start"]>[0][] = [];
  isSettled = true;
  #listeners = new Set<(status: BackupStatus) => void>();
  #status: BackupStatus = {
    state: "off",
    dataset: null,
    pending: 0,
    lastBackup: null,
    nextTryAt: null,
    failure: null,
    progress: null,
    notice: null,
    drill: null,
  };

  status(): BackupStatus {
    return this.#status;
  }
  runs(): BackupRuns {
    return { succeeded: 3, failures: { token: 2 }, bytesSent: 4096, seconds: 1.5 };
  }
  settled(): boolean {
    return this.isSettled;
  }
  start(extras?: Parameters<Backup["start"]>[0]): void {
    this.starts++;
    this.asked.push(extras);
  }
  subscribe(listener: (status: BackupStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  /** How many listen just now. */
  get listeners(): number {
    return this.#listeners.size;
  }
  /** Moves to another state. */
  become(change: Partial<BackupStatus>): void {
    this.#status = { ...this.#status, ...change };
    for (const listener of this.#listeners) listener(this.#status);
  }
}
