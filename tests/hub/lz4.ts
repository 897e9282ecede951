// Reads LZ4 frames, the compression of Xet chunks; no npm library that is kept up reads them in plain JavaScript.

/** Decompresses one LZ4 frame that holds `size` bytes. */
export function decompressLz4(frame: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint32(0, true) !== 0x184d2204) throw new RangeError("Not an LZ4 frame");
  const flags = frame[4]!;
  const hasBlockChecksum = (flags & 0x10) !== 0;
  const hasContentSize = (flags & 0x08) !== 0;
  let at = 7 + (hasContentSize ? 8 : 0);
  const out = new Uint8Array(size);
  let filled = 0;
  for (;;) {
    const header = view.getUint32(at, true);
    at += 4;
    if (header === 0) break;
    const length = header & 0x7fffffff;
    const block = frame.subarray(at, at + length);
    if (header >>> 31) {
      out.set(block, filled);
      filled += length;
    } else {
      filled = decompressBlock(block, out, filled);
    }
    at += length + (hasBlockChecksum ? 4 : 0);
  }
  if (filled !== size) throw new RangeError(`The LZ4 frame holds ${filled} bytes, not ${size}`);
  return out;
}

// Matches may reach back into earlier blocks, so all blocks share one output.
function decompressBlock(block: Uint8Array, out: Uint8Array, start: number): number {
  let from = 0;
  let to = start;
  const readLength = (nibble: number) => {
    let length = nibble;
    if (nibble === 15) {
      for (let byte = 255; byte === 255;) length += byte = block[from++]!;
    }
    return length;
  };
  while (from < block.length) {
    const token = block[from++]!;
    // Most runs are short, and then a view of each would take longer than copying it.
    for (let literals = readLength(token >> 4); literals > 0; literals--) out[to++] = block[from++]!;
    if (from >= block.length) break;
    const offset = block[from]! | (block[from + 1]! << 8);
    from += 2;
    const length = readLength(token & 15) + 4;
    for (const end = to + length; to < end; to++) out[to] = out[to - offset]!;
  }
  return to;
}
