// Brings the bytes of a CSV file that may come from any spreadsheet into UTF-8, and notes how the file ends.
import { createReadStream } from "node:fs";
import { isUtf8 } from "./looks_like.ts";

/** What is known of a file's end once all of it was read. */
export interface FileEnd {
  /** Whether its last character ends a line. */
  isWhole: boolean;
}

/**
 * The file at `path` as UTF-8 without a mark at its start, block by block; `end` is filled in meanwhile. UTF-16 is known by its mark. A
 * line that is no UTF-8 is read as windows-1252, which knows every byte, so that none is ever replaced. Throws where UTF-16 is none.
 */
export async function* utf8Blocks(path: string, end: FileEnd): AsyncGenerator<Uint8Array> {
  const input = createReadStream(path);
  let rest = new Uint8Array();
  let decoder: TextDecoder | undefined;
  let isFirst = true;
  try {
    for await (const chunk of input as AsyncIterable<Uint8Array>) {
      const bytes = joined(rest, chunk);
      if (isFirst && bytes.length < 3) {
        rest = bytes;
        continue;
      }
      if (isFirst) decoder = utf16(bytes);
      const start = isFirst && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
      isFirst = false;
      // Up to the end of a line, so that no character is cut in two; a file without any is read in pieces all the same.
      const cut = bytes.length > LONGEST ? bytes.length : bytes.lastIndexOf(LF) + 1;
      rest = decoder === undefined ? bytes.slice(Math.max(cut, start)) : new Uint8Array();
      const block = decoder === undefined
        ? toUtf8(bytes.subarray(start, cut))
        : encoder.encode(decoder.decode(bytes, { stream: true }));
      if (block.length > 0) yield noted(block);
    }
    const last = decoder === undefined ? toUtf8(rest) : encoder.encode(decoder.decode());
    if (last.length > 0) yield noted(last);
  } finally {
    input.destroy();
  }

  function noted(block: Uint8Array): Uint8Array {
    end.isWhole = block.at(-1) === LF || block.at(-1) === CR;
    return block;
  }
}

const encoder = new TextEncoder();
const LF = 10;
const CR = 13;
const LONGEST = 16 * 1024 * 1024; // bytes that are held until a line ends

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

function utf16([first, second]: Uint8Array): TextDecoder | undefined {
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le", { fatal: true });
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be", { fatal: true });
  return undefined;
}

function toUtf8(bytes: Uint8Array): Uint8Array {
  if (isUtf8(bytes)) return bytes;
  let text = "";
  for (let from = 0; from < bytes.length;) {
    const at = bytes.indexOf(LF, from);
    const line = bytes.subarray(from, at < 0 ? bytes.length : at + 1);
    text += new TextDecoder(isUtf8(line) ? "utf-8" : "windows-1252", { ignoreBOM: true }).decode(line);
    from += line.length;
  }
  return encoder.encode(text);
}
