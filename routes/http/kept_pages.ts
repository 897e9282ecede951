// Renders the page once per change and not once per visitor; what each visitor gets of their own is filled in.
import type { Context } from "@hono/hono";
import { createHash } from "node:crypto";
import { completeAnswer, takesGzip } from "./complete_answer.ts";
import type { AppDeps, Env } from "../deps.ts";
import type { EventHub } from "../event_hub.ts";
import { createPageTemplate, type PageTemplate } from "./page_template.ts";
import type { SecurityHeaders } from "./security_headers.ts";

/** Renders a form's page whose uid and time are these. */
export type RenderPage = (fresh: { uid: string; at: Date }) => Promise<string>;

/** Pages that were rendered since the last change. */
export interface KeptPages {
  /** Answers with the page `name`, rendered if need be; one `name` stands for one page. */
  answer(c: Context<Env>, name: string, render: RenderPage): Promise<Response>;
  close(): void;
}

/** What {@linkcode createKeptPages} is built from. */
export interface KeptPagesOptions extends Pick<AppDeps, "store" | "backup" | "now" | "newUid"> {
  hub: Pick<EventHub, "lastId">;
  securityHeaders: SecurityHeaders;
}

interface KeptPage {
  /** What the page shows; where it is no longer the same, the page is rendered anew. */
  state: string;
  made: Promise<{ template: PageTemplate; version: string }>;
}

const PAGE_HEADERS: Record<string, string> = {
  "Content-Type": "text/html; charset=UTF-8",
  // Private, because each visitor's page is one review to be: a cache that shared it would make two people's reviews one.
  "Cache-Control": "private, no-cache",
  Vary: "Accept-Encoding",
};

/** Nothing is kept yet. */
export function createKeptPages(
  { store, backup, hub, now, newUid, securityHeaders }: KeptPagesOptions,
): KeptPages {
  const kept = new Map<string, KeptPage>();
  let backupChanges = 0;
  const unsubscribe = backup.subscribe(() => backupChanges++);
  // The second, because the page says how long ago things were.
  const stateNow = () => `${store.version()} ${hub.lastId()} ${backupChanges} ${Math.floor(now().getTime() / 1000)}`;
  const make = async (render: RenderPage, storeVersion: number) => {
    const fresh = { uid: newUid(), at: now() };
    const template = createPageTemplate(await render(fresh), [fresh.uid, String(fresh.at.getTime())]);
    const hash = createHash("sha256").update(JSON.stringify([storeVersion, template.parts])).digest("base64url");
    return { template, version: hash.slice(0, 12) };
  };
  return {
    async answer(c, name, render) {
      const state = stateNow();
      let page = kept.get(name);
      if (page?.state !== state) {
        page = { state, made: make(render, store.version()) }; // after its state was taken, so that it is never older than that
        page.made.catch(() => kept.delete(name));
        kept.set(name, page);
      }
      const { template, version } = await page.made;
      const gzip = takesGzip(c);
      const headers = { ...securityHeaders(c, "page"), ...PAGE_HEADERS };
      const known = knownTag(c, version, gzip);
      if (known !== undefined) {
        headers.ETag = known;
        return completeAnswer(c, new Response(null, { status: 304, headers }));
      }
      const uid = newUid();
      headers.ETag = tagOf(version, uid, gzip);
      if (gzip) headers["Content-Encoding"] = "gzip";
      return completeAnswer(c, new Response(template.fill([uid, String(now().getTime())], { gzip }), { headers }));
    },
    close: unsubscribe,
  };
}

// The uid is in no other answer, so it names these very bytes; the version says whether they still hold.
function tagOf(version: string, uid: string, gzip: boolean): string {
  return `"${version}.${uid}${gzip ? ".gz" : ""}"`;
}

/** The tag of a page that the client has and that still holds. */
function knownTag(c: Context<Env>, version: string, gzip: boolean): string | undefined {
  const tags = c.req.header("If-None-Match")?.match(/"[\w-]+\.[0-9a-f-]{36}(\.gz)?"/g) ?? [];
  return tags.find((tag) => tag.startsWith(`"${version}.`) && tag.endsWith('.gz"') === gzip);
}
