// Overwrites what SQLite leaves behind in the unused parts of its pages, so that an erased text is in no byte of an uploaded file.

/**
 * Clears the gaps of every table and index page in the database file `path`, which nobody may have open. `secure_delete` misses one case:
 * when rows move between pages that are rebalanced, their old place in the gap of a page is forgotten and not overwritten.
 */
export function scrubPages(path: string): void {
  using file = Deno.openSync(path, { read: true, write: true });
  const header = new Uint8Array(100);
  if (file.readSync(header) !== header.length) return;
  const pageSize = new DataView(header.buffer).getUint16(16);
  const page = new Uint8Array(pageSize === 1 ? 65536 : pageSize);
  const pages = file.statSync().size / page.length;
  for (let number = 0; number < pages; number++) {
    file.seekSync(number * page.length, Deno.SeekMode.Start);
    readFull(file, page);
    const gap = gapOf(page, number === 0 ? header.length : 0);
    if (gap === undefined || gap.every((byte) => byte === 0)) continue;
    gap.fill(0);
    file.seekSync(number * page.length, Deno.SeekMode.Start);
    file.writeSync(page);
  }
  file.syncSync();
}

// The bytes between the list of cells and the cells themselves (SQLite's file format, 1.6); other kinds of pages have none. They begin with
// the number of a page, whose first byte is zero in any file under 128 GiB.
function gapOf(page: Uint8Array, start: number): Uint8Array | undefined {
  const headerSize = { 2: 12, 5: 12, 10: 8, 13: 8 }[page[start]!];
  if (headerSize === undefined) return undefined;
  const view = new DataView(page.buffer);
  const cells = view.getUint16(start + 3);
  const content = view.getUint16(start + 5) || 65536;
  return page.subarray(start + headerSize + 2 * cells, content);
}

function readFull(file: Deno.FsFile, page: Uint8Array): void {
  let at = 0;
  while (at < page.length) at += file.readSync(page.subarray(at)) ?? page.length;
}
