// Answers 405 with the methods that an address does know, where a router alone would say 404.
import type { Hono } from "@hono/hono";
import { AppError } from "../../db/app_error.ts";
import type { AppDeps, Env } from "../deps.ts";
import { errorResponse } from "./error_response.tsx";

/** Closes every address that `app` has so far against the methods it does not have. */
export function methodNotAllowed(app: Hono<Env>, deps: AppDeps): void {
  const methods = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method === "ALL") continue;
    const known = methods.get(path) ?? new Set();
    methods.set(path, known.add(method));
    if (method === "GET") known.add("HEAD");
  }
  for (const [path, known] of methods) {
    const allow = [...known].join(", ");
    app.all(path, (c) => {
      c.header("Allow", allow);
      return errorResponse(c, new AppError("method_not_allowed", `This address answers ${allow} only`), deps);
    });
  }
}
