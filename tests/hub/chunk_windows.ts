// What a client must know to edit a file in Xet storage without reading the rest of it: which chunks to cut anew, and hashes
// that stand for all the others.
import { hashToHex, hexToBytes, MerkleHashSubtree, verificationHash } from "@huggingface/xetchunk-wasm";

interface Chunk {
  hash: string;
  length: number;
}

/** Answer of `GET /v2/file-chunk-hashes/{hash}`. */
export interface ChunkWindows {
  totalChunks: number;
  fileSize: number;
  windows: { dirtyByteRange: [number, number] }[];
  hashRanges: (ReturnType<MerkleHashSubtree["toJSON"]> | null)[];
  gapVerification: string[];
}

// Two neighbouring chunks of such sizes prove that the chunker, after an edit, cuts where it cut before.
const SETTLED = { from: 16 * 1024, below: 120 * 1024 };

/**
 * Widens each `dirty` range of bytes to chunk boundaries and on until the chunker has settled, and sums up the gaps between.
 * `terms` holds the chunks of the file, term by term.
 */
export function chunkWindows(terms: Chunk[][], dirty: [number, number][]): ChunkWindows {
  const chunks = terms.flat();
  const starts = [0];
  for (const chunk of chunks) starts.push(starts.at(-1)! + chunk.length);
  const fileSize = starts.at(-1)!;

  const ranges = widen(chunks, starts, dirty);
  const hashRanges: ChunkWindows["hashRanges"] = [];
  let from = 0;
  for (const [first, last] of ranges) {
    hashRanges.push(summary(chunks.slice(from, first), from === 0, false));
    from = last;
  }
  hashRanges.push(summary(chunks.slice(from), from === 0, true));

  const gapVerification: string[] = [];
  let index = 0;
  for (const term of terms) {
    const [first, last] = [index, index + term.length];
    if (!ranges.some(([start, end]) => start < last && end > first)) {
      gapVerification.push(hashToHex(verificationHash(term.map((chunk) => hexToBytes(chunk.hash)))));
    }
    index = last;
  }
  return {
    totalChunks: chunks.length,
    fileSize,
    windows: ranges.map(([first, last]) => ({ dirtyByteRange: [starts[first]!, starts[last]!] })),
    hashRanges,
    gapVerification,
  };
}

/** The windows as ranges `[first, last)` of chunk indexes. */
function widen(chunks: Chunk[], starts: number[], dirty: [number, number][]): [number, number][] {
  const isDirty = (index: number) => dirty.some(([from, to]) => starts[index + 1]! > from && starts[index]! < to);
  const isSettled = ({ length }: Chunk) => length >= SETTLED.from && length < SETTLED.below;
  const ranges: [number, number][] = [];
  for (let index = 0; index < chunks.length; index++) {
    if (!isDirty(index)) continue;
    const first = index;
    let calm = 0;
    for (index++; index < chunks.length && calm < 2; index++) {
      if (isDirty(index)) calm = 0;
      else calm = isSettled(chunks[index]!) ? calm + 1 : 0;
    }
    ranges.push([first, index]);
    index--;
  }
  return ranges;
}

function summary(chunks: Chunk[], atStart: boolean, atEnd: boolean) {
  const nodes = chunks.map(({ hash, length }) => ({ hash: hexToBytes(hash), length }));
  const subtree = MerkleHashSubtree.fromChunks(atStart, nodes, atEnd);
  return subtree.isEmpty ? null : subtree.toJSON();
}
