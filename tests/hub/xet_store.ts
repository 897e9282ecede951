// Xet storage: xorbs full of chunks, and files that are made of runs of chunks.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileHash, hashToHex, hexToBytes } from "@huggingface/xetchunk-wasm";
import { type Blobs, replaceFile } from "./blobs.ts";
import { sha256 } from "./content_ids.ts";
import { HubError } from "./hub_error.ts";
import type { ShardFile, ShardXorb, Term } from "./shard_format.ts";
import { type ChunkPlace, findChunks, packXorb, readChunk } from "./xorb_format.ts";

/** A file, and how long it is said to be even after its content was damaged. */
export interface XetFile extends ShardFile {
  size: number;
}

interface Known {
  files: [string, XetFile][];
  /** Xorbs and the upload each came with. */
  xorbs: [string, ShardXorb & { upload: number }][];
  /** Chunks one may ask for, and the xorb that holds each. */
  askable: [string, string][];
}

/** Keeps xorbs and files. */
export class XetStore {
  readonly #blobs: Blobs;
  readonly #path: string | undefined;
  readonly #files: Map<string, XetFile>;
  readonly #xorbs: Map<string, ShardXorb & { upload: number }>;
  readonly #askable: Map<string, string>;
  readonly #places = new Map<string, ChunkPlace[]>();
  readonly #bySha256 = new Map<string, XetFile>();

  constructor(blobs: Blobs, folder?: string) {
    this.#blobs = blobs;
    this.#path = folder && join(folder, "xet.json");
    const known: Known = this.#path && existsSync(this.#path)
      ? JSON.parse(Deno.readTextFileSync(this.#path))
      : { files: [], xorbs: [], askable: [] };
    this.#files = new Map(known.files);
    this.#xorbs = new Map(known.xorbs);
    this.#askable = new Map(known.askable);
    for (const file of this.#files.values()) if (file.sha256) this.#bySha256.set(file.sha256, file);
  }

  file(hash: string): XetFile | undefined {
    return this.#files.get(hash);
  }

  bySha256(sha256: string): XetFile | undefined {
    return this.#bySha256.get(sha256);
  }

  xorb(hash: string): Uint8Array<ArrayBuffer> | undefined {
    return this.#blobs.get(`xorb/${hash}`);
  }

  /** Where the chunks of a stored xorb lie. */
  places(hash: string): ChunkPlace[] {
    let places = this.#places.get(hash);
    if (places === undefined) this.#places.set(hash, places = findChunks(this.xorb(hash)!));
    return places;
  }

  /** Stores a xorb; false when it was there already. */
  putXorb(hash: string, bytes: Uint8Array<ArrayBuffer>): boolean {
    if (this.#blobs.has(`xorb/${hash}`)) return false;
    if (findChunks(bytes).length === 0) throw new HubError(400, "The xorb holds no chunk");
    this.#blobs.put(`xorb/${hash}`, bytes);
    return true;
  }

  /** Takes in the files and xorbs of an uploaded shard, if they are sound. */
  register({ files, xorbs }: { files: ShardFile[]; xorbs: ShardXorb[] }): void {
    const upload = this.#xorbs.size;
    for (const xorb of xorbs) {
      if (!this.#blobs.has(`xorb/${xorb.hash}`)) throw new HubError(400, `The xorb "${xorb.hash}" was not uploaded`);
      if (!this.#xorbs.has(xorb.hash)) this.#xorbs.set(xorb.hash, { ...xorb, upload });
      for (const { hash } of xorb.chunks) if (isAskable(hash)) this.#askable.set(hash, xorb.hash);
    }
    for (const file of files) {
      const chunks = file.terms.flatMap((term) => this.chunks(term));
      if (hashToHex(fileHash(chunks.map(({ hash, length }) => ({ hash: hexToBytes(hash), length })))) !== file.hash) {
        throw new HubError(400, "File reconstruction does not produce this hash");
      }
      if (file.sha256 !== undefined && this.#sha256(file.terms) !== file.sha256) {
        throw new HubError(400, "File reconstruction does not produce this SHA-256");
      }
      const [first] = chunks;
      if (first) this.#askable.set(first.hash, file.terms[0]!.xorb);
      const stored: XetFile = { ...file, size: chunks.reduce((sum, chunk) => sum + chunk.length, 0) };
      this.#files.set(file.hash, stored);
      if (file.sha256 !== undefined) this.#bySha256.set(file.sha256, stored);
    }
    this.#save();
  }

  /** The chunks of a term, with their hashes. */
  chunks({ xorb, start, end }: Term): { hash: string; length: number }[] {
    const chunks = this.#xorbs.get(xorb)?.chunks.slice(start, end);
    if (chunks === undefined || !this.#blobs.has(`xorb/${xorb}`) || chunks.length !== end - start) {
      throw new HubError(400, `The xorb "${xorb}" has no chunks ${start} to ${end}`);
    }
    return chunks;
  }

  /** All xorbs of the upload that brought the chunk, or undefined for a chunk one cannot ask for. */
  siblings(chunk: string): ShardXorb[] | undefined {
    const found = this.#xorbs.get(this.#askable.get(chunk) ?? "");
    return found && [...this.#xorbs.values()].filter(({ upload }) => upload === found.upload);
  }

  /** The content of a file. */
  read(hash: string): Uint8Array<ArrayBuffer> | undefined {
    const file = this.#files.get(hash);
    return file && this.#join(file.terms);
  }

  /** Puts other bytes in the place of a file's content. */
  replace(hash: string, bytes: Uint8Array<ArrayBuffer>): void {
    const xorb = sha256(new TextEncoder().encode(`damaged ${hash} ${sha256(bytes)}`));
    this.#blobs.put(`xorb/${xorb}`, packXorb(bytes));
    const places = this.places(xorb);
    const term = { xorb, length: bytes.length, start: 0, end: places.length };
    this.#files.get(hash)!.terms = bytes.length === 0 ? [] : [term];
    this.#xorbs.set(xorb, { hash: xorb, chunks: [], size: bytes.length, upload: -1 });
    this.#save();
  }

  /** Forgets a file, and the xorbs that only it used. */
  delete(hash: string): void {
    const gone = this.#files.get(hash);
    if (gone === undefined) return;
    this.#files.delete(hash);
    if (gone.sha256 !== undefined) this.#bySha256.delete(gone.sha256);
    const used = new Set([...this.#files.values()].flatMap((file) => file.terms.map((term) => term.xorb)));
    for (const { xorb } of gone.terms) {
      if (used.has(xorb)) continue;
      this.#blobs.delete(`xorb/${xorb}`);
      this.#xorbs.delete(xorb);
      this.#places.delete(xorb);
    }
    this.#save();
  }

  #join(terms: Term[]): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(terms.reduce((sum, term) => sum + term.length, 0));
    let at = 0;
    for (const chunk of this.#contents(terms)) {
      out.set(chunk, at);
      at += chunk.length;
    }
    return out;
  }

  // Chunk by chunk, because putting a file of hundreds of megabytes together takes as long as hashing it.
  #sha256(terms: Term[]): string {
    const hash = createHash("sha256");
    for (const chunk of this.#contents(terms)) hash.update(chunk);
    return hash.digest("hex");
  }

  *#contents(terms: Term[]): Iterable<Uint8Array<ArrayBuffer>> {
    const xorbs = new Map([...new Set(terms.map(({ xorb }) => xorb))].map((xorb) => [xorb, this.xorb(xorb)!]));
    for (const { xorb, start, end } of terms) {
      const bytes = xorbs.get(xorb)!;
      for (const place of this.places(xorb).slice(start, end)) yield readChunk(bytes, place);
    }
  }

  #save(): void {
    if (this.#path === undefined) return;
    const known: Known = { files: [...this.#files], xorbs: [...this.#xorbs], askable: [...this.#askable] };
    replaceFile(this.#path, new TextEncoder().encode(JSON.stringify(known)));
  }
}

/** Whether one may ask for a chunk that is not the first of a file: one in 1,024 is, by its hash. */
function isAskable(hash: string): boolean {
  return (parseInt(hash.slice(-3), 16) & 1023) === 0;
}
