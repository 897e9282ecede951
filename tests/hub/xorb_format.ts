// The bytes of a Xet xorb: chunks one after the other, each with a header of 8 bytes.
import { decompressLz4 } from "./lz4.ts";

/** Where a chunk lies in the xorb, `[start, end)` with its header, and how long its content is. */
export interface ChunkPlace {
  start: number;
  end: number;
  length: number;
}

const HEADER = 8;

/** Finds the chunks of a xorb; a footer, which some clients append, is left out. */
export function findChunks(xorb: Uint8Array): ChunkPlace[] {
  const chunks: ChunkPlace[] = [];
  // Version 0 begins each chunk; a footer begins with the letters of its name.
  for (let start = 0; start + HEADER <= xorb.length && xorb[start] === 0;) {
    const end = start + HEADER + readUint24(xorb, start + 1);
    if (end > xorb.length) throw new RangeError("The xorb ends in the middle of a chunk");
    chunks.push({ start, end, length: readUint24(xorb, start + 5) });
    start = end;
  }
  return chunks;
}

/** The content of one chunk. */
export function readChunk(xorb: Uint8Array, { start, end, length }: ChunkPlace): Uint8Array<ArrayBuffer> {
  const packed = xorb.subarray(start + HEADER, end);
  switch (xorb[start + 4]) {
    case 0:
      return packed.slice();
    case 1:
      return decompressLz4(packed, length);
    case 2:
      return joinByteGroups(decompressLz4(packed, length));
    default:
      throw new RangeError(`Unknown compression scheme ${xorb[start + 4]}`);
  }
}

/** Makes a xorb out of bytes, uncompressed. */
export function packXorb(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const size = 64 * 1024;
  const count = Math.ceil(bytes.length / size);
  const xorb = new Uint8Array(bytes.length + count * HEADER);
  for (let index = 0; index < count; index++) {
    const content = bytes.subarray(index * size, (index + 1) * size);
    const start = index * (size + HEADER);
    writeUint24(xorb, start + 1, content.length);
    writeUint24(xorb, start + 5, content.length);
    xorb.set(content, start + HEADER);
  }
  return xorb;
}

// Scheme 2 keeps every fourth byte together: all first bytes of the groups of four, then all second ones and so on.
function joinByteGroups(grouped: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(grouped.length);
  let from = 0;
  for (let group = 0; group < 4; group++) {
    for (let to = group; to < out.length; to += 4) out[to] = grouped[from++]!;
  }
  return out;
}

function readUint24(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
}

function writeUint24(bytes: Uint8Array, at: number, value: number): void {
  bytes.set([value & 0xff, (value >> 8) & 0xff, value >> 16], at);
}
