// A Blob over a file on disk that is read only where it is needed, so that uploading a large database needs little memory.
// The Hub's client has one of its own, but refuses files when it runs in a Worker.

const SLICE = 256 * 1024;

/** Which part of a file, in bytes, and who hears of reading. */
export interface FileBlobOptions {
  start?: number;
  end?: number;
  /** Told the number of bytes after each piece that was read. */
  onRead?: (bytes: number) => void;
}

/** Part of a file as a Blob. The file must not change while the Blob is in use. */
export class FileBlob extends Blob {
  readonly #path: string;
  readonly #start: number;
  readonly #end: number;
  readonly #onRead: (bytes: number) => void;

  constructor(path: string, { start = 0, end = Deno.statSync(path).size, onRead = () => {} }: FileBlobOptions = {}) {
    super();
    this.#path = path;
    this.#start = start;
    this.#end = end;
    this.#onRead = onRead;
  }

  /** The same Blob; `onRead` hears how many bytes of it, or of its slices, are read. */
  watched(onRead: (bytes: number) => void): FileBlob {
    return new FileBlob(this.#path, { start: this.#start, end: this.#end, onRead });
  }

  override get size(): number {
    return this.#end - this.#start;
  }

  override slice(start = 0, end = this.size): FileBlob {
    const from = this.#start + Math.min(start < 0 ? Math.max(this.size + start, 0) : start, this.size);
    const to = this.#start + Math.min(end < 0 ? Math.max(this.size + end, 0) : end, this.size);
    return new FileBlob(this.#path, { start: from, end: Math.max(from, to), onRead: this.#onRead });
  }

  override async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(this.size);
    using file = await Deno.open(this.#path);
    await file.seek(this.#start, Deno.SeekMode.Start);
    await readFully(file, bytes);
    this.#onRead(bytes.length);
    return bytes;
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer;
  }

  override async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    let at = 0;
    return new ReadableStream({
      pull: async (controller) => {
        if (at < this.size) {
          controller.enqueue(await this.slice(at, at + SLICE).bytes());
          at += SLICE;
        }
        if (at >= this.size) controller.close();
      },
    });
  }
}

async function readFully(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const read = await file.read(bytes.subarray(done));
    if (read === null) throw new Error(`the file ended after ${done} of ${bytes.length} bytes`);
    done += read;
  }
}
