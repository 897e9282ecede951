// Throws generated requests at a running Hearback, and says what it made of them; `deno task fuzz` throws 20,000.
import { parseReview, type Review } from "../../db/review.ts";
import { seeded } from "../bench/filled_database.ts";
import { temporaryFolder } from "../db/temporary_folder.ts";
import { type RunningHearback, startHearback } from "../process.ts";
import { type RawRequest, rawRequest } from "./raw_request.ts";
import { laterGrowth, openScales, type SettledMemory } from "./settled_memory.ts";

/** What to throw. */
export interface FuzzOptions {
  requests: number;
  seed: number;
  /** Submits per address as in `RATE_LIMIT`; without it all that are valid are stored, and the database grows. */
  rateLimit?: string;
}

/** What came of it. */
export interface FuzzReport {
  /** Answers by status; `none` for connections that ended without one. */
  statuses: Record<string, number>;
  /** What must not happen, each with the request behind it. */
  problems: string[];
  reviews: number;
  /** What the process keeps after each tenth of the requests. */
  memory: SettledMemory[];
}

const AT_ONCE = 16;
const PATIENCE_MS = 10_000;
const ENOUGH_TO_JUDGE_MEMORY = 5000;
const MOST_GROWTH = 1.15; // in the later half; a leak of 2 KB with each of 10,000 requests is more
const PATIENCE_WITH_ODD_ONES_MS = 1000; // such as a body that is shorter than announced: the server waits, and may

/** Starts Hearback, throws the requests, and checks what it has stored. */
export async function fuzz({ requests, seed, rateLimit = "off" }: FuzzOptions): Promise<FuzzReport> {
  await using folder = await temporaryFolder();
  const data = folder.path("data");
  await using hearback = await startHearback({
    DATA_DIR: data,
    RATE_LIMIT: rateLimit,
    ADMIN_TOKEN: "swordfish",
    TRUST_PROXY: String(rateLimit === "off"), // else made-up addresses would each have a limit of their own
  }, {
    args: [
      "run",
      "--inspect=127.0.0.1:0",
      "-P",
      `--allow-read=db,sync,dist,${data}`,
      `--allow-write=${data}`,
      "main.ts",
    ],
  });
  const scales = await openScales(hearback.output());
  const random = seeded(seed);
  const uid = await firstReview(hearback);
  const statuses: Record<string, number> = {};
  const problems: string[] = [];
  let thrown = 0;
  const memory: SettledMemory[] = [];
  const throwUpTo = async (end: number) => {
    while (thrown < end) {
      thrown++;
      const request = rawRequest(random, uid);
      const status = await send(hearback, request);
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (/^5/.test(status) || (request.proper && !/^\d+$/.test(status))) {
        problems.push(`${status}: ${request.summary}`);
      }
    }
  };
  for (let tenth = 1; tenth <= 10; tenth++) {
    await Promise.all(Array.from({ length: AT_ONCE }, () => throwUpTo(requests * tenth / 10)));
    memory.push(await scales.weigh());
  }
  const stored = await (await fetch(`${hearback.url}reviews.json`)).json() as Review[];
  problems.push(...stored.flatMap(problemOf));
  if (requests >= ENOUGH_TO_JUDGE_MEMORY) {
    for (const kind of ["resident", "heap"] as const) {
      const growth = laterGrowth(memory, kind);
      if (growth > MOST_GROWTH) problems.push(`memory (${kind}) grew to ${growth.toFixed(2)} times in the later half`);
    }
  }
  await scales.close();
  const code = await hearback.stop();
  if (code !== 0) problems.push(`Hearback ended with code ${code}`);
  for (const line of hearback.output().split("\n")) if (line.includes("request failed")) problems.push(line);
  return { statuses, problems, reviews: stored.length, memory };
}

async function firstReview({ url }: RunningHearback): Promise<string> {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${url}api/reviews`, { method: "POST", headers, body: '{"rating":5}' });
  return (await answer.json()).uid;
}

/** The status of the answer, `none` without one, `silent` where the server kept the connection open without a word. */
async function send({ url }: RunningHearback, { bytes, cut, proper, endless }: RawRequest): Promise<string> {
  const { hostname, port } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  let isSilent = false;
  const timer = setTimeout(() => {
    isSilent = true;
    connection.close();
  }, proper ? PATIENCE_MS : PATIENCE_WITH_ODD_ONES_MS);
  try {
    const sending = sendAll(connection, bytes).catch(() => {}); // the server may have heard enough
    if (cut) {
      await sending;
      return "none";
    }
    const [status] = await Promise.all([readStatus(connection, endless), sending]);
    return status;
  } catch {
    return isSilent ? "silent" : "none";
  } finally {
    clearTimeout(timer);
    if (!isSilent) connection.close();
  }
}

async function sendAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

// Of an answer that does not end, the beginning is enough; others are read to their end, as a client would.
async function readStatus(connection: Deno.TcpConn, endless: boolean): Promise<string> {
  const buffer = new Uint8Array(65_536);
  let head = "";
  let status = "none";
  for (let read = await connection.read(buffer); read !== null; read = await connection.read(buffer)) {
    if (status !== "none") continue;
    head += new TextDecoder().decode(buffer.subarray(0, read));
    status = /HTTP\/1\.1 (?!100)(\d{3})/.exec(head)?.[1] ?? status;
    if (endless && status !== "none") break;
  }
  return status;
}

function problemOf(review: Review): string[] {
  const { uid, name, rating, comments, source, createdAt } = review;
  const parsed = parseReview({ uid, name, rating, comments, source }, { require: ["rating"] }, () => uid);
  const kept = parsed.ok && parsed.review.comments === comments && parsed.review.name === name;
  return kept && !Number.isNaN(Date.parse(createdAt)) ? [] : [`stored: ${JSON.stringify(review).slice(0, 200)}`];
}

if (import.meta.main) {
  const requests = Number(Deno.args[0] ?? 20_000);
  const seed = Number(Deno.args[1] ?? Date.now() % 1_000_000);
  console.log(`${requests} requests, seed ${seed}`);
  const rateLimit = Deno.args[2];
  const { statuses, problems, reviews, memory } = await fuzz({ requests, seed, ...(rateLimit && { rateLimit }) });
  console.log(statuses);
  console.log(`${reviews} reviews stored; kept after each tenth, in MB:`);
  for (const kind of ["resident", "heap"] as const) {
    console.log(`- ${kind}: ${memory.map((weighing) => Math.round(weighing[kind])).join(", ")}`);
  }
  for (const problem of problems) console.log(problem);
  Deno.exit(problems.length > 0 ? 1 : 0);
}
