// What a review is and which input becomes one: shared by the form, the API, the islands and the store, so it must run in a browser.
import * as v from "valibot";
import type { FieldError } from "./app_error.ts";

/**
 * The fields of a review in the order in which reviews are written out; whatever lists fields or columns goes by this. `limit`: most
 * characters (Unicode code points, after trimming). `missing`: what is said where `FORM_REQUIRE` asks for it; without it, it cannot.
 */
export const FIELDS = {
  name: { label: "The name", limit: 100, missing: "Please tell us your name" },
  rating: { missing: "Please choose a rating from 1 to 5" },
  comments: { label: "The comment", limit: 5000, missing: "Please write a comment" },
  source: { label: "The source", limit: 100 }, // where it came from, such as `embed` or a page of the owner's choice
} as const;

/** The name of a field. */
export type Field = keyof typeof FIELDS;
/** The name of a field that holds text. */
export type TextField = Exclude<Field, "rating">;

const NAMES = Object.keys(FIELDS) as Field[];
/** The fields that hold text. */
export const TEXT_FIELDS = NAMES.filter((field) => field !== "rating");
/** The fields that people fill in. */
export const FORM_FIELDS = NAMES.filter((field) => field !== "source");
/** The fields that `FORM_REQUIRE` can ask for. */
export const REQUIRABLE = FORM_FIELDS.filter((field) => "missing" in FIELDS[field]);

/** A stored review, as the API shows it. Rows of older databases may hold `null` or a rating outside 1 to 5. */
export interface Review extends Record<TextField, string | null> {
  /** UUID that names this review everywhere and for ever. */
  uid: string;
  id: number;
  /** ISO 8601 in UTC with whole seconds, such as `2026-11-22T12:00:00Z`. */
  createdAt: string;
  /** 1 to 5, or null where none was given. */
  rating: number | null;
}

/** A review that passed {@linkcode parseReview} and waits to be stored. Text is trimmed and in NFC; nothing given is `""`. */
export type NewReview = Omit<Review, "id" | "createdAt">;

/** What {@linkcode parseReview} made of the input: a review, or the fields at fault in the order of the form. */
export type ParsedReview = { ok: true; review: NewReview } | { ok: false; errors: FieldError[] };

/** Settings of {@linkcode reviewSchema}. */
export interface ReviewRules {
  /** Fields that may not be left empty. */
  require: readonly Field[];
}

// Control characters have no business in a review, newline and tab apart; a lone surrogate cannot be stored as UTF-8.
// deno-lint-ignore no-control-regex -- these are what is looked for
const REFUSED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|\p{Cs}/u;

function text(field: TextField, required: boolean) {
  const { label, limit, missing = "" }: { label: string; limit: number; missing?: string } = FIELDS[field];
  return v.pipe(
    v.nullish(v.string(`${label} must be text`), ""),
    v.transform((value) => value.replaceAll("\r\n", "\n").trim().normalize("NFC")),
    v.check((value) => !REFUSED.test(value), `${label} contains control characters; please remove them`),
    v.check(
      (value) => value.length <= limit || [...value].length <= limit,
      (issue) => `${label} is ${[...String(issue.input)].length} characters long; at most ${limit} are allowed`,
    ),
    v.check((value) => !required || value !== "", missing),
  );
}

/** The schema of a submitted review, for the form, `POST /api/reviews`, the island and the API document alike. */
export function reviewSchema({ require }: ReviewRules) {
  const wrong = "The rating must be a whole number from 1 to 5";
  const rating = v.pipe(v.number(wrong), v.integer(wrong), v.minValue(1, wrong), v.maxValue(5, wrong));
  const texts = Object.fromEntries(TEXT_FIELDS.map((field) => [field, text(field, require.includes(field))]));
  const { comments, ...others } = texts as Record<TextField, ReturnType<typeof text>>;
  return v.pipe(
    v.object({
      rating: v.pipe(
        v.nullish(rating, null),
        v.check((value) => value !== null || !require.includes("rating"), FIELDS.rating.missing),
      ),
      comments, // before the name, as in the form
      ...others,
      uid: v.optional(v.pipe(v.string("The uid must be a UUID"), v.uuid("The uid must be a UUID"), v.toLowerCase())),
    }, "A review must be an object with name, rating and comments"),
    v.forward(v.check((value) => FORM_FIELDS.some((field) => value[field]), "Please fill in the form"), ["rating"]),
  );
}

/** What {@linkcode parseReview} takes, out of the fields of a form; an empty one is one that was not filled in. */
export function formInput({ rating = "", uid, ...fields }: Record<string, string>) {
  return { ...fields, rating: rating === "" ? null : Number(rating), uid: uid || undefined };
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
