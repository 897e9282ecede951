// Walks every operation of the API document with good and bad input, and holds every answer to what the document says.
import assert from "node:assert/strict";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { json, SETTINGS, type TestApp, testApp } from "../routes/test_app.ts";

const RUNS = Number(Deno.env.get("WALK_RUNS") ?? 60);

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; schema: Record<string, unknown> }[];
  requestBody?: { content: Record<string, { schema: Record<string, unknown> }> };
  responses: Record<string, { content?: Record<string, { schema: Record<string, unknown> }> }>;
}

/** What can be asked of one operation. */
interface Asked {
  values: Record<string, string>;
  body: string | undefined;
  type: string | undefined;
  token: string | undefined;
  accept: string;
}

Deno.test("no operation answers with a 5xx or anything else that the document does not say", async (t) => {
  await using app = await testApp({ settings: { rateLimit: { max: 1000, windowSeconds: 600 } } });
  const uid = await storedUid(app);
  const document = await (await app.ask("/openapi.json")).json();
  const check = checker(document);
  for (const [path, item] of Object.entries(document.paths as Record<string, Record<string, Operation>>)) {
    for (const [method, operation] of Object.entries(item)) {
      await t.step(`${method.toUpperCase()} ${path}`, async () => {
        const seen = new Set<number>();
        // Wrong tokens lock the owner's calls for a while; on the next day the address is another, and nothing is locked.
        app.clock.now = new Date(app.clock.now.getTime() + 86_400_000);
        await fc.assert(
          fc.asyncProperty(inputs(operation, uid), async (asked) => {
            const response = await app.ask(...request(path, method, operation, asked));
            seen.add(response.status);
            await check(operation, response);
          }),
          { numRuns: RUNS, examples: [[good(operation, uid)]] },
        );
        assert.ok([...seen].some((status) => status < 400), `only ${[...seen]}`);
      });
    }
  }
});

async function storedUid(app: TestApp): Promise<string> {
  const answer = await app.ask("/api/reviews", json({ rating: 5, comments: "Here from the start" }));
  return (await answer.json()).uid;
}

/** Fails for an answer whose status, type or body is not in the document. */
function checker(document: Record<string, unknown>) {
  const ajv = new Ajv2020.default({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema({ ...document, $id: "document" });
  const validators = new Map<unknown, (value: unknown) => boolean>();

  return async function check({ operationId, responses }: Operation, response: Response): Promise<void> {
    const said = responses[response.status];
    const type = response.headers.get("Content-Type")?.split(";")[0] ?? "";
    if (said === undefined) assert.fail(`${operationId} answered ${response.status}: ${await response.text()}`);
    assert.ok(response.status < 500, `${operationId} answered ${response.status}`);
    if (type === "text/event-stream" && operationId === "getEvents") return void await response.body?.cancel();
    const body = await response.text();
    if (said.content === undefined) return assert.equal(body, "", `${operationId} ${response.status}`);
    const schema = said.content[type]?.schema;
    assert.ok(schema, `${operationId} ${response.status} came as "${type}"`);
    if (!type.endsWith("json")) return;
    const validate = validators.get(schema) ?? ajv.compile(absolute(schema));
    validators.set(schema, validate);
    assert.ok(validate(JSON.parse(body)), `${operationId} ${response.status}: ${body.slice(0, 300)}`);
  };
}

// A schema on its own finds the others through the document's name.
function absolute(schema: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/'));
}

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 50 }),
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.constantFrom(
    "",
    "0",
    "1",
    "5",
    "100",
    "1e9",
    "-1",
    "null",
    "\u0000",
    "%",
    "'; --",
    "9".repeat(400),
    "YmVmb3JlIDI",
  ),
);

function inputs({ parameters = [], requestBody }: Operation, uid: string): fc.Arbitrary<Asked> {
  const value = (schema: Record<string, unknown>) =>
    fc.oneof(
      anyText,
      fc.integer({ min: -1, max: 101 }).map(String),
      ...(schema.format === "uuid" ? [fc.constant(uid)] : []),
    );
  const headerText = fc.string({ maxLength: 40 }).map((text) => text.trim());
  const values = fc.record(
    Object.fromEntries(
      parameters.map(({ name, in: place, schema }) => [name, place === "header" ? headerText : value(schema)]),
    ),
    { requiredKeys: parameters.filter(({ in: place }) => place === "path").map(({ name }) => name) },
  );
  const types = Object.keys(requestBody?.content ?? {});
  return fc.record({
    values,
    body: requestBody === undefined ? fc.constant(undefined) : fc.oneof(bodies(uid), anyText),
    type: fc.constantFrom(...types, ...types, ...types, "text/plain", "multipart/form-data; boundary=x", undefined),
    token: fc.constantFrom(SETTINGS.adminToken, "wrong", undefined),
    accept: fc.constantFrom("*/*", "application/json", "application/json, text/event-stream", "text/html"),
  });
}

function bodies(uid: string): fc.Arbitrary<string> {
  const odd = fc.oneof(fc.jsonValue({ maxDepth: 2 }), anyText, fc.constant("x".repeat(6000)));
  const review = fc.record({
    rating: fc.oneof(fc.integer({ min: 1, max: 5 }), odd),
    comments: fc.oneof(anyText, odd),
    name: fc.oneof(anyText, odd),
    source: fc.oneof(anyText, odd),
    uid: fc.oneof(fc.uuid(), fc.constant(uid), odd),
  }, { requiredKeys: [] });
  const call = fc.record({
    jsonrpc: fc.constantFrom("2.0", "1.0"),
    id: fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
    method: fc.constantFrom(
      "initialize",
      "tools/list",
      "tools/call",
      "ping",
      "server/discover",
      "subscriptions/listen",
      "no/such",
    ),
    params: fc.oneof(
      fc.record({ name: fc.constantFrom("submit_review", "list_reviews", "no_such"), arguments: review }),
      fc.constant({ protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "t", version: "1" } }),
      fc.jsonValue({ maxDepth: 2 }),
    ),
  }, { requiredKeys: ["jsonrpc", "method"] });
  const form = fc.dictionary(
    fc.constantFrom("rating", "comments", "name", "uid", "source", "view", "homepage"),
    anyText,
  )
    .map((fields) => String(new URLSearchParams(fields)));
  return fc.oneof(review.map((value) => JSON.stringify(value)), call.map((value) => JSON.stringify(value)), form);
}

/** Input that the operation must take. */
function good({ parameters = [], requestBody, operationId }: Operation, uid: string): Asked {
  const [type] = Object.keys(requestBody?.content ?? {});
  const path = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => [name, uid]);
  const ping = { jsonrpc: "2.0", id: 1, method: "tools/list" };
  return {
    values: Object.fromEntries(path),
    body: type === undefined
      ? undefined
      : type.endsWith("json")
      ? JSON.stringify(operationId === "mcp" ? ping : { rating: 5 })
      : "rating=5",
    type,
    token: SETTINGS.adminToken,
    accept: operationId === "mcp" ? "application/json, text/event-stream" : "*/*",
  };
}

function request(path: string, method: string, { parameters = [] }: Operation, asked: Asked): [string, RequestInit] {
  const headers = new Headers({ Accept: asked.accept });
  const query = new URLSearchParams();
  let address = path;
  for (const { name, in: place } of parameters) {
    const value = asked.values[name];
    if (value === undefined) continue;
    if (place === "path") address = address.replace(`{${name}}`, encodeURIComponent(value) || "-");
    else if (place === "query") query.set(name, value);
    else headers.set(name, value);
  }
  if (asked.type !== undefined) headers.set("Content-Type", asked.type);
  if (asked.token !== undefined) headers.set("Authorization", `Bearer ${asked.token}`);
  const body = asked.body === undefined ? {} : { body: asked.body };
  return [query.size > 0 ? `${address}?${query}` : address, { method: method.toUpperCase(), headers, ...body }];
}
