// Makes requests that no client library would send, the same ones for a seed, down to the bytes on the wire.
import { madeUpReview } from "../bench/filled_database.ts";

/** A request as bytes, and how it is sent. */
export interface RawRequest {
  bytes: Uint8Array<ArrayBuffer>;
  /** Whether the connection is cut after these bytes, before the request is whole. */
  cut: boolean;
  /** Whether every server has to answer it: the request is whole and follows HTTP. */
  proper: boolean;
  /** Whether the answer does not end by itself. */
  endless: boolean;
  /** What it is, for the report. */
  summary: string;
}

type Random = (below: number) => number;

const METHODS = [
  "GET",
  "GET",
  "GET",
  "POST",
  "POST",
  "POST",
  "POST",
  "DELETE",
  "PUT",
  "PATCH",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "BREW",
];
const PATHS = [
  "/",
  "/reviews",
  "/api/reviews",
  "/api/reviews",
  "/api/reviews",
  "/api/reviews/{uid}",
  "/api/stats",
  "/api/status",
  "/api/events",
  "/api/backup",
  "/reviews.csv",
  "/reviews.json",
  "/mcp",
  "/embed",
  "/embed.js",
  "/openapi.json",
  "/docs",
  "/agents.md",
  "/healthz",
  "/readyz",
  "/metrics",
  "/admin",
  "/assets/app.js",
  "/../etc/passwd",
  "/%2e%2e/%2e%2e/etc/passwd",
  "/api/reviews/%00",
  "/api/reviews/%ff%fe",
  "//",
  "/api//reviews",
  "/a".repeat(2000),
  "/%zz",
  "/?thanks={uid}",
  "*",
];
const NAMES = [
  "q",
  "rating",
  "source",
  "limit",
  "cursor",
  "thanks",
  "__theme",
  "since",
  "drill",
  "squash",
  "__proto__",
];
const VALUES = [
  "",
  "0",
  "1",
  "5",
  "6",
  "-1",
  "1e3",
  "99999999999999999999",
  "NaN",
  "null",
  "a",
  "%",
  "_",
  "'; DROP TABLE reviews; --",
  "\u0000",
  "%00",
  "%ff",
  "😀",
  "\ud800",
  "\u202e",
  "x".repeat(300),
  "x".repeat(60_000),
  "é",
  "${7*7}",
  "<script>",
  "YmVmb3JlIDI",
];
const TYPES = [
  "application/json",
  "application/json",
  "application/json; charset=utf-8",
  "application/json; charset=utf-16",
  "application/x-www-form-urlencoded",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "multipart/form-data",
  "text/plain",
  "application/octet-stream",
  "",
  'a/b; c="',
  "x".repeat(5000),
];
const HEADERS: Record<string, string[]> = {
  Accept: ["*/*", "application/json", "text/html", "application/json, text/event-stream", "text/event-stream", ""],
  "Accept-Encoding": ["gzip", "br", "deflate, gzip;q=0", "zstd", "*", "identity;q=0"],
  "Content-Encoding": ["gzip", "br", "identity", "x"],
  Origin: ["null", "https://evil.example", "http://127.0.0.1", "x"],
  Authorization: ["Bearer swordfish", "Bearer wrong", "Bearer", "Basic Og==", "x".repeat(3000)],
  "X-Forwarded-For": ["1.2.3.4", "::1, 10.0.0.1", ",,,", "x".repeat(2000), "1.2.3.4, \u00e9"],
  "X-Forwarded-Host": ["evil.example", ""],
  "If-None-Match": ["*", '"x"', 'W/"1", "2"', "x".repeat(4000)],
  "Last-Event-ID": ["", "x", "-1", "00000000-99999999999999", "\u00ff"],
  Cookie: ["a=b", "=", ";".repeat(3000)],
  Range: ["bytes=0-0", "bytes=-1", "x"],
  Expect: ["100-continue"],
  "MCP-Protocol-Version": ["2025-06-18", "2026-07-28", "x"],
  Upgrade: ["websocket"],
};

/** The next request; `uid` names a review that exists. */
export function rawRequest(random: Random, uid: string): RawRequest {
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T;
  const maybe = (chance: number) => random(100) < chance;
  if (maybe(40)) return nearlyGood(random, uid);
  const method = pick(METHODS);
  const known = pick(PATHS).replace("{uid}", maybe(70) ? uid : pick(VALUES.slice(0, 8)));
  const query = Array.from(
    { length: maybe(40) ? 1 + random(3) : 0 },
    () => `${pick(NAMES)}=${inAddress(pick(VALUES))}`,
  );
  const path = known + (query.length === 0 ? "" : (known.includes("?") ? "&" : "?") + query.join("&"));
  const body = method === "GET" || method === "HEAD" ? new Uint8Array() : makeBody(random, uid);
  const headers: [string, string][] = [["Host", maybe(97) ? "127.0.0.1" : pick(["", "evil.example:99999", "[::1]"])]];
  if (maybe(95)) headers.push(["Connection", "close"]);
  if (body.length > 0 || maybe(20)) headers.push(["Content-Type", pick(TYPES)]);
  for (const [name, values] of Object.entries(HEADERS)) {
    if (maybe(name === "Accept" ? 60 : 8)) headers.push([name, pick(values)]);
  }
  const chunked = body.length > 0 && maybe(25);
  const wrongLength = !chunked && maybe(3);
  if (chunked) headers.push(["Transfer-Encoding", "chunked"]);
  else if (body.length > 0 || wrongLength) {
    headers.push([
      "Content-Length",
      wrongLength ? pick(["-1", "x", "99999999999999999999", String(body.length + 10)]) : String(body.length),
    ]);
  }
  const head = `${method} ${path} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
  const parts = [new TextEncoder().encode(head), ...(chunked ? inChunks(body, random) : [body])];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  const cut = maybe(8);
  const isEndless = path.startsWith("/api/events") || !headers.some(([name]) => name === "Connection");
  const isAscii = new TextEncoder().encode(head).length === head.length && !head.includes("\0");
  return {
    bytes: cut ? whole.slice(0, random(whole.length)) : whole,
    cut,
    proper: !cut && method !== "TRACE" && !wrongLength && isAscii && path.startsWith("/") && head.length < 8000 &&
      body.length <= 65_536, // a body that nobody reads may cost the client the answer to it
    endless: isEndless,
    summary: `${method} ${path.slice(0, 120)} ${
      headers.map(([name, value]) => `${name}: ${value.slice(0, 40)}`).join(" | ")
    } + ${body.length} bytes`,
  };
}

// A submit as clients send it, with at most its contents odd.
function nearlyGood(random: Random, uid: string): RawRequest {
  const isForm = random(2) === 0;
  const review = {
    ...madeUpReview(random),
    ...(random(9) === 0 && { uid }),
    ...(random(5) === 0 && { name: VALUES[random(VALUES.length)] }),
  };
  const body = new TextEncoder().encode(
    isForm
      ? String(new URLSearchParams(Object.entries(review).map(([name, value]) => [name, String(value).toWellFormed()])))
      : JSON.stringify(review),
  );
  const type = isForm ? "application/x-www-form-urlencoded" : "application/json";
  const line = isForm ? "POST /reviews" : "POST /api/reviews";
  const head =
    `${line} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`;
  const bytes = new Uint8Array([...new TextEncoder().encode(head), ...body]);
  return {
    bytes,
    cut: false,
    proper: body.length <= 65_536,
    endless: false,
    summary: `${line} with ${body.length} bytes`,
  };
}

// Mostly as browsers write it, and now and then as nobody should.
function inAddress(value: string): string {
  return value.includes("%") && value.length < 4 ? value : encodeURIComponent(value.toWellFormed());
}

function makeBody(random: Random, uid: string): Uint8Array {
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T;
  const review = {
    ...madeUpReview(random),
    ...(random(4) === 0 && { uid: pick([uid, crypto.randomUUID(), "x", ""]) }),
    ...(random(3) === 0 &&
      {
        [pick(["rating", "name", "comments", "source", "__proto__"])]: pick<unknown>([
          ...VALUES,
          {},
          [],
          true,
          1.5,
          null,
        ]),
      }),
  };
  const form = new URLSearchParams(Object.entries(review).map(([name, value]) => [name, String(value).toWellFormed()]));
  const call = {
    jsonrpc: "2.0",
    id: random(9),
    method: pick(["tools/call", "tools/list", "initialize"]),
    params: { name: pick(["submit_review", "list_reviews"]), arguments: review },
  };
  const multipart =
    `--x\r\nContent-Disposition: form-data; name="rating"\r\n\r\n5\r\n--x\r\nContent-Disposition: form-data; name="comments"; filename="${
      pick(VALUES)
    }"\r\n\r\n${review.comments}\r\n--x--\r\n`;
  const texts = [
    JSON.stringify(review),
    JSON.stringify(review),
    JSON.stringify(review),
    String(form),
    String(form),
    multipart,
    JSON.stringify(call),
    `[${JSON.stringify(call)}]`,
    "",
    "{",
    "null",
    "[".repeat(30_000),
    '{"rating":'.repeat(3000),
    '{"rating":5,"rating":1e999}',
    JSON.stringify({ rating: 5, comments: "😀".repeat(2500 + random(2600)) }),
    " ".repeat(65_537),
    "x".repeat(100_000),
  ];
  const bytes = new TextEncoder().encode(pick(texts));
  if (random(6) === 0) { for (let n = 0; n < 3; n++) bytes[random(bytes.length || 1)] = random(256); }
  return bytes;
}

function inChunks(body: Uint8Array, random: Random): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < body.length;) {
    const part = body.subarray(at, at + 1 + random(20_000));
    parts.push(new TextEncoder().encode(`${part.length.toString(16)}\r\n`), part, new TextEncoder().encode("\r\n"));
    at += part.length;
  }
  return [...parts, new TextEncoder().encode("0\r\n\r\n")];
}
