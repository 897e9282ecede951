// A database as a demo's visitors would fill it, of any size, for benchmarks.
import { v7 as uuidv7 } from "uuid";
import { withDatabase } from "../../db/file/open_database.ts";
import { toSqlTime } from "../../db/sql_time.ts";

const FIRST = Date.UTC(2025, 0, 1);
const BATCH = 5000;
const WORDS = ("the a this that it is was and but or with for model demo works well slow fast I think would be nicer " +
  "more less examples docs please add button upload image audio video text result wrong right great thanks error page " +
  "loading time tokens dataset label translation summary answer question voice accent colour mobile").split(" ");

/** Makes the database file `path` at least `megabytes` large, or with that many reviews; the same one each time. */
export function fillDatabase(path: string, { megabytes = Infinity, reviews = Infinity }): void {
  const random = seeded(7);
  withDatabase(path, (db) => {
    const insert = db.prepare(
      "INSERT INTO reviews (created_at, name, review, comments, uid, source) VALUES (?, ?, ?, ?, ?, ?)",
    );
    for (let number = 0; number < reviews && Deno.statSync(path).size < megabytes * 1e6;) {
      db.exec("BEGIN");
      for (const end = Math.min(number + BATCH, reviews); number < end; number++) {
        const { name, rating, comments, source } = madeUpReview(random);
        const msecs = FIRST + number * 60_000;
        const uid = uuidv7({ msecs, random: Uint8Array.from({ length: 16 }, () => random(256)) });
        insert.run(toSqlTime(new Date(msecs)), name, rating, comments, uid, source);
      }
      db.exec("UPDATE backup SET revision = revision + 1");
      db.exec("COMMIT");
      db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    }
  });
}

/** A review with some 200 characters of comments; `random(n)` gives an integer from 0 to n - 1. */
export function madeUpReview(random: (below: number) => number) {
  const words = Array.from({ length: 10 + random(60) }, () => WORDS[random(WORDS.length)]);
  return {
    name: random(3) === 0 ? "" : `Visitor ${random(10_000)}`,
    rating: 1 + random(5),
    comments: words.join(" "),
    source: random(2) === 0 ? null : `demo-${random(20)}`,
  };
}

/** Whole numbers below a bound, the same ones for a seed. */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}
