// The page: the form on one side, what people said on the other.
import { type Context, Hono } from "@hono/hono";
import type { ContentfulStatusCode } from "@hono/hono/utils/http-status";
import type { FieldError } from "../db/app_error.ts";
import type { FormValues } from "../islands/form_fields.tsx";
import { ReviewForm } from "../islands/review_form.tsx";
import { Island } from "./components/island.tsx";
import { Layout } from "./components/layout.tsx";
import { ReviewList } from "./components/review_list.tsx";
import { StarShape } from "./components/stars.tsx";
import { type AppDeps, type Env, publicReview } from "./deps.ts";
import { parseListQuery } from "./list_query.ts";
import { renderPage } from "./render_page.ts";

/** What the form shows again after a submit that failed. */
export interface FormState {
  uid: string;
  renderedAt: number;
  source: string;
  values: FormValues;
  errors: FieldError[];
  failure: string | null;
}

/** `GET /`. */
export function home(deps: AppDeps): Hono<Env> {
  return new Hono<Env>().get("/", (c) => renderHome(c, deps));
}

/** Answers with the page; `form` is what a person had typed when a submit failed. */
export async function renderHome(
  c: Context<Env>,
  deps: AppDeps,
  { form, status }: { form?: FormState; status?: ContentfulStatusCode } = {},
): Promise<Response> {
  const { store, settings, now, newUid } = deps;
  const page = await store.list(parseListQuery(new URLSearchParams()));
  const reviews = page.reviews.map((review) => publicReview(review, settings));
  const { question, low, high, require, publicNames, title, intro } = settings;
  const state = form ?? {
    uid: newUid(),
    renderedAt: now().getTime(),
    source: "",
    values: { rating: "", comments: "", name: "" },
    errors: [],
    failure: null,
  };
  return renderPage(
    c,
    <Layout deps={deps} title={title} theme={c.req.query("__theme")}>
      <StarShape />
      <main class="page">
        <div class="column">
          <h1>{title}</h1>
          <p class="intro">{intro}</p>
          <Island
            name="ReviewForm"
            of={ReviewForm}
            props={{ settings: { question, low, high, require, publicNames }, ...state }}
          />
        </div>
        <section class="column" aria-labelledby="reviews">
          <h2 id="reviews">{page.total === 1 ? "1 review" : `${page.total.toLocaleString("en")} reviews`}</h2>
          <ReviewList reviews={reviews} now={now()} />
        </section>
      </main>
    </Layout>,
    status,
  );
}
