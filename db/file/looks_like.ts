// Tells from its bytes what a file is that is not what its name says, so that the owner need not open it to know.

/** What a file that begins with these bytes looks like, such as `gzip`; undefined where they say nothing. */
export function looksLike(head: Uint8Array): string | undefined {
  const hex = head.subarray(0, 16).toHex();
  for (const [start, what] of BINARY) if (hex.startsWith(start)) return what;
  const text = new TextDecoder().decode(head.subarray(0, 200)).trimStart();
  return TEXTS.find(([start]) => start.test(text))?.[1];
}

/** The first bytes of a file, at most `length`. */
export function headOf(path: string, length: number): Uint8Array {
  using file = Deno.openSync(path);
  const head = new Uint8Array(length);
  let read = 0;
  for (let more: number | null; read < length && (more = file.readSync(head.subarray(read))) !== null;) read += more;
  return head.subarray(0, read);
}

/** Whether these bytes are text in UTF-8. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** How every SQLite database begins. */
export const SQLITE_MAGIC = "SQLite format 3\0";

const BINARY = [
  [new TextEncoder().encode(SQLITE_MAGIC).toHex(), "an SQLite database"],
  ["1f8b", "gzip"],
  ["504b0304", "a ZIP archive or a spreadsheet"],
  ["d0cf11e0a1b11ae1", "an old spreadsheet"],
  ["28b52ffd", "Zstandard"],
  ["425a68", "bzip2"],
  ["fd377a585a00", "xz"],
  ["50415231", "Parquet"],
  ["377f0682", "an SQLite write-ahead log"],
  ["377f0683", "an SQLite write-ahead log"],
] as const;

const TEXTS: [RegExp, string][] = [
  [/^version https:\/\/git-lfs\.github\.com\//, "a Git LFS pointer"],
  [/^<(!doctype html|html|head|body)\b/i, "HTML"],
  [/^<\?xml/i, "XML"],
  [/^(PRAGMA |BEGIN TRANSACTION|CREATE TABLE |-- )/i, "an SQL dump"],
  [/^[[{]\s*["{[\]}]/, "JSON"],
];
