// Notes which reviews change while a successor of the database is built, so that it can be told at the end what it lacks.
import type { DatabaseSync } from "node:sqlite";

const MOST = 100_000; // uids kept, for the case that nobody asks any more

/** What changed through one connection. */
export class Changes {
  readonly #dataVersion: () => unknown;
  #seen: unknown;
  #uids: Set<string> | undefined;

  constructor(db: DatabaseSync) {
    const statement = db.prepare("PRAGMA data_version");
    this.#dataVersion = () => statement.get()?.data_version;
  }

  /** Notes that a review was added or erased. */
  note(uid: string): void {
    if (this.#uids?.add(uid).size === MOST) this.#uids = undefined;
  }

  /** The uids noted since the last call, which begins to note them; null where there is more, such as what somebody else wrote. */
  take(): string[] | null {
    const version = this.#dataVersion();
    const uids = this.#uids === undefined || version !== this.#seen ? null : [...this.#uids];
    this.#seen = version;
    this.#uids = new Set();
    return uids;
  }
}
