// Moderation: find reviews, erase them, and take an erasure back.
import { type Context, Hono } from "@hono/hono";
import { AdminLayout } from "./admin_layout.tsx";
import { ErasedList } from "./erased_list.tsx";
import { ModerationList } from "./moderation_list.tsx";
import { FilterForm } from "../components/filter_form.tsx";
import type { AppContext } from "../app_context.ts";
import type { Env } from "../deps.ts";
import { parseListQuery } from "../list_query.ts";
import { renderPage } from "../http/render_page.ts";

const PER_PAGE = 50;
/** How an address says what was just done. */
const DONE = ["erased", "back", "forgotten"] as const;

/** `GET /admin`, which takes `q`, `rating`, `source` and `cursor`; `POST /admin/erase`, `/admin/take-back` and `/admin/forget`. */
export function admin(context: AppContext): Hono<Env> {
  const { erased } = context;
  const app = new Hono<Env>();
  app.get("/admin", (c) => renderAdmin(c, context));
  app.post("/admin/erase", async (c) => {
    const { uids, back } = await readChoice(c);
    return c.redirect(address(back, { erased: await erased.erase(uids) }), 303);
  });
  app.post("/admin/take-back", async (c) => {
    const { uids, back } = await readChoice(c);
    return c.redirect(address(back, { back: await erased.takeBack(uids) }), 303);
  });
  app.post("/admin/forget", async (c) => {
    const { back } = await readChoice(c);
    erased.forget();
    return c.redirect(address(back, { forgotten: 1 }), 303);
  });
  return app;
}

async function renderAdmin(c: Context<Env>, context: AppContext): Promise<Response> {
  const { store, sessions, erased } = context;
  const params = new URL(c.req.url).searchParams;
  const done = doneText(params);
  for (const name of ["limit", ...DONE]) params.delete(name);
  // The admin sees all names, so a search may look at them too.
  const query = { ...parseListQuery(params, { publicNames: true }), limit: PER_PAGE };
  const page = await store.list(query);
  return renderPage(
    c,
    <AdminLayout
      deps={context}
      title="Reviews"
      theme={c.req.query("__theme")}
      who={await sessions.who(c) ?? ""}
      done={done}
    >
      <ErasedList erased={erased.list()} back={params.toString()} />
      <FilterForm query={query} action="/admin" />
      <ModerationList {...page} params={params} />
    </AdminLayout>,
  );
}

/** The reviews that were ticked, and the search to come back to. */
async function readChoice(c: Context<Env>): Promise<{ uids: string[]; back: string }> {
  const { uid = [], back } = await c.req.parseBody({ all: true });
  const uids = [uid].flat().filter((value) => typeof value === "string");
  return { uids, back: typeof back === "string" ? back : "" };
}

function address(back: string, done: Partial<Record<typeof DONE[number], number>>): string {
  const params = new URLSearchParams(back);
  for (const [name, count] of Object.entries(done)) params.set(name, String(count));
  return `/admin?${params}`;
}

function doneText(params: URLSearchParams): string | undefined {
  const count = (name: string) => Number(params.get(name)?.slice(0, 4));
  const reviews = (n: number) => n === 1 ? "1 review is" : `${n} reviews are`;
  if (params.get("erased") === "0") return "Nothing was erased: no review was chosen.";
  if (count("erased") > 0) return `${reviews(count("erased"))} erased.`;
  if (params.get("back") === "0") return "Nothing could be taken back: the time is over.";
  if (count("back") > 0) return `${reviews(count("back"))} back.`;
  return params.has("forgotten") ? "What was erased is forgotten." : undefined;
}
