// The queue of new reviews: those that arrive together share one transaction (group commit), and nothing is answered before it is on disk.
import type { DatabaseSync } from "node:sqlite";
import { AppError } from "../app_error.ts";
import { COLUMNS, CONTENT_COLUMNS, CONTENT_PARAMETERS, contentsOf, rowToReview, type StoredRow } from "../row.ts";
import type { NewReview, Review } from "../review.ts";
import { readReviews } from "./review_queries.ts";
import { toSqlTime } from "../sql_time.ts";
import { toAppError } from "../file/sqlite_error.ts";
import type { AddResult } from "../store.ts";
import { prepareRows } from "../file/read_rows.ts";
import { transaction } from "../file/transaction.ts";

/** What the queue needs. */
export interface AddQueueOptions {
  now: () => Date;
  /** Milliseconds that a transaction waits for the lock. */
  patience: number;
  /** Hears the reviews of each transaction, oldest first, once they are on disk and before they are answered. */
  onAdded: (reviews: Review[]) => void;
}

const MAX_WAITING = 5000; // about a tenth of a second's work; what came on top would be answered too late to be of use
const TOGETHER = 10; // rows that one statement stores, in half of the time that they would take one by one; more gain no more

/** A review on its way into the database, and whom to tell. */
interface Waiting {
  review: NewReview;
  resolve: (result: AddResult) => void;
  reject: (reason: unknown) => void;
}

type Answer = AddResult | { failure: unknown };
type NewRow = Omit<StoredRow, "id">;

/** Stores new reviews in the order in which they came. */
export class AddQueue {
  readonly #db: DatabaseSync;
  readonly #options: AddQueueOptions;
  readonly #statements: ReturnType<typeof prepare>;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;

  constructor(db: DatabaseSync, options: AddQueueOptions) {
    this.#db = db;
    this.#options = options;
    this.#statements = prepare(db);
  }

  /** Stores a review as `ReviewStore.add()` says. */
  add(review: NewReview): Promise<AddResult> {
    if (this.#waiting.length >= MAX_WAITING) {
      const message = "More reviews arrive than can be stored; please send yours again in a moment";
      return Promise.reject(new AppError("busy", message, { retryAfter: 1 }));
    }
    const { promise, resolve, reject } = Promise.withResolvers<AddResult>();
    this.#waiting.push({ review, resolve, reject });
    this.#flushing ??= this.#flush();
    return promise;
  }

  /** Resolves once nothing waits any more. */
  async settled(): Promise<void> {
    await this.#flushing;
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      // After the other events of this turn, so that what arrives together is written together.
      await new Promise((resolve) => setImmediate(resolve));
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        this.#answer(batch, await transaction(this.#db, this.#options.patience, () => this.#store(batch)));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#flushing = undefined;
  }

  // In an open transaction. A review that cannot be stored does not fail the others.
  #store(batch: Waiting[]): Answer[] {
    const createdAt = toSqlTime(this.#options.now());
    const rows = batch.map(({ review }) => ({ ...review, created_at: createdAt, review: review.rating }));
    const answers: Answer[] = [];
    while (answers.length < rows.length) {
      const next = rows.slice(answers.length, answers.length + TOGETHER);
      answers.push(...this.#storeTogether(next) ?? next.map((row) => this.#tryOne(row)));
    }
    const created = answers.filter((answer) => "created" in answer && answer.created).length;
    if (created > 0) this.#statements.grow.run(created);
    return answers;
  }

  // All of the rows or none: then one of them is at fault, and they have to be stored one by one.
  #storeTogether(rows: NewRow[]): Answer[] | undefined {
    if (rows.length < TOGETHER) return undefined;
    try {
      const { changes, lastInsertRowid } = this.#statements.insertTogether.run(...rows.flatMap(contentsOf));
      if (changes !== TOGETHER) return undefined;
      const first = Number(lastInsertRowid) - TOGETHER + 1; // nobody else writes meanwhile, so their ids have no gaps
      return rows.map((row, index) => ({ created: true, review: rowToReview({ ...row, id: first + index }) }));
    } catch (error) {
      if (!this.#db.isTransaction) throw error; // SQLite gave up the whole transaction
      return undefined;
    }
  }

  #tryOne(row: NewRow): Answer {
    try {
      return this.#storeOne(row);
    } catch (error) {
      if (!this.#db.isTransaction) throw error;
      return { failure: toAppError(error) };
    }
  }

  #storeOne(row: NewRow): AddResult {
    const { insert, byUid } = this.#statements;
    const { changes, lastInsertRowid } = insert.run(...contentsOf(row), row.uid);
    if (changes === 1) return { created: true, review: rowToReview({ ...row, id: Number(lastInsertRowid) }) };
    const [stored] = readReviews(byUid, row.uid);
    if (stored !== undefined) return { created: false, review: stored };
    const message = "This review was erased and cannot be sent again";
    throw new AppError("invalid", message, { fields: [{ field: "uid", message }] });
  }

  #answer(batch: Waiting[], answers: Answer[]): void {
    const added = answers.flatMap((answer) => "created" in answer && answer.created ? [answer.review] : []);
    if (added.length > 0) this.#options.onAdded(added);
    for (const [index, { resolve, reject }] of batch.entries()) {
      const answer = answers[index]!;
      if ("failure" in answer) reject(answer.failure);
      else resolve(answer);
    }
  }
}

function prepare(db: DatabaseSync) {
  const uidAt = COLUMNS.indexOf("uid") - 1; // among the contents, which come without the id
  const rows = Array.from({ length: TOGETHER }, (_, row) => {
    const first = row * (COLUMNS.length - 1) + 1;
    return COLUMNS.slice(1).map((_, column) => `?${first + column}`);
  });
  return {
    insert: db.prepare(
      `INSERT INTO reviews (${CONTENT_COLUMNS}) SELECT ${CONTENT_PARAMETERS}
       WHERE NOT EXISTS (SELECT 1 FROM erasures WHERE uid = ?) ON CONFLICT (uid) DO NOTHING`,
    ),
    insertTogether: db.prepare(
      `INSERT INTO reviews (${CONTENT_COLUMNS}) SELECT * FROM (VALUES ${rows.map((row) => `(${row})`)})
       WHERE NOT EXISTS (SELECT 1 FROM erasures WHERE uid IN (${rows.map((row) => row[uidAt])}))`,
    ),
    byUid: prepareRows(db, "uid = ?"),
    grow: db.prepare("UPDATE backup SET revision = revision + ?"),
  };
}
