// Lets only the owner through to the calls that change or erase.
import type { MiddlewareHandler } from "@hono/hono";
import { createHash, timingSafeEqual } from "node:crypto";
import { AppError } from "../../db/app_error.ts";
import { clientAddress } from "../http/client_address.ts";
import type { AppContext } from "../app_context.ts";
import type { Env } from "../deps.ts";

/** Demands `Authorization: Bearer <ADMIN_TOKEN>`; without such a setting the address does not exist. */
export function requireAdmin(
  { settings, limits }: Pick<AppContext, "settings" | "limits">,
): MiddlewareHandler<Env> {
  const { adminToken } = settings;
  return async function requireAdmin(c, next) {
    if (adminToken === undefined) throw new AppError("not_found", "There is nothing at this address");
    const { attempts } = await limits();
    const attempt = attempts.take(clientAddress(c, settings));
    const [scheme = "", token = ""] = (c.req.header("Authorization") ?? "").split(" ");
    const isRight = scheme.toLowerCase() === "bearer" && sameSecret(token, adminToken);
    if (isRight || token === "") attempt.giveBack(); // before anything is waited for: many right calls at once are no attempts
    await attempt.admitted;
    if (!isRight) {
      c.header("WWW-Authenticate", "Bearer");
      throw new AppError("unauthorized", "This call needs the admin token as a bearer token");
    }
    await next();
  };
}

/** Compares in a time that does not tell how much is right. */
export function sameSecret(a: string, b: string): boolean {
  // Hashed first, because timingSafeEqual() wants equal lengths and a length is a hint too.
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
