// What a review is and which input becomes one: shared by the form, the API, the islands and the store, so it must run in a browser.
import * as v from "valibot";
import type { FieldError } from "./app_error.ts";

/** Most characters (Unicode code points, after trimming) that a text field may have. */
export const LIMITS = { name: 100, comments: 5000, source: 100 } as const;

/** The fields that `FORM_REQUIRE` can ask for. */
export const REQUIRABLE = ["name", "rating", "comments"] as const;
export type RequirableField = (typeof REQUIRABLE)[number];

/** A stored review, as the API shows it. Rows of older databases may hold `null` or a rating outside 1 to 5. */
export interface Review {
  /** UUID that names this review everywhere and for ever. */
  uid: string;
  id: number;
  /** ISO 8601 in UTC with whole seconds, such as `2026-11-22T12:00:00Z`. */
  createdAt: string;
  name: string | null;
  /** 1 to 5, or null where none was given. */
  rating: number | null;
  comments: string | null;
  /** Where it came from, such as `embed` or a page of the owner's choice. */
  source: string | null;
}

/** A review that passed {@linkcode parseReview} and waits to be stored. Text is trimmed and in NFC; nothing given is `""`. */
export interface NewReview {
  uid: string;
  name: string;
  rating: number | null;
  comments: string;
  source: string | null;
}

/** What {@linkcode parseReview} made of the input: a review, or the fields at fault in the order of the form. */
export type ParsedReview = { ok: true; review: NewReview } | { ok: false; errors: FieldError[] };

/** Settings of {@linkcode reviewSchema}. */
export interface ReviewRules {
  /** Fields that may not be left empty. */
  require: readonly RequirableField[];
}

// Control characters have no business in a review, newline and tab apart; a lone surrogate cannot be stored as UTF-8.
// deno-lint-ignore no-control-regex
const REFUSED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|\p{Cs}/u;

function text(field: keyof typeof LIMITS, required: boolean) {
  const label = field === "name" ? "The name" : field === "comments" ? "The comment" : "The source";
  return v.pipe(
    v.nullish(v.string(`${label} must be text`), ""),
    v.transform((value) => value.replaceAll("\r\n", "\n").trim().normalize("NFC")),
    v.check((value) => !REFUSED.test(value), `${label} contains control characters; please remove them`),
    v.check(
      (value) => value.length <= LIMITS[field] || [...value].length <= LIMITS[field],
      (issue) => `${label} is ${[...String(issue.input)].length} characters long; at most ${LIMITS[field]} are allowed`,
    ),
    v.check(
      (value) => !required || value !== "",
      field === "name" ? "Please tell us your name" : "Please write a comment",
    ),
  );
}

/** The schema of a submitted review, for the form, `POST /api/reviews`, the island and the API document alike. */
export function reviewSchema({ require }: ReviewRules) {
  const rating = v.pipe(
    v.number("The rating must be a whole number from 1 to 5"),
    v.integer("The rating must be a whole number from 1 to 5"),
    v.minValue(1, "The rating must be a whole number from 1 to 5"),
    v.maxValue(5, "The rating must be a whole number from 1 to 5"),
  );
  return v.pipe(
    v.object({
      rating: v.pipe(
        v.nullish(rating, null),
        v.check((value) => value !== null || !require.includes("rating"), "Please choose a rating from 1 to 5"),
      ),
      comments: text("comments", require.includes("comments")),
      name: text("name", require.includes("name")),
      source: text("source", false),
      uid: v.optional(v.pipe(v.string("The uid must be a UUID"), v.uuid("The uid must be a UUID"), v.toLowerCase())),
    }, "A review must be an object with name, rating and comments"),
    v.forward(
      v.check(
        (value) => value.rating !== null || value.comments !== "" || value.name !== "",
        "Please fill in the form",
      ),
      ["rating"],
    ),
  );
}

const schemas = new WeakMap<ReviewRules, ReturnType<typeof reviewSchema>>(); // making one takes longer than using it

/** Checks `input` (parsed JSON, or an object made of form fields) against the rules; takes `newUid()` where it names no uid. */
export function parseReview(input: unknown, rules: ReviewRules, newUid: () => string): ParsedReview {
  const schema = schemas.get(rules) ?? reviewSchema(rules);
  schemas.set(rules, schema);
  const result = v.safeParse(schema, input, { abortPipeEarly: true });
  if (result.success) {
    const { uid, source, ...fields } = result.output;
    return { ok: true, review: { ...fields, uid: uid ?? newUid(), source: source === "" ? null : source } };
  }
  const errors = new Map<string, FieldError>();
  for (const issue of result.issues) {
    const field = v.getDotPath(issue) ?? "";
    if (!errors.has(field)) errors.set(field, { field, message: issue.message });
  }
  return { ok: false, errors: [...errors.values()] };
}
