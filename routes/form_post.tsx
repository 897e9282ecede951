// Takes the form as browsers send it, with or without scripts, and loses nothing that was typed.
import { type Context, Hono } from "@hono/hono";
import { AppError } from "../db/app_error.ts";
import { FORM_FIELDS, formInput } from "../db/review.ts";
import { refuseRobots } from "./robots.ts";
import type { AppContext } from "./app_context.ts";
import { type Env, publicReview } from "./deps.ts";
import { renderEmbed } from "./embed.tsx";
import { logFailure, wantsJson } from "./http/error_response.tsx";
import { ERROR_STATUS } from "./http/error_status.ts";
import { type FailedForm, formAddress } from "./form_view.tsx";
import { renderHome } from "./home.tsx";
import { describe } from "./describe.ts";

/** `POST /reviews`: 303 to the thank-you, or the same page with every value kept; JSON for the island. */
export function formPost(context: AppContext): Hono<Env> {
  const { settings, submit, now } = context;
  const app = new Hono<Env>();
  app.post("/reviews", describe("submitForm"), async (c) => {
    // A sandboxed frame has the origin "null" and may read the answer only with this.
    if (c.req.header("Origin") === "null") c.header("Access-Control-Allow-Origin", "null");
    const fields = await readForm(c);
    const embedded = fields.view === "embed";
    const source = fields.source ?? "";
    try {
      refuseRobots(fields, now());
      const { review, created } = await submit(c, formInput(fields), { keepEdited: true });
      if (wantsJson(c)) return c.json(publicReview(review, settings), created ? 201 : 200);
      return c.redirect(`${formAddress({ embedded, source }, { thanks: review.uid })}#thanks`, 303);
    } catch (error) {
      if (wantsJson(c) || !(error instanceof AppError)) throw error;
      const status = ERROR_STATUS[error.code][0];
      logFailure(c, error, status, context);
      if (error.retryAfter !== undefined) c.header("Retry-After", String(Math.ceil(error.retryAfter)));
      const failed = failedForm(fields, error);
      return embedded
        ? renderEmbed(c, context, { source, failed, status })
        : renderHome(c, context, { failed, status });
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

function failedForm(fields: Fields, { fields: errors, message }: AppError): FailedForm {
  const shown = errors.filter(({ field }) => FORM_FIELDS.some((shown) => shown === field));
  return {
    uid: fields.uid || undefined,
    renderedAt: Number(fields.rendered) || undefined,
    values: Object.fromEntries(FORM_FIELDS.map((field) => [field, fields[field] ?? ""])),
    errors: shown,
    failure: shown.length > 0 ? null : errors[0]?.message ?? message,
  };
}
