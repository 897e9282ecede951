// Knows who is signed in as the admin, and keeps everybody else and every other site away from the admin's pages.
import type { Context, MiddlewareHandler } from "@hono/hono";
import { AppError } from "../../db/app_error.ts";
import type { AppDeps, Env } from "../deps.ts";
import { createSignedCookie } from "./signed_cookie.ts";

/** Sessions of the admin. */
export interface AdminSessions {
  /** Signs `who` in. */
  begin(c: Context<Env>, who: string): Promise<void>;
  /** Who is signed in, or undefined. */
  who(c: Context<Env>): Promise<string | undefined>;
  /** Signs out for good: a copy of the cookie is of no use either. */
  end(c: Context<Env>): Promise<void>;
}

interface Session {
  id: string;
  who: string;
}

const MINUTES = 8 * 60;

/** No one is signed in yet. */
export function createAdminSessions({ settings, now }: Pick<AppDeps, "settings" | "now">): AdminSessions {
  const cookie = createSignedCookie<Session>({ name: "hearback_admin", minutes: MINUTES, settings, now });
  const ended = new Set<string>();
  const session = async (c: Context<Env>) => {
    const session = await cookie.read(c);
    return session === undefined || ended.has(session.id) ? undefined : session;
  };
  return {
    begin: (c, who) => cookie.write(c, { id: crypto.randomUUID(), who }),
    who: async (c) => (await session(c))?.who,
    async end(c) {
      const ending = await session(c);
      if (ending !== undefined) ended.add(ending.id);
      cookie.clear(c);
    },
  };
}

/** For every address of the admin: 404 where nobody could sign in, kept by no cache, framed by nobody, and no POST but from its own pages. */
export function adminPages({ adminToken, oauth }: AppDeps["settings"]): MiddlewareHandler<Env> {
  return async function adminPages(c, next) {
    if (adminToken === undefined && oauth === undefined) {
      throw new AppError("not_found", "There is nothing at this address");
    }
    // Where it comes from is checked for every address; here it must not be left out either, as only programs do.
    if (c.req.method === "POST" && c.req.header("Origin") === undefined) {
      throw new AppError("forbidden", "This comes from no page of this site");
    }
    c.header("Cache-Control", "no-store");
    c.header("X-Robots-Tag", "noindex");
    c.header("X-Frame-Options", "DENY");
    c.header(
      "Content-Security-Policy",
      "default-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors 'none'",
    );
    await next();
  };
}

/** Sends those who are not signed in to the sign-in. */
export function requireSession({ sessions }: { sessions: AdminSessions }): MiddlewareHandler<Env> {
  return async function requireSession(c, next) {
    if (await sessions.who(c) === undefined) return c.redirect("/admin/sign-in", 303);
    return await next();
  };
}
