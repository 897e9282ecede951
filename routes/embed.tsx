// The form alone, for a frame on somebody's page, and the script that puts it there.
import { type Context, Hono } from "@hono/hono";
import type { ContentfulStatusCode } from "@hono/hono/utils/http-status";
import { StarShape } from "../islands/stars.tsx";
import { Layout } from "./components/layout.tsx";
import type { AppContext } from "./app_context.ts";
import type { Env } from "./deps.ts";
import { type FailedForm, formView } from "./form_view.tsx";
import { describe } from "./describe.ts";
import { renderPage } from "./http/render_page.ts";

/** `GET /embed?source=` and `GET /embed.js`. */
export function embed(context: AppContext): Hono<Env> {
  const app = new Hono<Env>();
  app.get(
    "/embed",
    describe("showEmbed"),
    (c) => renderEmbed(c, context, { source: c.req.query("source") || "embed" }),
  );
  app.get("/embed.js", describe("getEmbedScript"), (c) => {
    const { body, contentType } = context.assets.read("embed.js");
    return c.body(body, 200, { "Content-Type": contentType, "Cache-Control": "public, max-age=300" });
  });
  return app;
}

/** Answers with the form alone; `failed` is what a person had typed when a submit failed. */
export async function renderEmbed(
  c: Context<Env>,
  context: AppContext,
  { source, failed, status = 200 }: { source: string; failed?: FailedForm; status?: ContentfulStatusCode },
): Promise<Response> {
  const { title } = context.settings;
  const view = await formView(c, context, { embedded: true, source, failed });
  return renderPage(
    c,
    <Layout deps={context} title={title} theme={c.req.query("__theme")} body={{ "data-embed": "" }}>
      <StarShape />
      <main class="embed">
        <h1 class="unseen">{title}</h1>
        {view}
      </main>
    </Layout>,
    status,
  );
}
