// The queue of new reviews: those that arrive together share one transaction (group commit), and nothing is answered before it is on disk.
import type { DatabaseSync } from "node:sqlite";
import { AppError } from "./app_error.ts";
import { CONTENT_COLUMNS, CONTENT_PARAMETERS, contentsOf } from "./columns.ts";
import type { NewReview, Review } from "./review.ts";
import { readReviews } from "./review_queries.ts";
import { toSqlTime } from "./sql_time.ts";
import { toAppError } from "./sqlite_error.ts";
import type { AddResult } from "./store.ts";
import { prepareRows, rowToReview } from "./stored_row.ts";
import { transaction } from "./transaction.ts";

/** What the queue needs. */
export interface AddQueueOptions {
  now: () => Date;
  /** Milliseconds that a transaction waits for the lock. */
  patience: number;
  /** Hears the reviews of each transaction, oldest first, once they are on disk and before they are answered. */
  onAdded: (reviews: Review[]) => void;
}

const MAX_WAITING = 5000; // about a tenth of a second's work; what came on top would be answered too late to be of use

/** A review on its way into the database, and whom to tell. */
interface Waiting {
  review: NewReview;
  resolve: (result: AddResult) => void;
  reject: (reason: unknown) => void;
}

type Answer = AddResult | { failure: unknown };

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
    const answers = batch.map(({ review }): Answer => {
      try {
        return this.#storeOne(review, createdAt);
      } catch (error) {
        if (!this.#db.isTransaction) throw error; // SQLite gave up the whole transaction
        return { failure: toAppError(error) };
      }
    });
    const created = answers.filter((answer) => "created" in answer && answer.created).length;
    if (created > 0) this.#statements.grow.run(created);
    return answers;
  }

  #storeOne(review: NewReview, createdAt: string): AddResult {
    const { insert, byUid } = this.#statements;
    const row = { ...review, created_at: createdAt, review: review.rating };
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
  return {
    insert: db.prepare(
      `INSERT INTO reviews (${CONTENT_COLUMNS}) SELECT ${CONTENT_PARAMETERS}
       WHERE NOT EXISTS (SELECT 1 FROM erasures WHERE uid = ?) ON CONFLICT (uid) DO NOTHING`,
    ),
    byUid: prepareRows(db, "uid = ?"),
    grow: db.prepare("UPDATE backup SET revision = revision + ?"),
  };
}
