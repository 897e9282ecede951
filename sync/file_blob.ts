// A Blob over a file on disk that is read only where it is needed, so that uploading a large database needs little memory.
// The Hub's client has one of its own, but refuses files when it runs in a Worker.

const SLICE = 256 * 1024;

/** Part of a file as a Blob. The file must not change while the Blob is in use. */
export class FileBlob extends Blob {
  readonly #path: string;
  readonly #start: number;
  readonly #end: number;

  constructor(path: string, start = 0, end = Deno.statSync(path).size) {
    super();
    this.#path = path;
    this.#start = start;
    this.#end = end;
  }

  override get size(): number {
    return this.#end - this.#start;
  }

  override slice(start = 0, end = this.size): FileBlob {
    const from = this.#start + Math.min(start < 0 ? Math.max(this.size + start, 0) : start, this.size);
    const to = this.#start + Math.min(end < 0 ? Math.max(this.size + end, 0) : end, this.size);
    return new FileBlob(this.#path, from, Math.max(from, to));
  }

  override async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(this.size);
    using file = await Deno.open(this.#path);
    await file.seek(this.#start, Deno.SeekMode.Start);
    await readFully(file, bytes);
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
