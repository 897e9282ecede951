// Git LFS: the batch request on the Hub, and the storage that takes and gives objects on another host name.
import { type Context, Hono } from "@hono/hono";
import { sha256 } from "./content_ids.ts";
import { HubError } from "./hub_error.ts";
import type { HubParts } from "./hub_parts.ts";
import { answerBytes } from "./ranges.ts";
import { sign } from "./xet_token.ts";
import { chooseTransfer, PART_SIZE, type Transfer } from "./upload_rules.ts";

const LFS_JSON = "application/vnd.git-lfs+json";

interface BatchRequest {
  operation: "upload" | "download";
  transfers?: string[];
  objects: { oid: string; size: number }[];
}

/** The route of the batch request. */
export function lfsApi(parts: HubParts): Hono {
  const { access, contents, uploads, url } = parts;
  const app = new Hono();

  app.post("/datasets/:owner/:repo{.+\\.git}/info/lfs/objects/batch", async (c) => {
    const name = `${c.req.param("owner")}/${c.req.param("repo").replace(/\.git$/, "")}`;
    const { operation, transfers = ["basic"], objects } = await c.req.json<BatchRequest>();
    if (operation === "upload") access.writable(c.req.raw, name);
    else access.readable(c.req.raw, name);
    const transfer = operation === "upload" ? chooseTransfer(uploads, transfers) : "basic";
    const actions = (oid: string, size: number) => {
      const stored = contents.lfsSize(oid) !== undefined;
      if (operation === "download") {
        return stored
          ? { actions: { download: { href: storageLink(parts, `/lfs/${oid}`) } } }
          : { error: { code: 404, message: "Object does not exist" } };
      }
      return stored ? {} : { actions: { upload: uploadAction(transfer, { name, oid, size }) } };
    };
    c.header("Content-Type", LFS_JSON);
    return c.body(JSON.stringify({
      transfer,
      objects: objects.map(({ oid, size }) => ({ oid, size, authenticated: true, ...actions(oid, size) })),
    }));
  });

  function uploadAction(transfer: Transfer, { name, oid, size }: { name: string; oid: string; size: number }) {
    switch (transfer) {
      case "basic":
        return { href: storageLink(parts, `/lfs/${oid}`) };
      case "multipart": {
        const count = Math.ceil(size / PART_SIZE);
        const urls = Array.from({ length: count }, (_, part) => [
          String(part + 1).padStart(5, "0"),
          storageLink(parts, `/parts/${oid}/${part + 1}`),
        ]);
        return {
          href: storageLink(parts, `/complete/${oid}`),
          header: { chunk_size: String(PART_SIZE), ...Object.fromEntries(urls) },
        };
      }
      case "xet":
        return { href: `${url()}/api/datasets/${name}/xet-write-token/main`, header: {} };
    }
  }

  return app;
}

/** The routes of the storage. Their links are signed and need no token; one sent all the same is refused, as S3 does. */
export function lfsStorage({ contents }: HubParts): Hono {
  const app = new Hono();
  const parts = new Map<string, Uint8Array<ArrayBuffer>>();
  const check = (c: Context) => {
    if (c.req.header("Authorization") !== undefined) {
      throw new HubError(400, "Only one auth mechanism allowed: the link is signed already");
    }
    if (c.req.query("signature") !== sign(c.req.path)) throw new HubError(403, "Request has no valid signature");
  };
  const body = async (c: Context) => new Uint8Array(await c.req.arrayBuffer());

  app.get("/lfs/:oid", (c) => {
    check(c);
    const bytes = contents.readLfs(c.req.param("oid"));
    if (bytes === undefined) throw new HubError(404, "The specified key does not exist.");
    return answerBytes(c.req.raw, bytes, {
      "ETag": `"${c.req.param("oid")}"`,
      "Content-Type": "application/octet-stream",
    });
  });

  app.put("/lfs/:oid", async (c) => {
    check(c);
    store(c.req.param("oid"), await body(c));
    return c.body(null, 200);
  });

  app.put("/parts/:oid/:part", async (c) => {
    check(c);
    const bytes = await body(c);
    parts.set(`${c.req.param("oid")}/${c.req.param("part")}`, bytes);
    return c.body(null, 200, { ETag: `"${sha256(bytes).slice(0, 32)}"` });
  });

  app.post("/complete/:oid", async (c) => {
    check(c);
    const oid = c.req.param("oid");
    const request = await c.req.json<{ parts: { partNumber: number; etag: string }[] }>();
    const pieces = request.parts.sort((a, b) => a.partNumber - b.partNumber).map(({ partNumber, etag }) => {
      const bytes = parts.get(`${oid}/${partNumber}`);
      if (bytes === undefined || etag.replaceAll('"', "") !== sha256(bytes).slice(0, 32)) {
        throw new HubError(400, `Part ${partNumber} was not uploaded, or its ETag does not match`);
      }
      return bytes;
    });
    store(oid, new Uint8Array(await new Blob(pieces).arrayBuffer()));
    for (const { partNumber } of request.parts) parts.delete(`${oid}/${partNumber}`);
    return c.json({ success: true });
  });

  function store(oid: string, bytes: Uint8Array<ArrayBuffer>): void {
    if (!contents.putLfs(oid, bytes)) throw new HubError(400, `The bytes do not have the SHA-256 "${oid}"`);
  }

  return app;
}

/** A signed link to `path` on the storage. */
export function storageLink({ storageUrl }: HubParts, path: string): string {
  return `${storageUrl()}${path}?signature=${sign(path)}`;
}
