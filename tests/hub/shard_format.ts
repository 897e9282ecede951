// The bytes of a Xet shard: which files an upload made of which chunks, and which chunks its xorbs hold.
import { hashToHex, hexToBytes } from "@huggingface/xetchunk-wasm";

/** A run of chunks, `[start, end)` by index, of one xorb. */
export interface Term {
  xorb: string;
  length: number;
  start: number;
  end: number;
}

/** A file as a shard describes it. */
export interface ShardFile {
  hash: string;
  terms: Term[];
  /** SHA-256 of its content, by which LFS knows it. */
  sha256?: string;
}

/** A xorb as a shard describes it. */
export interface ShardXorb {
  hash: string;
  chunks: { hash: string; length: number }[];
  /** Bytes of the serialised xorb. */
  size: number;
}

const ENTRY = 48;
const HEADER = 48;
const FOOTER = 200;
const TAG = "HFRepoMetaData\0";
const MAGIC = [0x55, 0x69, 0x67, 0x45, 0x6a, 0x7b, 0x81, 0x57, 0x83, 0xa5, 0xbd, 0xd9, 0x5c, 0xcd, 0xd1, 0x4a, 0xa9];
const WITH_VERIFICATION = 0x80000000;
const WITH_METADATA = 0x40000000;
const BOOKEND = "f".repeat(64);

/** Reads an uploaded shard, with or without its footer. */
export function parseShard(bytes: Uint8Array): { files: ShardFile[]; xorbs: ShardXorb[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (new TextDecoder().decode(bytes.subarray(0, TAG.length)) !== TAG) throw new RangeError("Not a shard");
  const hashAt = (at: number) => hashToHex(bytes.subarray(at, at + 32));
  const uint32 = (at: number) => view.getUint32(at, true);
  let at = HEADER;

  const files: ShardFile[] = [];
  for (; hashAt(at) !== BOOKEND; at += ENTRY) {
    const file: ShardFile = { hash: hashAt(at), terms: [] };
    const flags = uint32(at + 32);
    const count = uint32(at + 36);
    for (let index = 0; index < count; index++) {
      at += ENTRY;
      file.terms.push({
        xorb: hashAt(at),
        length: uint32(at + 36),
        start: uint32(at + 40),
        end: uint32(at + 44),
      });
    }
    if (flags & WITH_VERIFICATION) at += count * ENTRY;
    if (flags & WITH_METADATA) file.sha256 = hashAt(at += ENTRY);
    files.push(file);
  }
  at += ENTRY;

  const xorbs: ShardXorb[] = [];
  for (; hashAt(at) !== BOOKEND; at += ENTRY) {
    const xorb: ShardXorb = { hash: hashAt(at), chunks: [], size: uint32(at + 44) };
    for (let count = uint32(at + 36); count > 0; count--) {
      at += ENTRY;
      xorb.chunks.push({ hash: hashAt(at), length: uint32(at + 36) });
    }
    xorbs.push(xorb);
  }
  return { files, xorbs };
}

/** Writes a shard without files that tells which chunks `xorbs` hold; their hashes are keyed, so it is told with `key`. */
export function writeDedupShard(
  xorbs: ShardXorb[],
  options: { key: Uint8Array; keyed: (hash: string) => Uint8Array; now: number; expires: number },
): Uint8Array<ArrayBuffer> {
  const entries = xorbs.reduce((count, xorb) => count + 1 + xorb.chunks.length, 0);
  const out = new Uint8Array(HEADER + ENTRY * (entries + 2) + FOOTER);
  const view = new DataView(out.buffer);
  out.set(new TextEncoder().encode(TAG));
  out.set(MAGIC, TAG.length);
  view.setBigUint64(32, 2n, true);
  view.setBigUint64(40, BigInt(FOOTER), true);
  let at = HEADER;
  out.fill(0xff, at, at + 32);
  at += ENTRY;
  const xorbsAt = at;
  for (const { hash, chunks, size } of xorbs) {
    out.set(hexToBytes(hash), at);
    view.setUint32(at + 36, chunks.length, true);
    view.setUint32(at + 40, chunks.reduce((sum, chunk) => sum + chunk.length, 0), true);
    view.setUint32(at + 44, size, true);
    at += ENTRY;
    let offset = 0;
    for (const chunk of chunks) {
      out.set(options.keyed(chunk.hash), at);
      view.setUint32(at + 32, offset, true);
      view.setUint32(at + 36, chunk.length, true);
      offset += chunk.length;
      at += ENTRY;
    }
  }
  out.fill(0xff, at, at + 32);
  at += ENTRY;
  const footer = at;
  // Version, file section, xorb section; then three lookup tables that are empty and lie at the footer.
  const numbers = [1, HEADER, xorbsAt, footer, 0, footer, 0, footer, 0];
  numbers.forEach((value, index) => view.setBigUint64(footer + index * 8, BigInt(value), true));
  out.set(options.key, footer + 72);
  view.setBigUint64(footer + 104, BigInt(options.now), true);
  view.setBigUint64(footer + 112, BigInt(options.expires), true);
  view.setBigUint64(footer + 192, BigInt(footer), true);
  return out;
}
