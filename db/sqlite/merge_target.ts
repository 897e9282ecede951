// The local side of a merge: takes rows and erasures batch by batch in short transactions, so that submits go on between them.
import type { DatabaseSync } from "node:sqlite";
import { AppError } from "../app_error.ts";
import { compareRows, CONTENT_COLUMNS, CONTENT_PARAMETERS, contentsOf, type StoredRow } from "../row.ts";
import { readLedger, updateLedger } from "./ledger.ts";
import { mergeUnread } from "./unread.ts";
import { openDatabase } from "../file/open_database.ts";
import { prepareRows } from "../file/read_rows.ts";
import { prepareWrites, type RowWriter } from "../file/write_rows.ts";
import { transactionSync } from "../file/transaction.ts";

/** What a merge did. */
export interface MergeFacts {
  /** Reviews that were not here before. */
  added: number;
  /** Reviews that were here and are erased there. */
  erased: number;
  /** How many times a review here got another id, because the dataset uses its id or knows it under another one. */
  renumbered: number;
  /** Reviews and erasures here that the dataset lacks; where in doubt, because somebody was writing meanwhile, one too many. */
  localOnly: number;
}

/** What the local database said before anything was merged. */
interface Start {
  revision: number;
  vanished: number;
  reviews: number;
  erasures: number;
}

/** The local database while something is merged into it. */
export class MergeTarget implements Disposable {
  readonly #db: DatabaseSync;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #writes: RowWriter;
  readonly #start: Start;
  readonly #facts = { added: 0, erased: 0, renumbered: 0 };
  /** Remote rows that are contained in the local table, and remote erasures, counted to know what the remote lacks. */
  readonly #seen = { rows: 0, better: 0, erasures: 0, newErasures: 0 };
  /** Reviews that were added, changed, moved or removed. */
  #changed = 0;

  constructor(path: string) {
    this.#db = openDatabase(path);
    // Losing the last batches in a power cut is no loss, they are merged again. finish() makes all of them durable.
    this.#db.exec("PRAGMA synchronous = NORMAL");
    this.#db.exec("PRAGMA busy_timeout = 0"); // transactionSync() waits, and better
    this.#db.exec("PRAGMA cache_size = -65536"); // uids are random, so the pages of their index should stay in memory: 64 MiB
    this.#statements = prepare(this.#db);
    this.#writes = prepareWrites(this.#db);
    this.#start = this.#db.prepare(`SELECT revision, vanished, (SELECT count(*) FROM reviews) AS reviews,
      (SELECT count(*) FROM erasures) AS erasures FROM backup`).get() as unknown as Start;
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  /** Takes over erasures and removes what they erase. */
  addErasures(batch: { uid: string; erased_at: string }[]): void {
    this.#inShortTransactions(batch, ({ uid, erased_at }) => {
      this.#seen.erasures++;
      const { noted, removed } = this.#writes.erase(uid, erased_at);
      this.#seen.newErasures += noted;
      this.#facts.erased += removed;
      this.#changed += removed;
    });
  }

  /** Makes every id up to `id` taken, so that what is stored or moved from now on lies above all published ids. */
  raiseIds(id: number): void {
    this.#inShortTransactions([id], (id) => this.#writes.raiseIds(id));
  }

  /** Takes over what another database notes of files that were not read. */
  addNotes(from: DatabaseSync): void {
    this.#inShortTransactions([from], (from) => mergeUnread({ from, into: this.#db }));
  }

  /** Takes over reviews under the ids they have there. */
  addRows(batch: StoredRow[]): void {
    // What is here already, and that is mostly nearly all, needs no lock.
    const here = this.#between(batch[0]?.id ?? 0, batch.at(-1)?.id ?? 0, 2 * batch.length);
    const others = batch.filter((row) => !isSame(row, here.get(row.id)));
    this.#seen.rows += batch.length - others.length;
    this.#inShortTransactions(others, (row) => this.#addRow(row));
  }

  /** Notes in the ledger that `commit` is contained, and tells what was done. Throws `busy` when rows vanished meanwhile: merge again. */
  finish(
    { dataset, commit, uploadDue }: { dataset: string | null; commit: string | null; uploadDue: boolean },
  ): MergeFacts {
    this.#db.exec("PRAGMA synchronous = FULL");
    const start = this.#start;
    const facts = transactionSync(this.#db, PATIENCE_MS, () => {
      const { revision, vanished } = readLedger(this.#db);
      if (vanished !== start.vanished) {
        throw new AppError("busy", "Reviews vanished while the dataset was merged; merging it again", {
          retryAfter: 1,
        });
      }
      const reviews = start.reviews + this.#facts.added - this.#facts.erased - this.#seen.rows;
      const erasures = start.erasures + this.#seen.newErasures - this.#seen.erasures;
      // Every change since the start counts as one that the remote lacks. That can be one too many, and never one too few.
      const localOnly = Math.max(0, reviews + erasures + this.#seen.better + revision - start.revision);
      updateLedger(this.#db, {
        dataset,
        merged: commit,
        backedUp: revision - localOnly,
        ...(uploadDue || localOnly > 0 ? { uploadDue: true } : {}), // only a commit settles what was due before
      });
      return { ...this.#facts, localOnly };
    });
    // What was erased must not stay readable in the log either; if somebody reads all the time, a later checkpoint does it.
    if (facts.erased > 0) this.#db.exec("PRAGMA busy_timeout = 1000; PRAGMA wal_checkpoint(TRUNCATE)");
    return facts;
  }

  // One query for many rows is far faster than one for each; those beyond `most` are looked at one by one later.
  #between(first: number, last: number, most: number): Map<number, StoredRow> {
    const rows = this.#statements.between.all(first, last, most);
    return new Map(rows.map((row) => [row.id, row]));
  }

  #addRow(row: StoredRow): void {
    if (!this.#insert(row) && this.#statements.isErased.get(row.uid) === undefined) this.#reconcile(row);
  }

  // The row's id or its uid is in use here.
  #reconcile(row: StoredRow): void {
    const statements = this.#statements;
    const atId = statements.byId.get(row.id);
    if (atId?.uid === row.uid) return this.#settle(row, atId);
    const here = statements.byUid.get(row.uid);
    if (atId !== undefined) {
      // The dataset published this id for another review: the local one moves out of its way.
      this.#move(row.id, Number(statements.nextId.get()?.seq));
    }
    if (here === undefined) {
      this.#insert(row);
      return;
    }
    this.#move(here.id, row.id);
    this.#settle(row, here);
  }

  #move(from: number, to: number): void {
    this.#statements.move.run(to, from);
    this.#facts.renumbered++;
    this.#changed++;
  }

  // False where the row is erased here, or its id or uid is in use.
  #insert(row: StoredRow): boolean {
    const inserted = this.#statements.insert.run(row.id, ...contentsOf(row), row.uid).changes === 1;
    this.#facts.added += Number(inserted);
    this.#changed += Number(inserted);
    this.#seen.rows += Number(inserted);
    return inserted;
  }

  // The same uid with other contents: whichever comes first in a fixed order wins, so that all instances agree.
  #settle(row: StoredRow, here: StoredRow): void {
    this.#seen.rows++;
    const order = compareRows(row, here);
    if (order > 0) this.#seen.better++;
    if (order >= 0) return;
    this.#writes.replace(row);
    this.#changed++;
  }

  // Gives the lock back every few milliseconds, so that no submit waits long.
  #inShortTransactions<T>(items: T[], work: (item: T) => void): void {
    let at = 0;
    while (at < items.length) {
      transactionSync(this.#db, PATIENCE_MS, () => {
        const until = performance.now() + HOLD_MS;
        const before = this.#changed;
        do work(items[at++]!); while (at < items.length && performance.now() < until);
        if (this.#changed > before) this.#statements.grow.run();
      });
      // A waiting submit asks for the lock again and again, and must find it free.
      Atomics.wait(NEVER, 0, 0, PAUSE_MS);
    }
  }
}

function isSame(row: StoredRow, here: StoredRow | undefined): boolean {
  return here?.uid === row.uid && compareRows(row, here) === 0;
}

const NEVER = new Int32Array(new SharedArrayBuffer(4));
const HOLD_MS = 10;
const PAUSE_MS = 2;
const PATIENCE_MS = 60_000; // under steady submits the lock is rarely free; a merge has time

function prepare(db: DatabaseSync) {
  return {
    byId: prepareRows(db, "id = ?"),
    byUid: prepareRows(db, "uid = ?"),
    between: prepareRows(db, "id BETWEEN ? AND ? ORDER BY id LIMIT ?"),
    insert: db.prepare(
      `INSERT INTO reviews (id, ${CONTENT_COLUMNS}) SELECT ?, ${CONTENT_PARAMETERS}
       WHERE NOT EXISTS (SELECT 1 FROM erasures WHERE uid = ?) ON CONFLICT DO NOTHING`,
    ),
    move: db.prepare("UPDATE reviews SET id = ? WHERE id = ?"),
    nextId: db.prepare("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'reviews' RETURNING seq"),
    isErased: db.prepare("SELECT 1 FROM erasures WHERE uid = ?"),
    grow: db.prepare("UPDATE backup SET merges = merges + 1"),
  };
}
