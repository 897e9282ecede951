// Spares the work for an answer that the client still has.
import type { Context } from "@hono/hono";
import type { ReviewStore } from "../db/store.ts";
import type { Env } from "./deps.ts";

/** Marks the answer with the store's version and says whether the client has that version already. */
export type Unchanged = (c: Context<Env>) => boolean;

/** Makes the check; `start` tells this start of Hearback from others, whose settings may have been different. */
export function createUnchanged(store: Pick<ReviewStore, "version">, start: string): Unchanged {
  return function unchanged(c) {
    const tag = `"${start}-${store.version()}"`;
    c.header("Cache-Control", "no-cache");
    c.header("ETag", tag);
    // Compared weakly, because compression on the way makes a strong tag weak.
    return (c.req.header("If-None-Match") ?? "").split(",").some((other) => other.trim().replace(/^W\//, "") === tag);
  };
}
