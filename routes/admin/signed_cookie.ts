// A cookie that only this start of Hearback can have made: signed, short-lived, and out of reach of scripts.
import type { Context } from "@hono/hono";
import { deleteCookie, getSignedCookie, setSignedCookie } from "@hono/hono/cookie";
import { randomBytes } from "node:crypto";
import type { AppDeps, Env } from "../deps.ts";
import { isHttps } from "../http/is_https.ts";

/** Writes and reads one cookie. */
export interface SignedCookie<Value> {
  write(c: Context<Env>, value: Value): Promise<void>;
  /** What was written, or undefined where that is over, forged or never was. */
  read(c: Context<Env>): Promise<Value | undefined>;
  clear(c: Context<Env>): void;
}

/** What to make a cookie of. */
export interface SignedCookieOptions extends Pick<AppDeps, "settings" | "now"> {
  name: string;
  minutes: number;
}

/** A kind of cookie; the key is drawn anew at each start, so a restart ends them all. */
export function createSignedCookie<Value>(options: SignedCookieOptions): SignedCookie<Value> {
  const { name, minutes, settings, now } = options;
  const secret = randomBytes(32).toString("base64");
  // Lax, because Strict would withhold the cookie on the way back from the Hub's sign-in; no POST of another site gets it.
  const flags = (c: Context<Env>) =>
    ({
      httpOnly: true,
      sameSite: "Lax",
      // The prefix binds the cookie to this host, but works behind HTTPS alone.
      ...(isHttps(c, settings)
        ? { prefix: "host" as const, secure: true as const, path: "/" as const }
        : { path: "/admin" }),
    }) as const;
  return {
    async write(c, value) {
      const until = now().getTime() + minutes * 60_000;
      const text = JSON.stringify({ value, until });
      await setSignedCookie(c, name, text, secret, { ...flags(c), maxAge: minutes * 60 });
    },
    async read(c) {
      const text = await getSignedCookie(c, secret, name, isHttps(c, settings) ? "host" : undefined);
      if (!text) return undefined;
      const { value, until }: { value: Value; until: number } = JSON.parse(text);
      return now().getTime() < until ? value : undefined;
    },
    clear: (c) => void deleteCookie(c, name, flags(c)),
  };
}
