// Hands out every public review as one file, in pieces as fast as the client takes them, so that memory does not grow with their number.
import { type Context, Hono } from "@hono/hono";
import { COLUMNS, LATER_FIELDS } from "../db/row.ts";
import { csvLine } from "../db/csv_line.ts";
import type { Review } from "../db/review.ts";
import type { AppContext } from "./app_context.ts";
import { type Env, publicReview } from "./deps.ts";
import { logFailure } from "./http/error_response.tsx";
import { parseFilter } from "./list_query.ts";
import { describe } from "./describe.ts";

/** A kind of file: what stands before, between and behind the reviews, and the reviews in its words. */
interface Format {
  type: string;
  head: string;
  body: (reviews: Review[], isFirst: boolean) => string;
  tail: string;
}

const CSV: Format = {
  type: "text/csv; charset=utf-8",
  head: csvLine(COLUMNS),
  body: (reviews) => {
    let lines = "";
    for (const review of reviews) {
      const cells = [
        review.id,
        review.createdAt,
        review.name,
        review.rating,
        review.comments,
        review.uid,
        review.source,
      ];
      for (const field of LATER_FIELDS) cells.push(review[field]);
      lines += csvLine(cells.map(harmless));
    }
    return lines;
  },
  tail: "",
};

const JSON_ARRAY: Format = {
  type: "application/json",
  head: "[",
  body: (reviews, isFirst) => (isFirst ? "\n" : ",\n") + reviews.map((review) => JSON.stringify(review)).join(",\n"),
  tail: "\n]\n",
};

/** `GET /reviews.csv` and `GET /reviews.json`, with `q`, `rating` and `source` as in the list. */
export function exports(context: AppContext): Hono<Env> {
  const { store, settings, answers } = context;
  const send = async (c: Context<Env>, format: Format) => {
    const filter = parseFilter(new URL(c.req.url).searchParams, settings);
    if (answers.unchanged(c)) return c.body(null, 304);
    const name = c.req.path.slice(1);
    const pieces = toPieces(store.export(filter), format, settings);
    const first = await pieces.next(); // a store that fails at once can still be answered for
    const onFailure = (error: Error) => logFailure(c, error, 500, context);
    // The rest is read as the client takes it, and reading ends with a client that goes away.
    return c.body(ReadableStream.from(inBytes(first.value ?? "", pieces, onFailure)), 200, {
      "Content-Type": format.type,
      "Content-Disposition": `attachment; filename="${name}"`,
    });
  };
  return new Hono<Env>()
    .get("/reviews.csv", describe("exportCsv"), (c) => send(c, CSV))
    .get("/reviews.json", describe("exportJson"), (c) => send(c, JSON_ARRAY));
}

// A cell that begins like a formula, in ASCII or full width, would be run by the spreadsheet that opens the file.
function harmless(cell: string | number | null): string | number | null {
  return typeof cell === "string" && /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(cell) ? `'${cell}` : cell;
}

async function* toPieces(
  slices: AsyncIterable<Review[]>,
  { head, body, tail }: Format,
  settings: AppContext["settings"],
): AsyncGenerator<string, undefined> {
  let before = head;
  for await (const reviews of slices) {
    if (reviews.length === 0) continue;
    yield before + body(reviews.map((review) => publicReview(review, settings)), before === head);
    before = "";
  }
  yield before + tail;
}

async function* inBytes(
  first: string,
  rest: AsyncGenerator<string>,
  onFailure: (error: Error) => void,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode(first);
  try {
    for await (const piece of rest) yield encoder.encode(piece);
  } catch (error) {
    onFailure(error instanceof Error ? error : new Error(String(error)));
    // The server prints what cuts a body off, whole; the trace is for the log, which has it.
    const message = "An export was cut off";
    throw Object.assign(new Error(message), { stack: message });
  }
}
