// The page: the form on one side, what people said on the other.
import { type Context, Hono } from "@hono/hono";
import type { ContentfulStatusCode } from "@hono/hono/utils/http-status";
import type { VNode } from "preact";
import { BackupBadge } from "../islands/backup_badge.tsx";
import { NewReviews } from "../islands/new_reviews.tsx";
import { StarShape } from "../islands/stars.tsx";
import { FilterForm } from "./components/filter_form.tsx";
import { Numbers } from "./components/histogram.tsx";
import { Island } from "./components/island.tsx";
import { Layout } from "./components/layout.tsx";
import { ReviewList } from "./components/review_list.tsx";
import type { AppContext } from "./app_context.ts";
import { type Env, publicReview } from "./deps.ts";
import { type FailedForm, formView, type FormViewOptions } from "./form_view.tsx";
import { parseListQuery } from "./list_query.ts";
import { describe } from "./describe.ts";
import { renderPage, toHtml } from "./http/render_page.ts";

/** `GET /`; takes `q`, `rating`, `source` and `cursor` for the list, `thanks` for the thank-you, `__theme` for the scheme. */
export function home(context: AppContext): Hono<Env> {
  const { pages } = context;
  return new Hono<Env>().get("/", describe("showPage"), (c) => {
    const query = c.req.url.indexOf("?"); // for most visitors there is none, and reading the whole address costs more than finding that out
    const search = query < 0 ? "" : c.req.url.slice(query);
    if (!KEPT.includes(search)) return renderHome(c, context);
    return pages.answer(c, search, async (fresh) => toHtml(await homePage(c, context, { fresh })));
  });
}

const KEPT = ["", "?__theme=light", "?__theme=dark"];

/** Answers with the page; `failed` is what a person had typed when a submit failed. */
export async function renderHome(
  c: Context<Env>,
  context: AppContext,
  { failed, status = 200 }: { failed?: FailedForm; status?: ContentfulStatusCode } = {},
): Promise<Response> {
  return renderPage(c, await homePage(c, context, { failed }), status);
}

async function homePage(
  c: Context<Env>,
  context: AppContext,
  { failed, fresh }: Pick<FormViewOptions, "failed" | "fresh">,
): Promise<VNode> {
  const { store, settings, backup, hub } = context;
  const now = fresh?.at ?? context.now();
  const since = hub.lastId(); // before the reading: what comes in between is told twice rather than never
  const asked = failed ? new URLSearchParams() : new URL(c.req.url).searchParams;
  asked.delete("limit");
  const query = parseListQuery(asked, settings);
  const [view, stats, page] = await Promise.all([
    formView(c, context, { embedded: false, source: "", failed, fresh }),
    store.stats(),
    store.list(query),
  ]);
  const reviews = page.reviews.map((review) => publicReview(review, settings));
  const backupStatus = backup.status();
  return (
    <Layout deps={context} title={settings.title} theme={c.req.query("__theme")} body={{ "data-since": since }}>
      <StarShape />
      <main class="page">
        <div class="ask">
          <h1>{settings.title}</h1>
          <p class="intro">{settings.intro}</p>
          {view}
        </div>
        <div class="read">
          <Numbers stats={stats} />
          <Island name="BackupBadge" of={BackupBadge} props={{ status: backupStatus, now: now.getTime() }} />
          <FilterForm query={query} />
          <Island name="NewReviews" of={NewReviews} props={{ total: stats.total }} />
          <ReviewList
            {...page}
            reviews={reviews}
            query={query}
            restoring={backupStatus.state === "restoring"}
            now={now}
          />
        </div>
      </main>
    </Layout>
  );
}
