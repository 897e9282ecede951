// Remembers which chunks of our files the storage (Xet) holds, so that a backup sends only what is new. The Hub's client asks the storage
// about one chunk of a file, the first, and the first page of a database changes with every write; so the question is answered from here.
import { createHash } from "node:crypto";
import { toShard, xorbsOf } from "./xet_shard.ts";

/** Settings of {@linkcode rememberChunks}. */
export interface SentChunksOptions {
  /** The fetch that reaches the storage. */
  fetch: typeof fetch;
  /** Path of the file that keeps what is known; undefined remembers nothing. It holds hashes only, never text of reviews. */
  path: string | undefined;
}

/** A fetch that knows what was sent. */
export interface SentChunks {
  fetch: typeof fetch;
  /** Forgets everything: the next upload is whole. */
  forget(): void;
  /** Whether the storage lacked a chunk that was taken for sent, since the last call. Nothing is remembered then: send again. */
  takeMistake(): boolean;
}

const QUESTION = /\/v1\/chunks\/[^/]+\/[0-9a-f]{64}$/;
const SHARD = /\/v1\/shards$/;
const MOST_BYTES = 2 ** 24; // some 350,000 chunks of 64 KiB; beyond, it starts afresh

/** Wraps `fetch`: notes the chunks of every upload that the storage accepted, and answers questions about chunks with them. */
export function rememberChunks({ fetch, path }: SentChunksOptions): SentChunks {
  if (path === undefined) return { fetch, forget: () => {}, takeMistake: () => false };
  const file = path;
  let known: Known | undefined;
  let relied = false;
  let mistaken = false;

  async function remembering(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    const { origin, pathname } = new URL(input instanceof Request ? input.url : input);
    if (QUESTION.test(pathname)) {
      const xorbs = knownOf(origin);
      if (xorbs.length === 0) return await fetch(input, init);
      relied = true;
      return new Response(toShard(xorbs));
    }
    if (init.method !== "POST" || !SHARD.test(pathname)) return await fetch(input, init);
    const response = await fetch(input, init).catch((error) => {
      noteRefusal(Number(error.status));
      throw error;
    });
    if (response.ok && init.body instanceof Uint8Array) add(origin, xorbsOf(init.body));
    else noteRefusal(response.status);
    return response;
  }

  return { fetch: remembering as typeof fetch, forget, takeMistake };

  function knownOf(storage: string): Uint8Array<ArrayBuffer> {
    known ??= load(file);
    return known.storage === storage ? known.xorbs : new Uint8Array();
  }

  function add(storage: string, xorbs: Uint8Array): void {
    if (xorbs.length === 0) return;
    const before = knownOf(storage);
    const all = new Uint8Array(before.length + xorbs.length);
    all.set(before);
    all.set(xorbs, before.length);
    if (all.length > MOST_BYTES) return forget();
    known = { storage, xorbs: all };
    save(file, known);
  }

  // Storage that was cleaned up, after a squash say, refuses files made of chunks that are gone.
  function noteRefusal(status: number): void {
    if (!relied || status < 400 || status >= 500 || [401, 403, 408, 429].includes(status)) return;
    mistaken = true;
    forget();
  }

  function forget(): void {
    known = NOTHING;
    relied = false;
    try {
      Deno.removeSync(file);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  function takeMistake(): boolean {
    const last = mistaken;
    mistaken = false;
    return last;
  }
}

interface Known {
  /** Origin of the storage that holds the chunks. */
  storage: string;
  /** The entries of xorbs and their chunks, as shards hold them. */
  xorbs: Uint8Array<ArrayBuffer>;
}

const NOTHING: Known = { storage: "", xorbs: new Uint8Array() };

// First line: the storage and the SHA-256 of the rest. A file that does not fit its hash counts as none.
function load(path: string): Known {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return NOTHING;
    throw error;
  }
  const end = bytes.indexOf(0x0a);
  const [storage = "", hash] = new TextDecoder().decode(bytes.subarray(0, end)).split(" ");
  const xorbs = bytes.slice(end + 1);
  return hash === sha256(xorbs) ? { storage, xorbs } : NOTHING;
}

function save(path: string, { storage, xorbs }: Known): void {
  const temporary = `${path}.new`;
  {
    using file = Deno.openSync(temporary, { write: true, create: true, truncate: true });
    for (const part of [new TextEncoder().encode(`${storage} ${sha256(xorbs)}\n`), xorbs]) {
      for (let at = 0; at < part.length;) at += file.writeSync(part.subarray(at));
    }
    file.syncSync();
  }
  Deno.renameSync(temporary, path);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
