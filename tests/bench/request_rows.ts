// The rows about single requests: Hearback under load beside a server that does nothing else.
import { get, type IncomingHttpHeaders } from "node:http";
import { buffer } from "node:stream/consumers";
import { withDatabase } from "../../db/open_database.ts";
import { type Bench, inTurn, type Pair, type Row } from "./bench_row.ts";
import { type Server, startServer } from "./server.ts";
import { load } from "./wrk.ts";

const ROUNDS = 5;
const SECONDS = 3;
/** What a browser says of itself. */
export const BROWSER = { "Accept": "text/html", "Accept-Encoding": "gzip" };
/** A review, as wrk sends it. */
export const SUBMIT = {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({
    name: "Ada",
    rating: 5,
    comments: "The demo works well; it would be nicer with more examples and a button to download what it has made",
    source: "demo-1",
  }),
};

/** Many submits at once. */
export const submit: Row = {
  what: "`POST /api/reviews`, on disk when answered, 256 connections",
  against: "bare `Deno.serve` that parses and answers the same JSON",
  goal: { atLeast: 0.45 },
  needs: ["wrk"],
  async measure(bench) {
    await using hearback = await startHearback(bench);
    await using bare = await startBare(bench);
    const rate = (server: Server) => () =>
      load(`${server.url}api/reviews`, { ...SUBMIT, connections: 256, seconds: SECONDS });
    return await inTurn("a second", { rounds: ROUNDS, ours: rate(hearback), theirs: rate(bare) });
  },
};

/** One submit after the other. */
export const submitAlone: Row = {
  what: "the same, 1 connection",
  against: "one insert and commit through `node:sqlite` plus one bare request",
  goal: { atMost: 1.3 },
  needs: ["wrk"],
  async measure(bench) {
    await using hearback = await startHearback(bench);
    await using bare = await startBare(bench);
    const path = `${await bench.dataDir(10)}/reviews.db`;
    const time = async ({ url }: Server) =>
      1000 / await load(`${url}api/reviews`, { ...SUBMIT, connections: 1, seconds: SECONDS });
    return await inTurn("ms", {
      rounds: ROUNDS,
      ours: () => time(hearback),
      theirs: async () => insertTime(path) + await time(bare),
    });
  },
};

/** The page. */
export const page: Row = {
  what: "`GET /` as browsers get it, 64 connections",
  against: "bare `Deno.serve` with the same bytes in memory",
  goal: { atLeast: 0.6 },
  needs: ["wrk"],
  measure: (bench) => besideItsBytes(bench, "", BROWSER),
};

/** The list for programs. */
export const list: Row = {
  what: "`GET /api/reviews`, 64 connections",
  against: "bare `Deno.serve` with the same bytes in memory",
  goal: { atLeast: 0.5 },
  needs: ["wrk"],
  measure: (bench) => besideItsBytes(bench, "api/reviews", { "Accept-Encoding": "gzip" }),
};

/** The page of a site with very many reviews. */
export const million: Row = {
  what: "`GET /` with 1,000,000 reviews, 64 connections",
  against: "with 10",
  goal: { atLeast: 0.9 },
  needs: ["wrk"],
  async measure(bench) {
    await using many = await startHearback(bench, 1_000_000);
    await using few = await startHearback(bench);
    return await inTurn("a second", {
      rounds: ROUNDS,
      ours: () => rateOf(many.url, BROWSER),
      theirs: () => rateOf(few.url, BROWSER),
    });
  },
};

async function besideItsBytes(bench: Bench, path: string, headers: Record<string, string>): Promise<Pair[]> {
  await using hearback = await startHearback(bench);
  const answer = await rawAnswer(hearback.url + path, headers);
  await using bare = await startBare(bench, answer);
  return await inTurn("a second", {
    rounds: ROUNDS,
    ours: () => rateOf(hearback.url + path, headers),
    theirs: () => rateOf(bare.url, headers),
  });
}

async function startHearback(bench: Bench, reviews = 10): Promise<Server> {
  return await startServer({ DATA_DIR: await bench.dataDir(reviews), RATE_LIMIT: "off" });
}

async function startBare(bench: Bench, answer?: { bytes: Uint8Array; headers: IncomingHttpHeaders }): Promise<Server> {
  const folder = await bench.folder();
  const { bytes = new Uint8Array(), headers = {} } = answer ?? {};
  await Deno.writeFile(`${folder}/bytes`, bytes);
  const kept = ["content-type", "content-encoding"].flatMap((name) => name in headers ? [[name, headers[name]]] : []);
  const args = ["run", "--allow-net=127.0.0.1", `--allow-read=${folder}`, "tests/bench/bare_server.ts"];
  return await startServer({ DATA_DIR: folder }, {
    args: [...args, `${folder}/bytes`, JSON.stringify(Object.fromEntries(kept))],
  });
}

async function rateOf(url: string, headers: Record<string, string>): Promise<number> {
  return await load(url, { headers, connections: 64, seconds: SECONDS });
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
  const { name, rating, comments, source } = JSON.parse(SUBMIT.body);
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
