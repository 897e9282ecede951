// The backup as the owner needs to see it: how it stands, what its history holds, and the buttons for what does not happen by itself.
import { type Context, Hono } from "@hono/hono";
import { AppError } from "../../db/app_error.ts";
import { AdminLayout } from "./admin_layout.tsx";
import { BackupFacts } from "./backup_facts.tsx";
import { BackupHistory } from "./backup_history.tsx";
import type { AppContext } from "../app_context.ts";
import type { Env } from "../deps.ts";
import { renderPage } from "../http/render_page.ts";

/** What the page says once a button was pressed, by the button's value. */
const DONE: Record<string, string> = {
  backup: "A backup has been started.",
  drill: "A drill has been started; what comes of it stands below in a moment.",
  restore: "The backup is being fetched and merged; what came back stands below in a moment.",
  squash: "The history is being erased, after a last backup.",
  token: "The new token is in use until the next start, and a backup has been started. Set it as HF_TOKEN as well.",
};

/** `GET` and `POST /admin/backup`; the form says by `do` what to start. */
export function adminBackup(context: AppContext): Hono<Env> {
  const { backup, erased } = context;
  const app = new Hono<Env>();
  app.get("/admin/backup", (c) => renderBackup(c, context));
  app.post("/admin/backup", async (c) => {
    const { do: action, commit, sure, token } = await c.req.parseBody();
    if (action === "backup") backup.start();
    else if (action === "drill") backup.start({ drill: true });
    else if (action === "restore") {
      if (typeof commit !== "string" || !/^[0-9a-f]{40}$/.test(commit)) {
        throw new AppError("malformed", "A backup is brought back by the 40 digits of its commit");
      }
      backup.start({ merge: commit });
    } else if (action === "squash") {
      if (sure !== "yes") throw new AppError("malformed", "The history is only erased with the tick beside the button");
      erased.forget(); // whoever erases from the history wants it gone
      backup.start({ squash: true });
    } else if (action === "token") {
      if (typeof token !== "string" || !/^hf_[!-~]+$/.test(token.trim())) {
        throw new AppError("malformed", "A token of the Hub begins with hf_ and has no spaces in it");
      }
      backup.start({ token: token.trim() });
    } else throw new AppError("malformed", `There is no button "${action ?? ""}"`);
    return c.redirect(`/admin/backup?done=${action}`, 303);
  });
  return app;
}

async function renderBackup(c: Context<Env>, context: AppContext): Promise<Response> {
  const { backup, sessions, history, now, log } = context;
  const status = backup.status();
  let unread = "it is not known here";
  const entries = status.state === "off" ? [] : await history?.().catch((error) => {
    unread = error instanceof Error ? error.message : String(error);
    log?.({ event: "history-failed", message: unread });
  });
  return renderPage(
    c,
    <AdminLayout
      deps={context}
      title="Backup"
      theme={c.req.query("__theme")}
      who={await sessions.who(c) ?? ""}
      done={DONE[c.req.query("done") ?? ""]}
    >
      <BackupFacts status={status} now={now()} />
      {status.state !== "off" && <BackupHistory entries={entries ?? null} unread={unread} />}
    </AdminLayout>,
  );
}
