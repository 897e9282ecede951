// The Hub's API about repositories: who am I, create, info, tree, paths-info, commits, settings, squash.
import { type Context, Hono } from "@hono/hono";
import { HubError } from "./hub_error.ts";
import type { HubParts } from "./hub_parts.ts";
import { describeFile, describeFolder, describeRepo, listTree } from "./repo_info.ts";

const PAGE = 50;

/** Routes under `/api` that read and manage repositories. */
export function repoApi({ access, store, contents, url }: HubParts): Hono {
  const app = new Hono();
  const named = (c: Context) => `${c.req.param("owner")}/${c.req.param("name")}`;
  const at = (c: Context) => {
    const repo = access.readable(c.req.raw, named(c));
    return { repo, commit: store.resolve(repo, c.req.param("rev") ?? "main") };
  };

  app.get("/api/whoami-v2", (c) => {
    const { user, write, orgs = [] } = access.signedIn(c.req.raw);
    return c.json({
      type: "user",
      id: user,
      name: user,
      fullname: user,
      email: `${user}@example.org`,
      emailVerified: true,
      isPro: false,
      canPay: false,
      periodEnd: null,
      avatarUrl: "",
      orgs: orgs.map((name) => ({ type: "org", id: name, name, fullname: name, isEnterprise: false })),
      auth: {
        type: "access_token",
        accessToken: { displayName: "local", role: write ? "write" : "read", createdAt: new Date(0).toISOString() },
      },
    });
  });

  app.post("/api/repos/create", async (c) => {
    const grant = access.signedIn(c.req.raw);
    const body = await c.req.json();
    if (body.type !== "dataset") throw new HubError(400, "This Hub keeps datasets only");
    if (!/^[\w.-]{1,96}$/.test(body.name ?? "")) throw new HubError(400, "Invalid repo name");
    const name = `${body.organization ?? grant.user}/${body.name}`;
    access.checkOwner(c.req.raw, name);
    const answer = { url: `${url()}/datasets/${name}`, name, id: name };
    if (store.get(name)) return c.json({ error: "You already created this dataset repo", ...answer }, 409);
    store.create(name, { private: body.visibility === "private" || body.private === true, author: grant.user });
    return c.json(answer);
  });

  app.delete("/api/repos/delete", async (c) => {
    const body = await c.req.json();
    const name = `${body.organization ?? access.signedIn(c.req.raw).user}/${body.name}`;
    access.checkOwner(c.req.raw, name);
    access.readable(c.req.raw, name);
    store.delete(name);
    return c.text("OK");
  });

  const info = (c: Context) => {
    const { repo, commit } = at(c);
    return c.json(describeRepo(repo, commit, contents));
  };
  app.get("/api/datasets/:owner/:name", info);
  app.get("/api/datasets/:owner/:name/revision/:rev{.+}", info);

  app.on("GET", ["/api/datasets/:owner/:name/tree/:rev", "/api/datasets/:owner/:name/tree/:rev/:path{.+}"], (c) => {
    const { repo, commit } = at(c);
    const recursive = /^(true|1)$/i.test(c.req.query("recursive") ?? "");
    const expand = /^(true|1)$/i.test(c.req.query("expand") ?? "");
    const items = listTree(commit, c.req.param("path"), recursive);
    return c.json(
      items.map((item) =>
        typeof item === "string" ? describeFolder(item) : describeFile(repo, item, { contents, expand })
      ),
    );
  });

  app.post("/api/datasets/:owner/:name/paths-info/:rev{.+}", async (c) => {
    const { repo, commit } = at(c);
    const { paths, expand } = await readPathsRequest(c);
    return c.json(paths.flatMap((path) => {
      const entry = commit.files[path];
      if (entry) return [describeFile(repo, entry, { contents, expand })];
      return Object.keys(commit.files).some((other) => other.startsWith(`${path}/`)) ? [describeFolder(path)] : [];
    }));
  });

  app.get("/api/datasets/:owner/:name/commits/:rev{.+}", (c) => {
    const { repo, commit } = at(c);
    const all = store.history(repo, commit);
    const limit = Math.min(Number(c.req.query("limit") ?? PAGE), 1000);
    const page = Number(c.req.query("p") ?? 0);
    c.header("X-Total-Count", String(all.length));
    if ((page + 1) * limit < all.length) {
      c.header("Link", `<${url()}${c.req.path}?limit=${limit}&p=${page + 1}>; rel="next"`);
    }
    return c.json(
      all.slice(page * limit, (page + 1) * limit).map((commit) => ({
        id: commit.id,
        title: commit.summary,
        message: commit.description,
        authors: [{ user: commit.author, avatar: "" }],
        date: commit.date,
      })),
    );
  });

  app.get("/api/datasets/:owner/:name/refs", (c) => {
    const { commit } = at(c);
    const main = { name: "main", ref: "refs/heads/main", targetCommit: commit.id };
    return c.json({ branches: [main], tags: [], converts: [] });
  });

  app.put("/api/datasets/:owner/:name/settings", async (c) => {
    const repo = access.writable(c.req.raw, named(c));
    const body = await c.req.json();
    if (body.visibility !== undefined || body.private !== undefined) {
      repo.private = body.visibility === "private" || body.private === true;
      store.save();
    }
    return c.json({ private: repo.private });
  });

  app.post("/api/datasets/:owner/:name/super-squash/:rev{.+}", async (c) => {
    const repo = access.writable(c.req.raw, named(c));
    store.resolve(repo, c.req.param("rev"));
    const { message } = await c.req.json();
    // As git splits it: a commit's title is the first line of its message.
    const [, summary = "", description = ""] = /^(.*)\n*([^]*)$/.exec(message ?? "Super-squash branch 'main'") ?? [];
    contents.collect(store.squash(repo, { summary, description, author: access.signedIn(c.req.raw).user }));
    return c.body(null, 200);
  });

  return app;
}

async function readPathsRequest(c: Context): Promise<{ paths: string[]; expand: boolean }> {
  // The Python client sends a form, the JavaScript client JSON.
  if (!c.req.header("Content-Type")?.includes("json")) {
    const form = new URLSearchParams(await c.req.text());
    return { paths: form.getAll("paths"), expand: /^true$/i.test(form.get("expand") ?? "") };
  }
  const body = await c.req.json();
  return { paths: body.paths ?? [], expand: body.expand === true };
}
