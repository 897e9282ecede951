// Makes the answers that are the same for everybody once, until the store changes, and spares them to who still has them.
import { gzipSync } from "node:zlib";
import type { Context } from "@hono/hono";
import type { ReviewStore } from "../../db/store.ts";
import { completeAnswer, takesGzip } from "./complete_answer.ts";
import type { Env } from "../deps.ts";
import type { SecurityHeaders } from "./security_headers.ts";

/** Answers that hold as long as the store stays as it is. */
export interface KeptAnswers {
  /** Marks the answer with the store's version and says whether the client has that version already. */
  unchanged(c: Context<Env>): boolean;
  /** Answers with the JSON of what `make` returns, which depends on nothing but the request's address and the store. */
  json(c: Context<Env>, make: () => Promise<unknown>): Promise<Response>;
}

/** What {@linkcode createKeptAnswers} is built from; `start` tells this start of Hearback, and so its settings, from others. */
export interface KeptAnswersOptions {
  store: Pick<ReviewStore, "version">;
  securityHeaders: SecurityHeaders;
  start: string;
}

const MOST = 50; // answers, each of at most as many characters:
const LONGEST = 64 * 1024;
const VARY = { Vary: "Accept-Encoding" };

/** Nothing is kept yet. */
export function createKeptAnswers({ store, securityHeaders, start }: KeptAnswersOptions): KeptAnswers {
  const kept = new Map<string, Response>();
  let keptVersion = store.version();
  const tagNow = () => `"${start}-${store.version()}"`;
  // Compared weakly, because compression on the way makes a strong tag weak.
  const isKnown = (c: Context<Env>) =>
    (c.req.header("If-None-Match") ?? "").split(",").some((tag) => tag.trim().replace(/^W\//, "") === tagNow());

  return {
    unchanged(c) {
      c.header("Cache-Control", "no-cache");
      c.header("ETag", tagNow());
      return isKnown(c);
    },
    async json(c, make) {
      const version = store.version();
      if (version !== keptVersion) kept.clear();
      keptVersion = version;
      const gzip = takesGzip(c);
      const security = securityHeaders(c, "data");
      const { url } = c.req;
      const key = `${gzip} ${"Strict-Transport-Security" in security} ${url.slice(url.indexOf("/", 8))}`;
      const tag = tagNow(); // before reading: what is newer is sent once more rather than never
      const known = isKnown(c);
      const answer = kept.get(key) ?? await makeAnswer();
      if (!known) return completeAnswer(c, answer.clone());
      return completeAnswer(c, new Response(null, { status: 304, headers: { ...security, "ETag": tag, ...VARY } }));

      async function makeAnswer(): Promise<Response> {
        const headers = { ...security, "Content-Type": "application/json", ...VARY };
        const text = JSON.stringify(await make());
        const answer = gzip
          ? new Response(new Uint8Array(gzipSync(text)), {
            headers: { ...headers, "ETag": `W/${tag}`, "Content-Encoding": "gzip" },
          })
          : new Response(text, { headers: { ...headers, "ETag": tag } });
        if (version === keptVersion && kept.size < MOST && text.length <= LONGEST) kept.set(key, answer);
        return answer;
      }
    },
  };
}
