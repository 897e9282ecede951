// A page that is the same for all but for a few blanks: what is the same is encoded and compressed once, the blanks are filled in for each visitor.
import { constants, crc32, deflateRawSync } from "node:zlib";

/** A page with blanks. */
export interface PageTemplate {
  /** What stands around the blanks. */
  parts: readonly string[];
  /** The page with `values`, each of the length of its blank, as UTF-8 or as a gzip file of that. */
  fill(values: readonly string[], options: { gzip: boolean }): Uint8Array<ArrayBuffer>;
}

interface Layout {
  bytes: Uint8Array<ArrayBuffer>;
  places: { at: number; blank: number }[];
}

const GZIP_HEAD = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
const GZIP_TAIL = 8; // checksum and length of the plain page

/** Makes `html` a template whose blanks are all places where one of the texts in `blanks`, of ASCII letters, digits and hyphens, stands. */
export function createPageTemplate(html: string, blanks: readonly string[]): PageTemplate {
  const encoder = new TextEncoder();
  const pieces = html.split(new RegExp(`(${blanks.join("|")})`)); // every second one is a blank
  const layOut = (
    encode: (text: string, isLast: boolean) => Uint8Array,
    before: (length: number) => number[],
  ): Layout => {
    const bytes: number[] = [];
    const places: Layout["places"] = [];
    for (const [index, piece] of pieces.entries()) {
      if (index % 2 === 1) {
        bytes.push(...before(piece.length));
        places.push({ at: bytes.length, blank: blanks.indexOf(piece) });
        bytes.push(...encoder.encode(piece));
      } else for (const byte of encode(piece, index === pieces.length - 1)) bytes.push(byte);
    }
    return { bytes: new Uint8Array(bytes), places };
  };
  const plain = layOut((text) => encoder.encode(text), () => []);
  // Compressed piece by piece, each ended at a whole byte, so that blanks can stand between them as they are.
  const packed = layOut(
    (text, isLast) => deflateRawSync(text, isLast ? {} : { finishFlush: constants.Z_SYNC_FLUSH }),
    (length) => [0, length & 255, length >> 8, ~length & 255, (~length >> 8) & 255],
  );
  const file = new Uint8Array([...GZIP_HEAD, ...packed.bytes, ...new Uint8Array(GZIP_TAIL)]);
  const tail = new DataView(file.buffer, file.length - GZIP_TAIL);
  tail.setUint32(4, plain.bytes.length, true);
  const filled = blanks.map((blank) => new Uint8Array(blank.length)); // the same ones each time, because new ones cost more than all else
  return {
    parts: pieces.filter((_, index) => index % 2 === 0),
    fill(values, { gzip }) {
      for (const [index, value] of values.entries()) {
        if (value.length !== blanks[index]?.length) throw new RangeError(`"${value}" does not fit its blank`);
        encoder.encodeInto(value, filled[index]!);
      }
      for (const { at, blank } of plain.places) plain.bytes.set(filled[blank]!, at);
      if (!gzip) return plain.bytes.slice();
      for (const { at, blank } of packed.places) file.set(filled[blank]!, GZIP_HEAD.length + at);
      tail.setUint32(0, crc32(plain.bytes), true);
      return file.slice();
    },
  };
}
