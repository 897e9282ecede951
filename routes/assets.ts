// Holds what the browser loads besides the page, under addresses that change with the content so that they can be cached for ever.
import { createHash } from "node:crypto";

/** A built file, ready to be sent. */
export interface Asset {
  body: Uint8Array<ArrayBuffer>;
  contentType: string;
}

/** What `deno task build` made. */
export interface Assets {
  /** Addresses by the name of the file in `dist/`. */
  url(name: string): string;
  /** Files by their address. */
  get(url: string): Asset | undefined;
  /** Files by the name of the file in `dist/`. */
  read(name: string): Asset;
  has(name: string): boolean;
}

const CONTENT_TYPES: Record<string, string> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

/** Reads the built files from `dir`; fails with what to run when they are not there. */
export async function loadAssets(dir: string | URL): Promise<Assets> {
  const root = dir instanceof URL ? dir.pathname : dir;
  const urls = new Map<string, string>();
  const files = new Map<string, Asset>();
  for await (const name of fileNames(root)) {
    const [base = "", extension = ""] = name.split(".");
    const body = await Deno.readFile(`${root}/${name}`);
    const hash = createHash("sha256").update(body).digest("base64url").slice(0, 10);
    const url = `/assets/${base}.${hash}.${extension}`;
    urls.set(name, url);
    files.set(url, { body, contentType: CONTENT_TYPES[extension] ?? "application/octet-stream" });
  }
  const url = (name: string): string => {
    const url = urls.get(name);
    if (url === undefined) throw new Error(`There is no built file "${name}"; run: deno task build`);
    return url;
  };
  return {
    url,
    get: (url) => files.get(url),
    read: (name) => files.get(url(name)) as Asset,
    has: (name) => urls.has(name),
  };
}

async function* fileNames(root: string): AsyncIterable<string> {
  try {
    for await (const entry of Deno.readDir(root)) if (entry.isFile) yield entry.name;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`The page's scripts are not built: there is no "${root}"; run: deno task build`, { cause: error });
  }
}
