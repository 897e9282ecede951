// Xet: tokens from the Hub, and the storage (CAS) that takes xorbs and shards and tells how files are put together.
import { type Context, Hono } from "@hono/hono";
import { hexToBytes, hmac } from "@huggingface/xetchunk-wasm";
import { chunkWindows } from "./chunk_windows.ts";
import { HubError } from "./hub_error.ts";
import type { HubParts } from "./hub_parts.ts";
import { answerBytes, parseRange } from "./ranges.ts";
import { type Part, planReconstruction } from "./reconstruction.ts";
import { parseShard, writeDedupShard } from "./shard_format.ts";
import { checkXetToken, issueXetToken, sign } from "./xet_token.ts";

const SHARD_KEY = hexToBytes("5ba1ad".padEnd(64, "0"));
const SHARD_LIFETIME = 7 * 24 * 3600;

/** Routes of the Hub that hand out tokens, as JSON and as headers. */
export function xetTokenApi({ access, storageUrl }: HubParts): Hono {
  const app = new Hono();
  app.get("/api/datasets/:owner/:name/:kind{xet-(?:read|write)-token}/:rev{.+}", (c) => {
    const name = `${c.req.param("owner")}/${c.req.param("name")}`;
    const scope = c.req.param("kind") === "xet-write-token" ? "write" : "read";
    if (scope === "write") access.writable(c.req.raw, name);
    else access.readable(c.req.raw, name);
    const token = issueXetToken(storageUrl(), scope);
    return c.json(token, 200, {
      "X-Xet-Cas-Url": token.casUrl,
      "X-Xet-Access-Token": token.accessToken,
      "X-Xet-Token-Expiration": String(token.exp),
    });
  });
  return app;
}

/** Routes of the storage. */
export function xetStorage({ contents: { xet }, storageUrl }: HubParts): Hono {
  const app = new Hono();
  const file = (c: Context) => {
    const found = xet.file(c.req.param("hash") ?? "");
    if (found === undefined) throw new HubError(404, "No such file");
    return found;
  };
  const body = async (c: Context) => new Uint8Array(await c.req.arrayBuffer());

  app.get("/v1/chunks/:namespace/:hash", (c) => {
    checkXetToken(c.req.raw, "read");
    const xorbs = xet.siblings(c.req.param("hash"));
    if (xorbs === undefined) throw new HubError(404, "No such chunk");
    const now = Math.floor(Date.now() / 1000);
    const keyed = (hash: string) => hmac(hexToBytes(hash), SHARD_KEY);
    return c.body(writeDedupShard(xorbs, { key: SHARD_KEY, keyed, now, expires: now + SHARD_LIFETIME }));
  });

  app.post("/v1/xorbs/:namespace/:hash", async (c) => {
    checkXetToken(c.req.raw, "write");
    return c.json({ was_inserted: xet.putXorb(c.req.param("hash"), await body(c)) });
  });

  app.post("/v1/shards", async (c) => {
    checkXetToken(c.req.raw, "write");
    xet.register(parseShard(await body(c)));
    return c.json({ result: 1 });
  });

  app.get("/:version{v[12]}/reconstructions/:hash", (c) => {
    checkXetToken(c.req.raw, "read");
    const { hash, size } = file(c);
    const range = parseRange(c.req.header("Range") ?? null, size);
    if (range === "unsatisfiable") return c.body(null, 416, { "Content-Range": `bytes */${size}` });
    const plan = planReconstruction(xet, hash, range ?? { start: 0, end: size });
    const url = (xorb: string, { start, end }: Part["bytes"]) => {
      const path = `/xorb-data/${xorb}/${start}-${end}`;
      return `${storageUrl()}${path}?signature=${sign(path)}`;
    };
    return c.json({
      offset_into_first_range: plan.offset,
      terms: plan.terms.map(({ xorb, length, start, end }) => ({
        hash: xorb,
        unpacked_length: length,
        range: { start, end },
      })),
      ...(c.req.param("version") === "v1"
        ? {
          fetch_info: mapValues(plan.parts, (xorb, parts) =>
            parts.map(({ chunks, bytes }) => ({ range: chunks, url: url(xorb, bytes), url_range: bytes }))),
        }
        : {
          xorbs: mapValues(plan.parts, (xorb, parts) =>
            parts.map((part) => ({
              url: url(xorb, part.bytes),
              ranges: [part],
            }))),
        }),
    });
  });

  app.get("/v2/file-chunk-hashes/:hash", (c) => {
    checkXetToken(c.req.raw, "read");
    const { terms } = file(c);
    const dirty = [...(c.req.header("X-Range-Dirty") ?? "").matchAll(/(\d+)-(\d+)/g)]
      .map(([, from, to]): [number, number] => [Number(from), Number(to) + 1]);
    return c.json(chunkWindows(terms.map((term) => xet.chunks(term)), dirty));
  });

  app.get("/xorb-data/:hash/:signed", (c) => {
    const xorb = xet.xorb(c.req.param("hash"));
    const [from, to] = c.req.param("signed").split("-").map(Number);
    const range = xorb && parseRange(c.req.header("Range") ?? null, xorb.length);
    if (
      xorb === undefined || c.req.query("signature") !== sign(c.req.path) || typeof range !== "object" ||
      range.start < from! || range.end > to! + 1
    ) {
      throw new HubError(403, "The link does not allow these bytes");
    }
    return answerBytes(c.req.raw, xorb, { "Content-Type": "application/octet-stream" });
  });

  return app;
}

function mapValues<A, B>(map: Map<string, A>, change: (key: string, value: A) => B): Record<string, B> {
  return Object.fromEntries([...map].map(([key, value]) => [key, change(key, value)]));
}
