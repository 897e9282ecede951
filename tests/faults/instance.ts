// One Hearback without its page: a real store in a folder, and real backup runs against a Hub whenever a test wants one.
import { DatabaseSync } from "node:sqlite";
import { type Ledger, readLedger } from "../../db/sqlite/ledger.ts";
import { withDatabase } from "../../db/file/open_database.ts";
import type { Review } from "../../db/review.ts";
import { openSqliteStore, type SqliteReviewStore } from "../../db/sqlite/sqlite_store.ts";
import { runBackup, type RunOptions, type RunResult } from "../../sync/jobs/back_up.ts";
import type { RunEvent } from "../../sync/jobs/job.ts";
import { newReview } from "../db/store_contract.ts";
import type { Hub } from "../hub/hub.ts";

/** The dataset that instances share unless told otherwise. */
export const REPO = "ada/reviews";
export const TOKEN = "hf_local_write";

/** How to start an {@linkcode Instance}. */
export interface InstanceOptions {
  repo?: string;
  token?: string;
  /** A folder that stays when the instance is disposed of; without it, a new one that goes. */
  dir?: string;
  now?: () => Date;
}

/** An instance of Hearback on a disk of its own. */
export interface Instance extends AsyncDisposable {
  store: SqliteReviewStore;
  dir: string;
  /** Path of the local database. */
  database: string;
  /** What the last run told. */
  events: RunEvent[];
  /** Runs the backup once; the first run reads the dataset as a start does. */
  run(options?: Partial<RunOptions>): Promise<RunResult>;
  submit(comments: string, more?: { name?: string; rating?: number }): Promise<Review>;
  /** All reviews in the order of ids. */
  reviews(): Promise<Review[]>;
  /** The comments of all reviews in the order of ids. */
  comments(): Promise<(string | null)[]>;
  ledger(): Ledger;
}

/** Opens the store of an instance; nothing is asked of the Hub before the first run. */
export async function startInstance(hub: Hub, options: InstanceOptions = {}): Promise<Instance> {
  const { repo = REPO, token = TOKEN, now = () => new Date() } = options;
  const dir = options.dir ?? await Deno.makeTempDir({ prefix: "hearback_faults_" });
  const database = `${dir}/reviews.db`;
  const store = openSqliteStore({ path: database, now });
  let readFirst = true;
  const reviews = () => Array.fromAsync(store.export({})).then((slices) => slices.flat());
  const instance: Instance = {
    store,
    dir,
    database,
    events: [],
    async run(changes) {
      instance.events = [];
      const result = await runBackup({
        ...jobOptions(instance, hub, { repo, token }),
        readFirst,
        now,
        signal: new AbortController().signal,
        onEvent: (event) => instance.events.push(event),
        ...changes,
      });
      readFirst = false;
      await store.refresh();
      return result;
    },
    async submit(comments, { name = "", rating = 5 } = {}) {
      const added = await store.add(newReview({ name, rating, comments }));
      return added.review;
    },
    reviews,
    comments: async () => (await reviews()).map(({ comments }) => comments),
    ledger: () => withDatabase(database, readLedger),
    async [Symbol.asyncDispose]() {
      await store.close();
      if (options.dir === undefined) await Deno.remove(dir, { recursive: true });
    },
  };
  return instance;
}

/** The part of a job's options that says where from and where to. */
export function jobOptions(
  { database, dir }: Pick<Instance, "database" | "dir">,
  hub: Hub,
  { repo = REPO, token = TOKEN } = {},
): Pick<RunOptions, "settings" | "database" | "workDir"> {
  const settings = { endpoint: hub.url, repo, token, private: true };
  return { settings, database, workDir: `${dir}/work` };
}

/** A folder that is removed at the end of the test. */
export async function tempDir(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "hearback_faults_" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** What a database holds, read with nothing but SQLite: one of the dataset by its bytes, a local one by its path. */
export function readFile<T = Record<string, unknown>>(source: Uint8Array | string | undefined, sql: string): T[] {
  if (source === undefined) throw new TypeError("There is no such file in the dataset");
  using db = typeof source === "string" ? new DatabaseSync(source, { readOnly: true }) : new DatabaseSync(":memory:");
  if (typeof source !== "string") db.deserialize(source);
  return db.prepare(sql).all() as T[];
}

/** The comments in the dataset's database, in the order of ids. */
export function remoteComments(hub: Hub, revision?: string): unknown[] {
  const bytes = hub.repo(REPO)?.file("reviews.db", revision);
  return readFile(bytes, "SELECT comments FROM reviews ORDER BY id").map(({ comments }) => comments);
}
