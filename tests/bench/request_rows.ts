// The rows about single requests: Hearback under load beside a server that does nothing else.
import { get, type IncomingHttpHeaders } from "node:http";
import { buffer } from "node:stream/consumers";
import { withDatabase } from "../../db/file/open_database.ts";
import { alike, type Bench, type Row, type Sides } from "./bench_row.ts";
import type { Server } from "./server.ts";
import { load } from "./wrk.ts";

const SECONDS = 3;
/** What a browser says of itself. */
export const BROWSER = { "Accept": "text/html", "Accept-Encoding": "gzip" };
/** A review. */
export const REVIEW = {
  name: "Ada",
  rating: 5,
  comments: "The demo works well; it would be nicer with more examples and a button to download what it has made",
  source: "demo-1",
};
/** The same, as wrk sends it. */
export const SUBMIT = {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(REVIEW),
};

/** Many submits at once. */
export const submit: Row = {
  what: "`POST /api/reviews`, on disk when answered, 256 connections",
  against: "bare `Deno.serve` that parses and answers the same JSON",
  unit: "a second",
  goal: { atLeast: 0.45 },
  needs: ["wrk"],
  prepare: async (bench) => alike([await bench.hearback(), await bench.bare()], (server) => submitRate(server, 256)),
};

/** One submit after the other. */
export const submitAlone: Row = {
  what: "the same, 1 connection",
  against: "one insert and commit through `node:sqlite` plus one bare request",
  unit: "ms",
  goal: { atMost: 1.3 },
  needs: ["wrk"],
  async prepare(bench) {
    const [hearback, bare] = [await bench.hearback(), await bench.bare()];
    const path = `${await bench.dataDir(10)}/reviews.db`;
    const time = async (server: Server) => 1000 / await submitRate(server, 1);
    return { ours: () => time(hearback), theirs: async () => insertTime(path) + await time(bare) };
  },
};

/** The page. */
export const page: Row = {
  what: "`GET /` as browsers get it, 64 connections",
  against: "bare `Deno.serve` with the same bytes in memory",
  unit: "a second",
  goal: { atLeast: 0.6 },
  needs: ["wrk"],
  prepare: (bench) => besideItsBytes(bench, "", BROWSER),
};

/** The list for programs. */
export const list: Row = {
  what: "`GET /api/reviews`, 64 connections",
  against: "bare `Deno.serve` with the same bytes in memory",
  unit: "a second",
  goal: { atLeast: 0.5 },
  needs: ["wrk"],
  prepare: (bench) => besideItsBytes(bench, "api/reviews", { "Accept-Encoding": "gzip" }),
};

/** The page of a site with very many reviews. */
export const million: Row = {
  what: "`GET /` with 1,000,000 reviews, 64 connections",
  against: "with 10",
  unit: "a second",
  goal: { atLeast: 0.9 },
  needs: ["wrk"],
  prepare: async (bench) =>
    alike([await bench.hearback(1_000_000), await bench.hearback()], ({ url }) => rateOf(url, BROWSER)),
};

async function besideItsBytes(bench: Bench, path: string, headers: Record<string, string>): Promise<Sides> {
  const { url } = await bench.hearback();
  const { bytes, headers: answered } = await rawAnswer(url + path, headers);
  const file = `${await bench.folder()}/bytes`;
  await Deno.writeFile(file, bytes);
  const kept = ["content-type", "content-encoding"].filter((name) => name in answered);
  const bare = await bench.bare(
    "bare_server.ts",
    file,
    JSON.stringify(Object.fromEntries(kept.map((name) => [name, answered[name]]))),
  );
  return alike([url + path, bare.url], (url) => rateOf(url, headers));
}

function submitRate({ url }: Server, connections: number): Promise<number> {
  return load(`${url}api/reviews`, { ...SUBMIT, connections, seconds: SECONDS });
}

function rateOf(url: string, headers: Record<string, string>): Promise<number> {
  return load(url, { headers, connections: 64, seconds: SECONDS });
}

// fetch() would unpack it.
function rawAnswer(
  url: string,
  headers: Record<string, string>,
): Promise<{ bytes: Uint8Array; headers: IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false }, (answer) => {
      buffer(answer).then((bytes) => resolve({ bytes, headers: answer.headers }), reject);
    });
    request.on("error", reject);
  });
}

/** Milliseconds of one insert with its commit, under the settings that Hearback has for its own. */
function insertTime(path: string): number {
  const { name, rating, comments, source } = REVIEW;
  return withDatabase(path, (db) => {
    const insert = db.prepare(
      "INSERT INTO reviews (created_at, name, review, comments, uid, source) VALUES (?, ?, ?, ?, ?, ?)",
    );
    const began = performance.now();
    let inserts = 0;
    for (; performance.now() - began < SECONDS * 1000; inserts++) {
      insert.run("2025-01-01 00:00:00", name, rating, comments, crypto.randomUUID(), source);
    }
    return (performance.now() - began) / inserts;
  });
}
