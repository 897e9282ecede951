// The way in for the admin: by the token of the settings, or on a Space by the Hugging Face account.
import { type Context, Hono } from "@hono/hono";
import type { ContentfulStatusCode } from "@hono/hono/utils/http-status";
import { AppError } from "../../db/app_error.ts";
import { Layout } from "../components/layout.tsx";
import type { AppContext } from "../app_context.ts";
import type { Env } from "../deps.ts";
import { beginHubSignIn, CALLBACK_PATH, endHubSignIn, type SignInAttempt } from "./hub_sign_in.ts";
import { renderPage } from "../http/render_page.ts";
import { createSignedCookie } from "./signed_cookie.ts";
import { createTokenCheck } from "./token_check.ts";

/** `GET` and `POST /admin/sign-in`, `POST /admin/sign-out`, and `GET /admin/oauth` with the way back from the Hub. */
export function adminSignIn(context: AppContext): Hono<Env> {
  const { settings: { oauth }, sessions } = context;
  const isAdminToken = createTokenCheck(context);
  const underWay = createSignedCookie<SignInAttempt>({ ...context, name: "hearback_sign_in", minutes: 10 });
  const app = new Hono<Env>();

  app.get("/admin/sign-in", (c) => renderSignIn(c, context));

  app.post("/admin/sign-in", async (c) => {
    const { token } = await c.req.parseBody();
    if (!await isAdminToken(c, typeof token === "string" ? token : "")) {
      return renderSignIn(c, context, { problem: "That is not the token", status: 401 });
    }
    await sessions.begin(c, "the admin token");
    return c.redirect("/admin", 303);
  });

  app.post("/admin/sign-out", async (c) => {
    await sessions.end(c);
    return c.redirect("/admin/sign-in", 303);
  });

  app.get("/admin/oauth", async (c) => {
    if (oauth === undefined) throw new AppError("not_found", "There is nothing at this address");
    const { address, attempt } = await beginHubSignIn(oauth);
    await underWay.write(c, attempt);
    return c.redirect(address, 303);
  });

  app.get(CALLBACK_PATH, async (c) => {
    const attempt = await underWay.read(c);
    underWay.clear(c);
    if (oauth === undefined || attempt === undefined) {
      return renderSignIn(c, context, { problem: "This sign-in is over; please begin again", status: 403 });
    }
    try {
      const who = await endHubSignIn(oauth, { attempt, answer: new URL(c.req.url).searchParams });
      if (!oauth.admins.includes(who.toLowerCase())) {
        const problem = `You are signed in on the Hub as ${who}, who is not an admin here`;
        return renderSignIn(c, context, { problem, status: 403 });
      }
      await sessions.begin(c, who);
      return c.redirect("/admin", 303);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "forbidden") throw error;
      return renderSignIn(c, context, { problem: error.message, status: 403 });
    }
  });
  return app;
}

/** Answers with the way in; `problem` is why the last try did not come through. */
function renderSignIn(
  c: Context<Env>,
  context: AppContext,
  { problem, status = 200 }: { problem?: string; status?: ContentfulStatusCode } = {},
): Response | Promise<Response> {
  const { adminToken, oauth } = context.settings;
  return renderPage(
    c,
    <Layout
      deps={context}
      title="Sign in"
      theme={c.req.query("__theme")}
      head={<link rel="stylesheet" href={context.assets.url("admin.css")} />}
    >
      <main class="message sign-in">
        <h1>Sign in</h1>
        {problem !== undefined && <p class="error" role="alert">{problem}.</p>}
        {oauth !== undefined && (
          <p>
            <a class="button" href="/admin/oauth">Sign in with Hugging Face</a>
          </p>
        )}
        {adminToken !== undefined && (
          <form method="post" action="/admin/sign-in" class="field">
            <label for="token">Admin token</label>
            <input id="token" name="token" type="password" required autocomplete="current-password" />
            <button type="submit">Sign in</button>
          </form>
        )}
        <p class="note">
          This is for the owner of this page. Signing in sets one cookie, which ends after eight hours; visitors get
          none.
        </p>
      </main>
    </Layout>,
    status,
  );
}
