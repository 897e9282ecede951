// Downloads by revision: regular files directly, LFS files by a redirect to the storage.
import { type Context, Hono } from "@hono/hono";
import { answerBytes } from "./ranges.ts";
import { lfsPointer } from "./content_ids.ts";
import { HubError } from "./hub_error.ts";
import type { HubParts } from "./hub_parts.ts";
import { storageLink } from "./lfs.ts";

const XET_INFO = "application/vnd.xet-fileinfo+json";

/** Routes of `resolve` and `raw`, with HEAD. */
export function resolveRoutes(parts: HubParts): Hono {
  const { access, store, contents } = parts;
  const app = new Hono();

  const find = (c: Context) => {
    const repo = access.readable(c.req.raw, `${c.req.param("owner")}/${c.req.param("name")}`);
    const commit = store.resolve(repo, c.req.param("rev") ?? "main");
    const path = c.req.param("path") ?? "";
    const entry = commit.files[path];
    c.header("X-Repo-Commit", commit.id);
    if (entry === undefined) {
      throw new HubError(404, "Entry not found", { code: "EntryNotFound", headers: { "X-Repo-Commit": commit.id } });
    }
    return { entry, headers: { "X-Repo-Commit": commit.id, ETag: `"${entry.oid}"` } };
  };

  app.get("/datasets/:owner/:name/resolve/:rev/:path{.+}", (c) => {
    const { entry, headers } = find(c);
    if (entry.lfs === undefined) {
      return answerBytes(c.req.raw, contents.read(entry), {
        ...headers,
        "Content-Type": "application/octet-stream",
        "Content-Disposition": `inline; filename="${entry.path.split("/").at(-1)}"`,
      });
    }
    const linked: Record<string, string> = {
      ...headers,
      "X-Linked-Size": String(entry.size),
      "X-Linked-ETag": `"${entry.lfs}"`,
      ...xetHeaders(c, entry.lfs),
    };
    if (linked["X-Xet-Hash"] !== undefined && c.req.header("Accept")?.includes(XET_INFO)) {
      return c.body("{}", 200, { ...linked, "Content-Type": XET_INFO });
    }
    return c.body(null, 302, { ...linked, Location: storageLink(parts, `/lfs/${entry.lfs}`) });
  });

  app.get("/datasets/:owner/:name/raw/:rev/:path{.+}", (c) => {
    const { entry, headers } = find(c);
    const bytes = entry.lfs === undefined ? contents.read(entry) : lfsPointer(entry.lfs, entry.size);
    return answerBytes(c.req.raw, bytes, { ...headers, "Content-Type": "text/plain; charset=utf-8" });
  });

  function xetHeaders(c: Context, lfs: string): Record<string, string> {
    const hash = contents.xetHash(lfs);
    if (hash === undefined) return {};
    const { owner, name, rev } = c.req.param() as Record<string, string>;
    const auth = `${parts.url()}/api/datasets/${owner}/${name}/xet-read-token/${rev}`;
    const info = `${parts.storageUrl()}/v1/reconstructions/${hash}`;
    return { "X-Xet-Hash": hash, Link: `<${auth}>; rel="xet-auth", <${info}>; rel="xet-reconstruction-info"` };
  }

  return app;
}
