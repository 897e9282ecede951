// Reads which reviews are asked for from an address; the page, the API and the exports understand the same words.
import * as v from "valibot";
import { AppError, type FieldError } from "../db/app_error.ts";
import type { ReviewFilter, ReviewQuery } from "../db/store.ts";
import type { PageSettings } from "./deps.ts";

/** Which of the settings decide what may be asked for. */
export type ListRules = Pick<PageSettings, "publicNames">;

/** What a list or an export can be narrowed down by. */
export const filterSchema = v.object({
  q: text(200, "Text that the comments, and where they are public the names, contain, in any case"),
  rating: v.exactOptional(v.pipe(wholeNumber(5), v.description("Exactly this rating"))),
  source: text(200, "Exactly this source"),
});

/** What a page of the list can be asked for by. */
export const listSchema = v.object({
  ...filterSchema.entries,
  limit: v.optional(v.pipe(wholeNumber(100), v.description("How many reviews at most")), 10),
  cursor: text(40, "The next of the page before; without it the newest come first"),
});

/** Turns the words of an address into a query; empty ones count as absent, wrong ones throw `invalid`. */
export function parseListQuery(params: URLSearchParams, { publicNames }: ListRules): ReviewQuery {
  const { q, ...query } = parse(listSchema, params);
  return { ...query, ...(q !== undefined && { q, namesToo: publicNames }) };
}

/** As {@linkcode parseListQuery}, for answers that have no pages. */
export function parseFilter(params: URLSearchParams, { publicNames }: ListRules): ReviewFilter {
  const { q, ...filter } = parse(filterSchema, params);
  return { ...filter, ...(q !== undefined && { q, namesToo: publicNames }) };
}

function text(max: number, description: string) {
  return v.exactOptional(v.pipe(
    v.string(),
    v.normalize("NFC"),
    v.maxLength(max, (issue) => `This is ${issue.input.length} characters long; at most ${max} are allowed`),
    v.description(description),
  ));
}

function wholeNumber(max: number) {
  const message = ({ input }: { input: unknown }) => `"${input}" is no whole number from 1 to ${max}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(1, message), v.maxValue(max, message));
}

function parse<Schema extends typeof filterSchema | typeof listSchema>(
  schema: Schema,
  params: URLSearchParams,
): v.InferOutput<Schema> {
  const words = Object.keys(schema.entries).map((name) => [name, params.get(name)?.trim() ?? ""] as const);
  const input = words.filter(([, value]) => value !== "").map(([name, value]) => {
    const isNumber = (name === "limit" || name === "rating") && /^\d{1,3}$/.test(value);
    return [name, isNumber ? Number(value) : value];
  });
  const result = v.safeParse(schema, Object.fromEntries(input), { abortPipeEarly: true });
  if (result.success) return result.output;
  const fields = result.issues.map((issue): FieldError => ({
    field: v.getDotPath(issue) ?? "",
    message: issue.message,
  }));
  throw new AppError("invalid", "The list cannot be asked for like that", { fields });
}
