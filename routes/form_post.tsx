// Takes the form as browsers send it, with or without scripts, and loses nothing that was typed.
import { type Context, Hono } from "@hono/hono";
import { AppError } from "../db/app_error.ts";
import { parseReview } from "../db/review.ts";
import { type AppDeps, type Env, publicReview } from "./deps.ts";
import { wantsJson } from "./error_response.tsx";
import { ERROR_STATUS } from "./error_status.ts";
import { renderHome } from "./home.tsx";

/** `POST /reviews`: 303 to the thank-you, or the same page with every value kept; JSON for the island. */
export function formPost(deps: AppDeps): Hono<Env> {
  const app = new Hono<Env>();
  app.post("/reviews", async (c) => {
    const fields = await readForm(c);
    try {
      const parsed = parseReview(toInput(fields), deps.settings, deps.newUid);
      if (!parsed.ok) throw new AppError("invalid", "The review was not stored", { fields: parsed.errors });
      const { review, created } = await deps.store.add(parsed.review);
      if (wantsJson(c)) return c.json(publicReview(review, deps.settings), created ? 201 : 200);
      return c.redirect(`/?thanks=${review.uid}`, 303);
    } catch (error) {
      if (wantsJson(c) || !(error instanceof AppError)) throw error;
      if (error.retryAfter !== undefined) c.header("Retry-After", String(Math.ceil(error.retryAfter)));
      return renderHome(c, deps, { form: formState(fields, error, deps), status: ERROR_STATUS[error.code][0] });
    }
  });
  return app;
}

type Fields = Record<string, string>;

async function readForm(c: Context<Env>): Promise<Fields> {
  const type = (c.req.header("Content-Type") ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded" && type !== "multipart/form-data") {
    throw new AppError("unsupported_media", "Send the form as application/x-www-form-urlencoded");
  }
  try {
    const form = await c.req.formData();
    return Object.fromEntries([...form].map(([name, value]) => [name, typeof value === "string" ? value : ""]));
  } catch (cause) {
    throw new AppError("malformed", "The form cannot be read", { cause });
  }
}

// An empty field of a form is one that was not filled in.
function toInput({ rating = "", comments, name, source, uid }: Fields) {
  return { rating: rating === "" ? null : Number(rating), comments, name, source, uid: uid || undefined };
}

function formState(fields: Fields, error: AppError, deps: AppDeps) {
  return {
    uid: fields.uid || deps.newUid(),
    renderedAt: Number(fields.rendered) || deps.now().getTime(),
    source: fields.source ?? "",
    values: { rating: fields.rating ?? "", comments: fields.comments ?? "", name: fields.name ?? "" },
    errors: error.fields,
    failure: error.fields.length > 0 ? null : error.message,
  };
}
