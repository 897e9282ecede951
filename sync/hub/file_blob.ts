// A Blob over a file on disk that is read only where it is needed, so that uploading a large database needs little memory.
// The Hub's client has one of its own, which tells nobody what is read of it, and waits for each piece.

const SLICE = 512 * 1024;

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

  // Without waiting in between: this runs in the backup's Worker, and each wait takes longer than reading.
  override bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return Promise.try(() => this.#read(0, this.size));
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
      pull: (controller) => {
        if (at < this.size) controller.enqueue(this.#read(at, Math.min(at += SLICE, this.size)));
        if (at >= this.size) controller.close();
      },
    });
  }

  #read(start: number, end: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(end - start);
    using file = Deno.openSync(this.#path);
    file.seekSync(this.#start + start, Deno.SeekMode.Start);
    for (let done = 0; done < bytes.length;) {
      const read = file.readSync(bytes.subarray(done));
      if (read === null) throw new Error(`the file ended after ${done} of ${bytes.length} bytes`);
      done += read;
    }
    this.#onRead(bytes.length);
    return bytes;
  }
}
