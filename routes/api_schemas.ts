// The shapes of what programs send and get, as JSON schemas made from the valibot schemas that check them.
import { type ConversionConfig, toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { FIELDS, type Review, reviewSchema, TEXT_FIELDS } from "../db/review.ts";
import type { ReviewPage, ReviewStats } from "../db/store.ts";
import type { BackupStatus } from "../sync/status.ts";
import type { PageSettings } from "./deps.ts";
import { filterSchema, listSchema } from "./list_query.ts";

/** A JSON schema as the API document holds it. */
export type JsonSchema = ReturnType<typeof toJsonSchema>;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const time = v.pipe(v.string(), v.isoTimestamp());

const { name, ...texts } = v.entriesFromList(TEXT_FIELDS, v.nullable(v.string()));
const review: v.GenericSchema<Review> = v.object({
  uid: v.pipe(v.string(), v.uuid(), v.description("Names this review everywhere and for ever")),
  id: v.pipe(v.number(), v.integer()),
  createdAt: time,
  name,
  rating: v.nullable(v.pipe(v.number(), v.description("1 to 5; reviews from elsewhere may hold others"))),
  ...texts,
});

const page: v.GenericSchema<ReviewPage> = v.object({
  reviews: v.array(review),
  total: v.pipe(count, v.description("How many reviews match, on all pages together")),
  next: v.nullable(v.pipe(v.string(), v.description("Cursor of the next page of older reviews"))),
});

const stats: v.GenericSchema<ReviewStats> = v.object({
  total: count,
  average: v.nullable(v.number()),
  counts: v.object({ "1": count, "2": count, "3": count, "4": count, "5": count }),
});

const status: v.GenericSchema<BackupStatus> = v.object({
  state: v.picklist(["off", "restoring", "idle", "pending", "uploading", "failing"]),
  dataset: v.nullable(v.string()),
  pending: v.pipe(count, v.description("How many changes no backup holds yet")),
  lastBackup: v.nullable(v.object({ at: time, commit: v.string(), url: v.string() })),
  nextTryAt: v.nullable(time),
  failure: v.nullable(v.object({
    kind: v.picklist([
      "token",
      "rights",
      "missing",
      "rate_limited",
      "conflict",
      "unreachable",
      "damaged",
      "incompatible",
      "disk",
      "internal",
    ]),
    since: time,
    message: v.string(),
    hint: v.pipe(v.string(), v.description("What to do about it")),
    retry: v.boolean(),
  })),
  progress: v.nullable(v.object({ step: v.string(), done: v.number(), total: v.number() })),
  notice: v.nullable(v.string()),
  drill: v.nullable(v.object({ at: time, ok: v.boolean(), message: v.string() })),
});

const problem = v.object({
  type: v.string(),
  title: v.string(),
  status: v.pipe(v.number(), v.integer()),
  detail: v.string(),
  errors: v.optional(v.array(v.object({ field: v.string(), message: v.string() }))),
});

/** The schemas that answers are described by, under their names in the API document. */
export function answerSchemas(): Record<"Review" | "ReviewPage" | "Stats" | "Status" | "Problem", JsonSchema> {
  return {
    Review: convert(review),
    ReviewPage: convert(page),
    Stats: convert(stats),
    Status: convert(status),
    Problem: convert(problem),
  };
}

/** What `POST /api/reviews` and `submit_review` take under these settings. */
export function newReviewSchema({ require }: Pick<PageSettings, "require">): JsonSchema {
  const schema = convert(reviewSchema({ require }));
  const properties = { ...schema.properties };
  // The checks on text are functions, of which a converter sees nothing.
  for (const field of TEXT_FIELDS) {
    properties[field] = {
      anyOf: [{ type: "string", maxLength: FIELDS[field].limit, pattern: NO_CONTROLS }, { type: "null" }],
    };
  }
  for (const field of require) {
    const given = Object(properties[field]).anyOf[0];
    properties[field] = field === "rating" ? given : { ...given, minLength: 1 };
  }
  return { ...schema, properties, required: [...require] };
}

/** What the list is asked by, and what an export is. */
export function querySchemas(): { list: JsonSchema; filter: JsonSchema } {
  return { list: convert(listSchema), filter: convert(filterSchema) };
}

const NO_CONTROLS = "^[^\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]*$";

function convert(schema: v.GenericSchema): JsonSchema {
  const options: ConversionConfig = { typeMode: "input", errorMode: "ignore", target: "draft-2020-12" };
  const { $schema: _, ...converted } = toJsonSchema(schema, options);
  return converted;
}
