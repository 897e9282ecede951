// Describes every address for the API document: what it takes, what it answers, and which failures to expect.
import type { DescribeRouteOptions } from "hono-openapi";
import { TEXT_FIELDS } from "../db/review.ts";
import { querySchemas } from "./api_schemas.ts";
import { ERROR_STATUS } from "./http/error_status.ts";

type Responses = NonNullable<DescribeRouteOptions["responses"]>;
type Content = Record<string, { schema: { $ref: string } | { type: "string" | "object" } }>;
type Parameter = NonNullable<DescribeRouteOptions["parameters"]>[number];

const { list, filter } = querySchemas();
const uid: Parameter = { name: "uid", in: "path", required: true, schema: { type: "string", format: "uuid" } };
const ifNoneMatch: Parameter = {
  name: "If-None-Match",
  in: "header",
  schema: { type: "string" },
  description: "ETag of an earlier answer",
};
const unchanged: Responses = { 304: { description: "The earlier answer still holds" } };
const admin = { security: [{ admin: [] }], tags: ["admin"] };
const programs = { tags: ["reviews"] };
const pages = { tags: ["pages"] };
const machinery = { tags: ["running it"] };

/** Every operation under the name that `describe()` takes. */
export const OPERATIONS = {
  submitReview: {
    ...programs,
    summary: "Send a review",
    requestBody: { required: true, content: { "application/json": { schema: ref("NewReview") } } },
    responses: {
      200: answer("A review with this uid was stored before; this is the one stored first", ref("Review")),
      201: {
        ...answer("The review is stored", ref("Review")),
        headers: { Location: { description: "Address of the review", schema: { type: "string" } } },
      },
      ...problems(400, 403, 408, 413, 415, 422, 429, 503, 507),
    },
  },
  listReviews: {
    ...programs,
    summary: "List reviews, newest first",
    parameters: [...query(list), ifNoneMatch],
    responses: {
      200: answer("One page of reviews", ref("ReviewPage")),
      ...unchanged,
      ...problems(400, 422, 503),
    },
  },
  getReview: {
    ...programs,
    summary: "Read one review",
    parameters: [uid],
    responses: { 200: answer("The review", ref("Review")), ...problems(404, 503) },
  },
  eraseReview: {
    ...admin,
    summary: "Erase a review",
    parameters: [uid],
    responses: { 204: { description: "The review is gone" }, ...problems(400, 401, 403, 404, 408, 413, 429, 503, 507) },
  },
  getStats: {
    ...programs,
    summary: "Read how many reviews there are, and how good",
    parameters: [ifNoneMatch],
    responses: { 200: answer("The numbers", ref("Stats")), ...unchanged, ...problems(503) },
  },
  getEvents: {
    ...programs,
    summary: "Hear of new and erased reviews and of the backup",
    description: "Events: `review` with a review, `erased` with its uid, `status` with the state of the backup, " +
      "`reload` where too much has changed to tell.",
    parameters: [{
      name: "Last-Event-ID",
      in: "header",
      schema: { type: "string" },
      description: "The last event that was heard; what came after it is told first",
    }],
    responses: {
      200: { description: "Events, until you go", content: { "text/event-stream": { schema: { type: "string" } } } },
      ...problems(429, 503),
    },
  },
  getStatus: {
    ...machinery,
    summary: "Read the state of the backup",
    responses: { 200: answer("The state", ref("Status")) },
  },
  startBackup: {
    ...admin,
    summary: "Start a backup now",
    parameters: [
      { name: "drill", in: "query", schema: { enum: ["1"] }, description: "Then fetch it and check it" },
      { name: "squash", in: "query", schema: { enum: ["1"] }, description: "Then erase the dataset's history" },
    ],
    responses: {
      202: answer("It begins; this is the state before", ref("Status")),
      ...problems(400, 401, 403, 404, 408, 413, 429),
    },
  },
  exportCsv: {
    ...programs,
    summary: "Take all reviews along, as a table",
    description: "Oldest first. A cell that a spreadsheet would run as a formula begins with an apostrophe.",
    parameters: [...query(filter), ifNoneMatch],
    responses: { 200: text("The table", "text/csv"), ...unchanged, ...problems(422, 503) },
  },
  exportJson: {
    ...programs,
    summary: "Take all reviews along, as JSON",
    description: "Oldest first.",
    parameters: [...query(filter), ifNoneMatch],
    responses: {
      200: answer("All reviews", { type: "array", items: ref("Review") }),
      ...unchanged,
      ...problems(422, 503),
    },
  },
  mcp: {
    ...programs,
    summary: "Speak the Model Context Protocol (streamable HTTP, without sessions)",
    requestBody: { required: true, content: { "application/json": { schema: { type: "object" } } } },
    responses: {
      200: {
        description: "The answer of the protocol",
        content: {
          "application/json": { schema: { type: "object" } },
          "text/event-stream": { schema: { type: "string" } },
        },
      },
      202: { description: "Heard" },
      ...rpcErrors(400, 404, 406, 413, 415),
      ...problems(403, 408),
    },
  },
  showPage: {
    ...pages,
    summary: "The page",
    parameters: [...query(list).filter(({ name }) => name !== "limit")],
    responses: { 200: text("The page", "text/html"), ...unchanged, ...pageErrors(400, 422, 503) },
  },
  submitForm: {
    ...pages,
    summary: "Send the form as browsers do",
    requestBody: {
      required: true,
      content: {
        "application/x-www-form-urlencoded": {
          schema: {
            type: "object",
            properties: Object.fromEntries(
              ["rating", ...TEXT_FIELDS, "uid"].map((field) => [field, { type: "string" }]),
            ),
          },
        },
      },
    },
    responses: {
      200: answer("Stored before, for a client that accepts JSON", ref("Review")),
      201: answer("Stored, for a client that accepts JSON", ref("Review")),
      303: { description: "Stored; see the thank-you" },
      ...pageErrors(400, 403, 408, 413, 415, 422, 429, 503, 507),
    },
  },
  showEmbed: {
    ...pages,
    summary: "The form alone, for a frame",
    parameters: [{ name: "source", in: "query", schema: { type: "string" } }],
    responses: { 200: text("The form", "text/html"), ...pageErrors(503) },
  },
  getEmbedScript: {
    ...pages,
    summary: "The script that puts the form into a page",
    responses: { 200: text("The script", "text/javascript") },
  },
  getDocument: {
    ...pages,
    summary: "This document",
    responses: { 200: answer("OpenAPI 3.1", { type: "object" }) },
  },
  showDocs: {
    ...pages,
    summary: "This document, to read and try",
    responses: { 200: text("The page", "text/html") },
  },
  getAgentsText: {
    ...pages,
    summary: "How an agent posts and reads",
    responses: { 200: text("The text", "text/markdown") },
  },
  isAlive: { ...machinery, summary: "Whether it is alive", responses: { 200: text("It is", "text/plain") } },
  isReady: {
    ...machinery,
    summary: "Whether the store is open and the dataset was read",
    responses: { 200: text("It is", "text/plain"), 503: text("Not yet", "text/plain") },
  },
  getMetrics: {
    ...machinery,
    summary: "Numbers for Prometheus",
    responses: { 200: text("The numbers", "text/plain"), ...problems(503) },
  },
} satisfies Record<string, DescribeRouteOptions>;

/** Names an operation. */
export type Operation = keyof typeof OPERATIONS;

function ref(name: "NewReview" | "Review" | "ReviewPage" | "Stats" | "Status" | "Problem") {
  return { $ref: `#/components/schemas/${name}` };
}

function answer(description: string, schema: object) {
  return { description, content: { "application/json": { schema } } };
}

function text(description: string, type: string) {
  return { description, content: { [type]: { schema: { type: "string" as const } } } };
}

function problems(...codes: number[]): Responses {
  return failures(codes, { "application/problem+json": { schema: ref("Problem") } });
}

function pageErrors(...codes: number[]): Responses {
  return failures(codes, {
    "text/html": { schema: { type: "string" } },
    "application/problem+json": { schema: ref("Problem") },
  });
}

function rpcErrors(...codes: number[]): Responses {
  return failures(codes, {
    "application/json": { schema: { type: "object" } },
    "application/problem+json": { schema: ref("Problem") },
  });
}

function failures(codes: number[], content: Content): Responses {
  const titles = new Map<number, string>(Object.values(ERROR_STATUS).map(([status, title]) => [status, title]));
  return Object.fromEntries(codes.map((status) => {
    const waits = status === 429 || status === 503;
    const headers = { "Retry-After": { description: "Seconds to wait", schema: { type: "integer" as const } } };
    return [status, { description: titles.get(status) ?? "Refused", content, ...(waits && { headers }) }];
  }));
}

function query({ properties = {}, required = [] }: typeof list) {
  return Object.entries(properties).map(([name, property]) => {
    const { description = "", ...schema } = Object(property);
    return { name, in: "query", description, schema, required: required.includes(name) };
  });
}
