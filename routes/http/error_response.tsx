// Turns whatever went wrong into an answer: a problem document for programs, a page for people, and never a stack trace.
import type { Context } from "@hono/hono";
import type { ContentfulStatusCode } from "@hono/hono/utils/http-status";
import { HTTPException } from "@hono/hono/http-exception";
import { routePath } from "@hono/hono/route";
import { AppError } from "../../db/app_error.ts";
import { Layout } from "../components/layout.tsx";
import type { AppDeps, Env } from "../deps.ts";
import { ERROR_STATUS } from "./error_status.ts";
import { renderPage } from "./render_page.ts";

const ROOT = new URL("../../", import.meta.url).href;

/** Answers with `error` in the form the client reads; logs what is not the client's doing. */
export function errorResponse(c: Context<Env>, error: Error, deps: AppDeps): Response | Promise<Response> {
  const known = toAppError(error);
  const [status, title] = known ? ERROR_STATUS[known.code] : [500, "Something went wrong here"] as const;
  logFailure(c, error, status, deps);
  c.header("Cache-Control", "no-store");
  if (known?.retryAfter !== undefined) c.header("Retry-After", String(Math.ceil(known.retryAfter)));
  const detail = known?.message ?? "The request could not be answered; please try again";
  if (wantsJson(c)) {
    const problem = {
      type: "about:blank",
      title,
      status,
      detail,
      ...(known?.fields.length && { errors: known.fields }),
    };
    return c.body(JSON.stringify(problem), status, { "Content-Type": "application/problem+json" });
  }
  return renderPage(
    c,
    <Layout deps={deps} theme={c.req.query("__theme")} title={title}>
      <main class="message">
        <h1>{title}</h1>
        <p>{detail}.</p>
        <p>
          <a href="/">To the feedback page</a>
        </p>
      </main>
    </Layout>,
    status as ContentfulStatusCode,
  );
}

/** Logs a failure that is not the client's doing, with all that is known. */
export function logFailure(c: Context<Env>, error: Error, status: number, { log }: Pick<AppDeps, "log">): void {
  if (status < 500) return;
  // Where in the code, but not where on this machine; and no more of the address than the pattern that it fits.
  const trace = Deno.inspect(error).replaceAll(ROOT, "");
  log?.({ event: "request failed", message: error.message, route: routePath(c, -1), status, error: trace });
}

/** Whether the client is a program: it asks where programs do, or prefers JSON. */
export function wantsJson(c: Context<Env>): boolean {
  return /^\/(api\/|mcp$|metrics$|reviews\.)/.test(c.req.path) ||
    (c.req.header("Accept") ?? "").startsWith("application/json");
}

function toAppError(error: Error): AppError | undefined {
  if (error instanceof AppError) return error;
  if (error instanceof HTTPException && error.status < 500) {
    return new AppError("malformed", "The request cannot be read");
  }
  return undefined;
}
