// Makes the OpenAPI document from the routes as they are and from the schemas that check their requests.
import type { Hono } from "@hono/hono";
import { generateSpecs, uniqueSymbol } from "hono-openapi";
import { answerSchemas, newReviewSchema } from "./api_schemas.ts";
import type { AppDeps, Env } from "./deps.ts";
import { operationOf } from "./describe.ts";
import { OPERATIONS } from "./operations.ts";

/** The document of all routes that `app` has. */
export function makeApiDocument(
  app: Hono<Env>,
  { settings }: Pick<AppDeps, "settings">,
): ReturnType<typeof generateSpecs> {
  for (const { handler } of app.routes) {
    const operationId = operationOf(handler);
    // Where the library looks for what a route is.
    if (operationId !== undefined) {
      Object.assign(handler, { [uniqueSymbol]: { spec: { operationId, ...OPERATIONS[operationId] } } });
    }
  }
  const schemas: Record<string, object> = { NewReview: newReviewSchema(settings), ...answerSchemas() };
  return generateSpecs(app, {
    excludeStaticFile: false,
    documentation: {
      openapi: "3.1.0",
      info: {
        title: settings.title,
        version: "1",
        description:
          "Send and read reviews. Nobody needs a key but the owner, for the calls that change what is there. " +
          "A failure is a problem document (RFC 9457) with a sentence for people in `detail`.",
      },
      servers: [{ url: "/" }],
      components: {
        schemas,
        securitySchemes: {
          admin: { type: "http", scheme: "bearer", description: "The ADMIN_TOKEN of the settings" },
        },
      },
    },
  });
}
