// A Blob over bytes in memory that hands them out piece by piece. As a request's body it needs no memory of its own, while fetch copies an
// array of bytes twice as a whole; the Hub's client sends up to 64 MiB at once.

const PIECE = 256 * 1024;

/** The bytes of `view` as a Blob. They must not change while the Blob is in use. */
export class BytesBlob extends Blob {
  readonly #view: Uint8Array;

  constructor(view: Uint8Array) {
    super();
    this.#view = view;
  }

  override get size(): number {
    return this.#view.length;
  }

  override slice(start?: number, end?: number): BytesBlob {
    return new BytesBlob(this.#view.slice(start, end));
  }

  override bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return Promise.resolve(this.#view.slice());
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer;
  }

  override text(): Promise<string> {
    return Promise.resolve(new TextDecoder().decode(this.#view));
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    let at = 0;
    return new ReadableStream({
      pull: (controller) => {
        if (at < this.size) controller.enqueue(this.#view.slice(at, at += PIECE));
        if (at >= this.size) controller.close();
      },
    });
  }
}
