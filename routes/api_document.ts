// Serves the OpenAPI document, made from the routes as they are and from the schemas that check their requests.
import type { Hono } from "@hono/hono";
import { generateSpecs } from "hono-openapi";
import { answerSchemas, newReviewSchema } from "./api_schemas.ts";
import type { AppDeps, Env } from "./deps.ts";

/** The document of all routes that `app` has by the time it is asked for. */
export type ApiDocument = () => ReturnType<typeof generateSpecs>;

/** Makes the document for `app`, once. */
export function createApiDocument(app: Hono<Env>, { settings }: Pick<AppDeps, "settings">): ApiDocument {
  const schemas: Record<string, object> = { NewReview: newReviewSchema(settings), ...answerSchemas() };
  let made: ReturnType<typeof generateSpecs> | undefined;
  return () =>
    made ??= generateSpecs(app, {
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
