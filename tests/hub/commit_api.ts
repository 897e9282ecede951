// The Hub's API for writing: which way a file has to be uploaded, and the commit itself.
import { Hono } from "@hono/hono";
import { preuploadMode } from "./upload_rules.ts";
import { HubError } from "./hub_error.ts";
import type { HubParts } from "./hub_parts.ts";
import type { Changes, Commit } from "./repo_store.ts";

const BUSY = "Another commit operation is in progress for this repository. Please try again later.";

interface CommitLine {
  key: "header" | "file" | "lfsFile" | "deletedFile" | "deletedFolder";
  value: {
    summary?: string;
    description?: string;
    parentCommit?: string;
    path?: string;
    content?: string;
    encoding?: string;
    oid?: string;
    size?: number;
  };
}

/** Routes of `preupload` and `commit`, and of the check of a card. */
export function commitApi({ access, store, contents, uploads, faults, limits, url }: HubParts): Hono {
  const app = new Hono();

  // The Python client has a card checked before it commits one.
  app.post("/api/validate-yaml", (c) => c.json({ errors: [], warnings: [] }));

  app.post("/api/datasets/:owner/:name/preupload/:rev{.+}", async (c) => {
    const repo = access.writable(c.req.raw, `${c.req.param("owner")}/${c.req.param("name")}`);
    const { files: present } = store.resolve(repo, c.req.param("rev"));
    const { files } = await c.req.json<{ files: { path: string; size: number; sample: string }[] }>();
    return c.json({
      files: files.map(({ path, size, sample }) => {
        const oid = present[path]?.lfs ?? present[path]?.oid;
        const uploadMode = preuploadMode(uploads, { size, sample: Uint8Array.fromBase64(sample) });
        return { path, uploadMode, shouldIgnore: false, ...(oid !== undefined && { oid }) };
      }),
    });
  });

  app.post("/api/datasets/:owner/:name/commit/:rev{.+}", async (c) => {
    const name = `${c.req.param("owner")}/${c.req.param("name")}`;
    const repo = access.writable(c.req.raw, name);
    if (!["main", "HEAD"].includes(c.req.param("rev"))) {
      throw new HubError(404, `Invalid rev id: ${c.req.param("rev")}`, { code: "RevisionNotFound" });
    }
    const lines = parseLines(await c.req.text());
    // From here to the commit nothing waits, so that two requests cannot both find the same head.
    limits.countCommit(name);
    if (faults.isBusy) throw new HubError(409, BUSY);
    const header = lines[0]!.value;
    if (header.parentCommit !== undefined && header.parentCommit !== repo.head) {
      throw new HubError(412, "A commit has happened since. Please refresh and try again.");
    }
    const commit = store.commit(repo, {
      summary: header.summary ?? "",
      description: header.description ?? "",
      author: access.signedIn(c.req.raw).user,
      changes: readChanges(lines.slice(1), repo.commits[repo.head]!),
    });
    return c.json({
      success: true,
      commitOid: commit.id,
      commitUrl: `${url()}/datasets/${name}/commit/${commit.id}`,
      hookOutput: "",
    });
  });

  function readChanges(lines: CommitLine[], head: Commit): Changes {
    const changes: Changes = new Map();
    for (const { key, value } of lines) {
      const path = (value.path ?? "").replace(/\/$/, "");
      if (!isPath(path)) throw new HubError(400, `Invalid path: "${path}"`);
      switch (key) {
        case "file": {
          const content = value.content ?? "";
          const bytes = value.encoding === "base64"
            ? Uint8Array.fromBase64(content)
            : new TextEncoder().encode(content);
          changes.set(path, store.putRegular(bytes));
          break;
        }
        case "lfsFile": {
          const size = contents.lfsSize(value.oid ?? "");
          if (size === undefined || size !== (value.size ?? size)) {
            throw new HubError(400, `LFS pointer pointed to a file that does not exist: "${path}"`);
          }
          changes.set(path, store.lfsEntry(value.oid!, size));
          break;
        }
        case "deletedFile":
        case "deletedFolder": {
          const paths = Object.keys(head.files).filter((other) =>
            key === "deletedFile" ? other === path : other.startsWith(`${path}/`)
          );
          if (paths.length === 0) {
            throw new HubError(404, `"${path}" does not exist on "main"`, { code: "EntryNotFound" });
          }
          for (const gone of paths) changes.set(gone, null);
          break;
        }
        default:
          throw new HubError(400, `This Hub does not know the operation "${key}"`);
      }
    }
    return changes;
  }

  return app;
}

function parseLines(text: string): CommitLine[] {
  try {
    const lines: CommitLine[] = text.split("\n").filter((line) => line.trim() !== "").map((line) => JSON.parse(line));
    if (lines[0]?.key === "header") return lines;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw new HubError(400, "A commit must be lines of JSON, the header first");
}

function isPath(path: string): boolean {
  return path !== "" && path.split("/").every((part) => !["", ".", "..", ".git"].includes(part));
}
