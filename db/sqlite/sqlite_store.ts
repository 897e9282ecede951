// The store on SQLite: one connection for the thread that answers people, with everything that a page shows at hand.
import type { DatabaseSync } from "node:sqlite";
import { AddQueue } from "./add_queue.ts";
import type { MergeFacts } from "./merge_target.ts";
import { openDatabase } from "../file/open_database.ts";
import type { NewReview, Review } from "../review.ts";
import { readAll, readPage, readReviews } from "./review_queries.ts";
import { toSqlTime } from "../sql_time.ts";
import { toAppError, withAppErrors } from "../file/sqlite_error.ts";
import type {
  AddResult,
  ReviewFilter,
  ReviewPage,
  ReviewQuery,
  ReviewStats,
  ReviewStore,
  StoreChange,
} from "../store.ts";
import { prepareRows } from "../file/read_rows.ts";
import { prepareWrites } from "../file/write_rows.ts";
import { replaceDatabase, type Replacement, writesTo } from "./replacement.ts";
import type { Replaceable } from "./build_replacement.ts";
import { Tallies } from "./tallies.ts";
import { transaction } from "../file/transaction.ts";

/** What the store needs. */
export interface SqliteStoreOptions {
  /** Path of the database file; it is created or migrated where needed. */
  path: string;
  now: () => Date;
  /** Milliseconds that a write waits while another process holds the database; 5000 unless told. */
  patience?: number;
}

/** A store whose file can be replaced while it is in use. */
export interface SqliteReviewStore extends ReviewStore, Replaceable {
  /** Lets writes go on that wait since `prepare({ hold: true })`. */
  release(): void;
}

/** Opens the store. Throws as `openDatabase()` does. */
export function openSqliteStore(options: SqliteStoreOptions): SqliteReviewStore {
  const db = openDatabase(options.path);
  try {
    return withAppErrors(() => new SqliteStore(db, options));
  } catch (error) {
    db.close();
    throw error;
  }
}

class SqliteStore implements SqliteReviewStore {
  readonly #path: string;
  readonly #now: () => Date;
  readonly #patience: number;
  #db!: DatabaseSync;
  #statements!: ReturnType<typeof prepare>;
  #queue!: AddQueue;
  readonly #tallies = new Tallies();
  readonly #listeners = new Set<(change: StoreChange) => void>();
  /** Calls that have not settled yet; closing waits for them. */
  readonly #underWay = new Set<Promise<unknown>>();
  #version = 0;
  /** Grows when others write; as it was when the tallies were counted. */
  #counted: unknown;
  /** How often merges had changed reviews by then. */
  #merges = 0;
  /** While the file is replaced; calls wait for it. */
  #replacing: Promise<unknown> | undefined;
  /** Grows when others write; as it was when a replacement was prepared. */
  #prepared: unknown;
  /** While nothing may be written. */
  #held: PromiseWithResolvers<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(db: DatabaseSync, { path, now, patience = 5000 }: SqliteStoreOptions) {
    this.#path = path;
    this.#now = now;
    this.#patience = patience;
    this.#use(db);
  }

  add(review: NewReview): Promise<AddResult> {
    const isOpen = (this.#replacing ?? this.#held ?? this.#closing) === undefined;
    // Straight to the queue, which knows by itself what is under way: this is what must cost least.
    return isOpen ? this.#queue.add(review) : this.#write(() => this.#queue.add(review));
  }

  get(uid: string): Promise<Review | undefined> {
    return this.#run(() => readReviews(this.#statements.byUid, uid)[0]);
  }

  list(query: ReviewQuery): Promise<ReviewPage> {
    return this.#run(() => readPage(this.#db, query, this.#knownTotal(query)));
  }

  stats(): Promise<ReviewStats> {
    return this.#run(() => this.#tallies.stats());
  }

  async *export(filter: ReviewFilter): AsyncIterable<Review[]> {
    const slices = readAll(() => this.#db, filter)[Symbol.asyncIterator]();
    while (true) {
      const { value, done } = await this.#run(() => slices.next());
      if (done) return;
      yield value;
    }
  }

  erase(uid: string): Promise<boolean> {
    return this.#write(() => this.#erase(uid));
  }

  putBack(review: Review, uid: string): Promise<Review> {
    return this.#write(() => this.#putBack(review, uid));
  }

  version(): number {
    return this.#version;
  }

  pending(): number {
    // Read anew each time, because the backup notes what it did through a connection of its own.
    return Math.max(0, Number(this.#statements.pending.get()?.pending));
  }

  subscribe(listener: (change: StoreChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  refresh(): Promise<void> {
    return this.#run(async () => {
      await new Promise((resolve) => setImmediate(resolve)); // by then what was committed here is in the tallies
      const version = this.#statements.dataVersion.get()?.data_version;
      if (version === this.#counted) return;
      const { merges } = writesTo(this.#db);
      // Mostly it was the backup, which noted in the ledger what it did.
      if (!this.#recount() && merges === this.#merges) return;
      this.#merges = merges;
      this.#tell({ added: [], erased: [], reload: true });
    });
  }

  async prepare({ hold }: { hold: boolean }): Promise<void> {
    if (hold) this.#held ??= Promise.withResolvers();
    await this.#settled();
    this.#prepared = this.#statements.dataVersion.get()?.data_version;
  }

  release(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  async replace(replacement: Replacement): Promise<MergeFacts | null> {
    while (this.#replacing !== undefined) await this.#replacing;
    if (this.#closing !== undefined) throw new Error("The store is closed");
    const replacing = this.#settled().then(() => this.#replace(replacement));
    this.#replacing = replacing.catch(() => {});
    try {
      return await replacing;
    } catch (error) {
      throw toAppError(error);
    } finally {
      this.#replacing = undefined;
      this.release();
    }
  }

  close(): Promise<void> {
    this.release();
    this.#closing ??= Promise.allSettled([this.#settled(), this.#replacing]).then(() => this.#db.close());
    return this.#closing;
  }

  #use(db: DatabaseSync): void {
    // Waiting for a lock must not stop the event loop: transaction() asks again by itself.
    db.exec("PRAGMA busy_timeout = 0");
    this.#db = db;
    this.#statements = prepare(db);
    const onAdded = (reviews: Review[]) => this.#onAdded(reviews);
    this.#queue = new AddQueue(db, { now: this.#now, patience: this.#patience, onAdded });
    this.#merges = writesTo(db).merges;
    this.#recount();
  }

  #recount(): boolean {
    this.#counted = this.#statements.dataVersion.get()?.data_version;
    return this.#tallies.recount(this.#db);
  }

  #replace(replacement: Replacement): MergeFacts | null {
    const before = this.#tallies.total;
    const isCopy = "copyOf" in replacement;
    if (isCopy && this.#statements.dataVersion.get()?.data_version !== this.#prepared) return null;
    const replaced = replaceDatabase(this.#db, { path: this.#path, replacement });
    if (replaced === null) return null;
    this.#use(replaced.db);
    if (!isCopy) this.#tell({ added: [], erased: [], reload: true });
    const { erased, renumbered, new: localOnly } = replaced.copied;
    return { added: this.#tallies.total - before + erased, erased, renumbered, localOnly };
  }

  #settled(): Promise<unknown> {
    return Promise.allSettled([...this.#underWay, this.#queue.settled()]);
  }

  async #write<T>(work: () => Promise<T>): Promise<T> {
    while (this.#held !== undefined) await this.#held.promise;
    return await this.#run(work);
  }

  // The one gate of all other calls: none after close(), none cut off by it, and failures in the words of the rest of Hearback.
  async #run<T>(work: () => T | Promise<T>): Promise<T> {
    while (this.#replacing !== undefined) await this.#replacing;
    if (this.#closing !== undefined) throw new Error("The store is closed");
    const running = (async () => await work())();
    this.#underWay.add(running);
    try {
      return await running;
    } catch (error) {
      throw toAppError(error);
    } finally {
      this.#underWay.delete(running);
    }
  }

  #onAdded(added: Review[]): void {
    for (const { rating } of added) this.#tallies.change(rating, 1);
    this.#tell({ added, erased: [], reload: false });
  }

  async #erase(uid: string): Promise<boolean> {
    const review = await transaction(this.#db, this.#patience, () => {
      const [review] = readReviews(this.#statements.byUid, uid);
      if (review === undefined) return undefined;
      this.#statements.erase(uid, toSqlTime(this.#now()));
      this.#statements.grow.run();
      return review;
    });
    if (review === undefined) return false;
    this.#tallies.change(review.rating, -1);
    this.#tell({ added: [], erased: [uid], reload: false });
    await this.#emptyLog();
    return true;
  }

  async #putBack({ id, createdAt, rating, ...texts }: Review, uid: string): Promise<Review> {
    const row = { ...texts, id, uid, created_at: createdAt.replace("T", " ").replace("Z", ""), review: rating };
    const review = await transaction(this.#db, this.#patience, () => {
      if (this.#statements.insert(row) === undefined) throw new Error(`The uid "${uid}" is in use`);
      this.#statements.grow.run();
      return readReviews(this.#statements.byUid, uid)[0]!;
    });
    this.#tallies.change(rating, 1);
    this.#tell({ added: [], erased: [], reload: true });
    return review;
  }

  // The write-ahead log still holds the pages as they were, text included. It cannot be emptied while somebody else reads.
  async #emptyLog(): Promise<void> {
    const giveUpAt = performance.now() + this.#patience;
    while (this.#statements.emptyLog.get()?.busy !== 0 && performance.now() < giveUpAt) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  #knownTotal({ q, rating, source }: ReviewFilter): number | undefined {
    if ((q !== undefined && q !== "") || (rating !== undefined && source !== undefined)) return undefined;
    if (rating !== undefined) return this.#tallies.countOf(rating);
    if (source !== undefined) return Number(this.#statements.countSource.get(source)?.n);
    return this.#tallies.total;
  }

  #tell(change: StoreChange): void {
    this.#version++;
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        // A listener's mistake goes where uncaught errors go; the reviews are stored and the other listeners hear of them.
        reportError(error);
      }
    }
  }
}

function prepare(db: DatabaseSync) {
  return {
    ...prepareWrites(db),
    byUid: prepareRows(db, "uid = ?"),
    countSource: db.prepare("SELECT count(*) AS n FROM reviews WHERE source = ?"),
    pending: db.prepare("SELECT revision - backed_up AS pending FROM backup"),
    grow: db.prepare("UPDATE backup SET revision = revision + 1"),
    emptyLog: db.prepare("PRAGMA wal_checkpoint(TRUNCATE)"),
    dataVersion: db.prepare("PRAGMA data_version"),
  };
}
