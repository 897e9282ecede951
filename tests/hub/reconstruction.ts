// Says which chunks a range of a file is made of and where their bytes lie.
import type { Term } from "./shard_format.ts";
import type { XetStore } from "./xet_store.ts";

/** A run of chunks of one xorb, `[start, end)` by index, and its bytes, last one included. */
export interface Part {
  chunks: { start: number; end: number };
  bytes: { start: number; end: number };
}

/** How to put a range of a file together. */
export interface Plan {
  /** Bytes to leave out at the start of the first term. */
  offset: number;
  terms: Term[];
  /** What to fetch, by xorb. */
  parts: Map<string, Part[]>;
}

/** Plans the bytes `[start, end)` of the file `hash`, to the chunk. */
export function planReconstruction(xet: XetStore, hash: string, { start, end }: { start: number; end: number }): Plan {
  const plan: Plan = { offset: 0, terms: [], parts: new Map() };
  let at = 0;
  for (const term of xet.file(hash)!.terms) {
    const places = xet.places(term.xorb);
    const wanted: Term = { xorb: term.xorb, length: 0, start: term.end, end: term.start };
    for (let index = term.start; index < term.end; index++) {
      const { length } = places[index]!;
      if (at < end && at + length > start) {
        if (plan.terms.length === 0 && wanted.length === 0) plan.offset = start - at;
        wanted.start = Math.min(wanted.start, index);
        wanted.end = index + 1;
        wanted.length += length;
      }
      at += length;
    }
    if (wanted.length === 0) continue;
    plan.terms.push(wanted);
    const chunks = { start: wanted.start, end: wanted.end };
    const bytes = { start: places[wanted.start]!.start, end: places[wanted.end - 1]!.end - 1 };
    const parts = plan.parts.get(term.xorb) ?? [];
    if (!parts.some((part) => part.chunks.start === chunks.start && part.chunks.end === chunks.end)) {
      parts.push({ chunks, bytes });
    }
    plan.parts.set(term.xorb, parts);
  }
  return plan;
}
