// Looks at a log beside a database file before SQLite sees it: whether it belongs to that file, and whether it asks for more than that.
// The layouts are those of SQLite's file format, sections 3 and 4.
import { headOf, SQLITE_MAGIC } from "./looks_like.ts";
import { APPLICATION_ID } from "./migrations.ts";

/** The file that a log lies beside. */
export interface DatabaseFile {
  /** Its first 100 bytes. */
  head: Uint8Array;
  /** In bytes. */
  size: number;
}

/** Why the `-wal` cannot be folded into `database`; `""` where it holds nothing, undefined where it can. */
export function walRefusal(path: string, database: DatabaseFile): string | undefined {
  const head = headIn(path, WAL_HEADER);
  if (head.length === 0 || sizeOf(path) <= WAL_HEADER) return "";
  const magic = numberAt(head, 0);
  if (magic !== 0x377f0682 && magic !== 0x377f0683) return "is no write-ahead log";
  // A file that was not left in this mode has no log; SQLite would follow it all the same.
  const isWal = isDatabase(database) && database.head[18] === 2 && database.head[19] === 2;
  return isWal && numberAt(head, 8) === pageSizeOf(database) ? undefined : NOT_ITS_OWN;
}

/** Why the `-journal` cannot be folded into `database`; as {@linkcode walRefusal}. */
export function journalRefusal(path: string, database: DatabaseFile): string | undefined {
  const head = headIn(path, 28);
  // A journal that was done with begins with zeros, or is empty.
  if (head.subarray(0, JOURNAL_MAGIC.length).every((byte) => byte === 0)) return "";
  const size = sizeOf(path);
  if (head.length < 28 || !isMagic(head)) return "is no rollback journal";
  // The name of a super-journal stands at the end: SQLite removes the file of that name, whatever it is.
  if (isMagic(tailOf(path, size))) return "names another file that SQLite would remove";
  const pageSize = numberAt(head, 24);
  const pages = numberAt(head, 16); // to which the file is brought, even if that were terabytes
  if (!isDatabase(database) || pageSize !== pageSizeOf(database)) return NOT_ITS_OWN;
  if (pages * pageSize > database.size + size) return NOT_ITS_OWN;
  // Hearback's own never has one: this is left of the file that was there before it.
  return numberAt(database.head, 68) === APPLICATION_ID ? NOT_ITS_OWN : undefined;
}

/** How many frames of the `-wal` belong to its last generation; those before were folded in long ago. */
export function countFrames(path: string): number {
  const head = headIn(path, WAL_HEADER);
  if (head.length < WAL_HEADER) return 0;
  using file = Deno.openSync(path);
  const size = file.statSync().size;
  const salts = head.subarray(16, 24).toHex();
  const frame = new Uint8Array(FRAME_HEADER);
  let frames = 0;
  for (let at = WAL_HEADER; at + FRAME_HEADER <= size; at += FRAME_HEADER + numberAt(head, 8)) {
    file.seekSync(at, Deno.SeekMode.Start);
    if (file.readSync(frame) === FRAME_HEADER && frame.subarray(8, 16).toHex() === salts) frames++;
  }
  return frames;
}

const NOT_ITS_OWN = "is not of this file";
const WAL_HEADER = 32;
const FRAME_HEADER = 24;
const JOURNAL_MAGIC = Uint8Array.fromHex("d9d505f920a163d7");

function isDatabase({ head }: DatabaseFile): boolean {
  return head.length === 100 && new TextDecoder().decode(head.subarray(0, 16)) === SQLITE_MAGIC;
}

function pageSizeOf({ head }: DatabaseFile): number {
  const size = head[16]! * 256 + head[17]!;
  return size === 1 ? 65536 : size;
}

function numberAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
}

function isMagic(bytes: Uint8Array): boolean {
  return JOURNAL_MAGIC.every((byte, at) => bytes[at] === byte);
}

function tailOf(path: string, size: number): Uint8Array {
  using file = Deno.openSync(path);
  file.seekSync(Math.max(0, size - JOURNAL_MAGIC.length), Deno.SeekMode.Start);
  const tail = new Uint8Array(JOURNAL_MAGIC.length);
  file.readSync(tail);
  return tail;
}

function headIn(path: string, length: number): Uint8Array {
  return sizeOf(path) === 0 ? new Uint8Array() : headOf(path, length);
}

/** The size of a file in bytes; 0 where there is none. */
export function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
