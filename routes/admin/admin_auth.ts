// Lets only the owner through to the calls that change or erase.
import type { MiddlewareHandler } from "@hono/hono";
import { AppError } from "../../db/app_error.ts";
import type { AppContext } from "../app_context.ts";
import type { Env } from "../deps.ts";
import { createTokenCheck } from "./token_check.ts";

/** Demands `Authorization: Bearer <ADMIN_TOKEN>`; without such a setting the address does not exist. */
export function requireAdmin(context: Pick<AppContext, "settings" | "limits">): MiddlewareHandler<Env> {
  const isAdminToken = createTokenCheck(context);
  return async function requireAdmin(c, next) {
    if (context.settings.adminToken === undefined) throw new AppError("not_found", "There is nothing at this address");
    const [scheme = "", token = ""] = (c.req.header("Authorization") ?? "").split(" ");
    if (!await isAdminToken(c, scheme.toLowerCase() === "bearer" ? token : "")) {
      c.header("WWW-Authenticate", "Bearer");
      throw new AppError("unauthorized", "This call needs the admin token as a bearer token");
    }
    await next();
  };
}
