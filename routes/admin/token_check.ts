// Compares what somebody gives as the admin token, and keeps guessing too slow to be worth it.
import type { Context } from "@hono/hono";
import { createHash, timingSafeEqual } from "node:crypto";
import type { AppContext } from "../app_context.ts";
import type { Env } from "../deps.ts";
import { clientAddress } from "../http/client_address.ts";

/** Whether `token` is the admin token. A wrong one counts against the address it came from; throws `too_many` past the limit. */
export type TokenCheck = (c: Context<Env>, token: string) => Promise<boolean>;

/** Builds the check; page and API share one limit. */
export function createTokenCheck({ settings, limits }: Pick<AppContext, "settings" | "limits">): TokenCheck {
  const { adminToken } = settings;
  return async function isAdminToken(c, token) {
    const { attempts } = await limits();
    const attempt = attempts.take(clientAddress(c, settings));
    const isRight = adminToken !== undefined && sameSecret(token, adminToken);
    if (isRight || token === "") attempt.giveBack(); // before anything is waited for: many right calls at once are no attempts
    await attempt.admitted;
    return isRight;
  };
}

/** Compares in a time that does not tell how much is right. */
function sameSecret(a: string, b: string): boolean {
  // Hashed first, because timingSafeEqual() wants equal lengths and a length is a hint too.
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
