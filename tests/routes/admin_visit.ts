// Visits the admin's pages as a browser does: keeps the cookie, and says which page a form was sent from.
import assert from "node:assert/strict";
import type { TestApp } from "./test_app.ts";

/** Somebody at the admin's pages. */
export interface AdminVisit {
  /** The cookie so far, as `name=value`. */
  cookie: string;
  get(path: string): Promise<Response>;
  /** Sends a form. */
  post(path: string, fields?: Record<string, string> | string[][]): Promise<Response>;
}

/** Comes to the admin's pages; signed in with `token` unless that is left out. */
export async function adminVisit({ ask }: Pick<TestApp, "ask">, token?: string): Promise<AdminVisit> {
  const visit: AdminVisit = {
    cookie: "",
    get: (path) => ask(path, { headers: { Cookie: visit.cookie } }),
    post: (path, fields = {}) =>
      ask(path, {
        method: "POST",
        headers: { Cookie: visit.cookie, Origin: "http://localhost" },
        body: new URLSearchParams(fields),
      }),
  };
  if (token === undefined) return visit;
  const answer = await visit.post("/admin/sign-in", { token });
  assert.equal(answer.status, 303);
  visit.cookie = answer.headers.get("Set-Cookie")?.split(";")[0] ?? "";
  return visit;
}
