// Faults on order: which requests go wrong, when, how often and in what way.

/** The host a request was sent to. */
export type Host = "hub" | "storage";

/** A fault and the requests it hits. The first fault that matches a request is the one that happens. */
export interface Fault {
  /** Which requests; every part given must hold, and without any all requests match. */
  match?: { method?: string; path?: RegExp; host?: Host };
  /** How many matching requests pass unharmed first. */
  skip?: number;
  /** How many requests it hits; without it, all until it is removed. */
  times?: number;
  /** Probability, 0 to 1, that a matching request is hit; drawn from a sequence that `seed` fixes. */
  chance?: number;
  seed?: number;
  /** Something to do first, such as another's commit that moves the head. */
  run?: () => void | Promise<void>;
  /** The request takes effect, and only its answer goes wrong. */
  after?: boolean;
  /** Milliseconds to wait before anything is answered. */
  delayMs?: number;
  /** No answer ever comes; the connection stays open until the client gives up or the Hub closes. */
  hang?: boolean;
  /** Answers with this status, `body` and `headers` in place of the real answer. */
  status?: number;
  body?: string | Record<string, unknown>;
  headers?: Record<string, string>;
  /** Cuts the connection after that many bytes of the answer's body; 0 cuts it before anything is answered. */
  cut?: number;
}

/** A fault that was ordered. */
export interface OrderedFault {
  /** How many requests it has hit. */
  readonly hits: number;
  remove(): void;
}

/** The faults of one Hub. */
export class Faults {
  #ordered: Ordered[] = [];
  #busy = false;

  add(fault: Fault): OrderedFault {
    const ordered = new Ordered(fault, () => this.#ordered = this.#ordered.filter((other) => other !== ordered));
    this.#ordered.push(ordered);
    return ordered;
  }

  /** Every commit is refused with 409, as while another one is in progress. */
  busy(on: boolean): void {
    this.#busy = on;
  }

  get isBusy(): boolean {
    return this.#busy;
  }

  clear(): void {
    this.#ordered = [];
    this.#busy = false;
  }

  /** The fault that this request runs into; requests that order or forget faults run into none. */
  take(request: { method: string; path: string; host: Host }): Fault | undefined {
    if (request.path.startsWith("/_")) return undefined;
    return this.#ordered.find((ordered) => ordered.strikes(request))?.fault;
  }
}

class Ordered implements OrderedFault {
  readonly fault: Fault;
  readonly remove: () => void;
  hits = 0;
  #seen = 0;
  readonly #random: () => number;

  constructor(fault: Fault, remove: () => void) {
    this.fault = fault;
    this.remove = remove;
    this.#random = sequence(fault.seed ?? 1);
  }

  strikes({ method, path, host }: { method: string; path: string; host: Host }): boolean {
    const { match = {}, skip = 0, times = Infinity, chance = 1 } = this.fault;
    if (match.method !== undefined && match.method !== method) return false;
    if (match.path !== undefined && !match.path.test(path)) return false;
    if (match.host !== undefined && match.host !== host) return false;
    this.#seen++;
    if (this.#seen <= skip || this.hits >= times || this.#random() >= chance) return false;
    this.hits++;
    return true;
  }
}

/** A reproducible sequence of numbers from 0 to 1 (mulberry32). */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
