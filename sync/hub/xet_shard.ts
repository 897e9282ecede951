// Shards of the Xet storage, as far as the memory of sent chunks needs them: taking the list of chunks out of one and putting it into another.

// The layout: a header (tag, version, length of the footer), the files, the xorbs, a footer. A bookend closes
// each list. The footer begins with its version and the offsets of files and xorbs; the chunks' hashes are plain when its key is zero.
const HEADER = 48;
const FOOTER = 200;
const BOOKEND = new Uint8Array(48).fill(0xff, 0, 32);
const TAG = new Uint8Array([
  ...new TextEncoder().encode("HFRepoMetaData\0"),
  ...[0x55, 0x69, 0x67, 0x45, 0x6a, 0x7b, 0x81, 0x57, 0x83, 0xa5, 0xbd, 0xd9, 0x5c, 0xcd, 0xd1, 0x4a, 0xa9],
]);

/** The list of xorbs and their chunks in a shard that the client has written; empty where the shard is laid out otherwise. */
export function xorbsOf(shard: Uint8Array): Uint8Array {
  const view = new DataView(shard.buffer, shard.byteOffset, shard.byteLength);
  const footer = shard.length - FOOTER;
  const end = footer - BOOKEND.length;
  const start = footer < HEADER ? end : Number(view.getBigUint64(footer + 16, true));
  let at = start;
  // Each entry of 48 bytes is a xorb, with the number of its chunks at 36, or a chunk.
  while (at >= HEADER && at + BOOKEND.length <= end) at += 48 * (1 + view.getUint32(at + 36, true));
  return at === end ? shard.subarray(start, end) : new Uint8Array();
}

/** A shard that holds a list of xorbs, as the storage answers a question about a chunk. */
export function toShard(xorbs: Uint8Array): Uint8Array<ArrayBuffer> {
  const start = HEADER + BOOKEND.length;
  const footer = start + xorbs.length + BOOKEND.length;
  const shard = new Uint8Array(footer + FOOTER);
  const view = new DataView(shard.buffer);
  const number = (at: number, value: number) => view.setBigUint64(at, BigInt(value), true);
  shard.set(TAG);
  number(32, 2);
  number(40, FOOTER);
  shard.set(BOOKEND, HEADER);
  shard.set(xorbs, start);
  shard.set(BOOKEND, footer - BOOKEND.length);
  number(footer, 1);
  number(footer + 8, HEADER);
  number(footer + 16, start);
  number(footer + 24, footer);
  number(footer + 192, footer);
  return shard;
}
