// The reviews for programs: send one, list them, read one, erase one.
import { type Context, Hono } from "@hono/hono";
import { AppError } from "../db/app_error.ts";
import { requireAdmin } from "./admin/admin_auth.ts";
import { completeAnswer } from "./http/complete_answer.ts";
import type { AppContext } from "./app_context.ts";
import { type Env, publicReview } from "./deps.ts";
import { parseListQuery } from "./list_query.ts";
import { describe } from "./describe.ts";

/** `GET` and `POST /api/reviews`, `GET` and `DELETE /api/reviews/:uid`. */
export function reviewsApi(context: AppContext): Hono<Env> {
  const { store, settings, submit, answers } = context;
  const app = new Hono<Env>();

  app.post("/api/reviews", describe("submitReview"), async (c) => {
    const { review, created } = await submit(c, await readJson(c));
    const headers = {
      ...context.securityHeaders(c, "data"),
      "Content-Type": "application/json",
      Location: `/api/reviews/${review.uid}`,
    };
    const status = created ? 201 : 200;
    return completeAnswer(c, new Response(JSON.stringify(publicReview(review, settings)), { status, headers }));
  });

  app.get("/api/reviews", describe("listReviews"), (c) =>
    answers.json(c, async () => {
      const query = parseListQuery(new URL(c.req.url).searchParams, settings);
      const { reviews, total, next } = await store.list(query);
      return { reviews: reviews.map((review) => publicReview(review, settings)), total, next };
    }));

  app.get("/api/reviews/:uid", describe("getReview"), async (c) => {
    const review = await store.get(c.req.param("uid").toLowerCase());
    if (review === undefined) throw new AppError("not_found", "There is no such review");
    return c.json(publicReview(review, settings));
  });

  app.delete("/api/reviews/:uid", describe("eraseReview"), requireAdmin(context), async (c) => {
    const erased = await store.erase(c.req.param("uid").toLowerCase());
    if (!erased) throw new AppError("not_found", "There is no such review");
    return c.body(null, 204);
  });

  return app;
}

async function readJson(c: Context<Env>): Promise<unknown> {
  const type = (c.req.header("Content-Type") ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new AppError("unsupported_media", "Send the review as application/json");
  try {
    return await c.req.json();
  } catch (cause) {
    throw new AppError("malformed", "The body is not valid JSON", { cause });
  }
}
