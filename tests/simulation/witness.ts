// Remembers what a simulation must find again: what was answered on which disk, and what ever stood in the dataset.
import type { NewReview } from "../../db/review.ts";
import { sha256 } from "../hub/content_ids.ts";
import type { Hub } from "../hub/hub.ts";
import { readContents, type Row } from "./contents.ts";

/** What was answered by a disk and is on it, as uids. */
export interface Disk {
  reviews: Set<string>;
  erasures: Set<string>;
}

/** A disk on which nothing was answered yet. */
export function emptyDisk(): Disk {
  return { reviews: new Set(), erasures: new Set() };
}

/** The same as `disk`, to be kept while that one changes. */
export function copyOf({ reviews, erasures }: Disk): Disk {
  return { reviews: new Set(reviews), erasures: new Set(erasures) };
}

/** Knows everything that was sent, and everything that the dataset ever held. */
export class Witness {
  /** What was sent under each uid, as {@linkcode textOf} puts it. */
  readonly sent = new Map<string, Set<string>>();
  /** How many different reviews were sent. */
  sends = 0;
  /** uids that were erased on any disk at any time. */
  readonly erasedOnce = new Set<string>();
  /** What any commit ever held. */
  readonly dataset: Disk = emptyDisk();
  /** Breaches of the law that show at once. */
  readonly problems: string[] = [];
  /** Commits that somebody's backup made. */
  commits = 0;
  readonly #hub: Hub;
  readonly #repo: string;
  /** The uids that each commit holds, reviewed or erased. */
  readonly #held = new Map<string, Set<string>>();
  readonly #idOf = new Map<string, number>();
  readonly #uidAt = new Map<number, string>();
  /** SHA-256 of files as they are now that they are damaged. */
  readonly #damaged = new Set<string>();

  constructor(hub: Hub, repo: string) {
    this.#hub = hub;
    this.#repo = repo;
  }

  send(review: NewReview): void {
    this.sends++;
    const texts = this.sent.get(review.uid) ?? new Set();
    this.sent.set(review.uid, texts.add(textOf({ ...review, review: review.rating })));
  }

  /** Looks at all commits that are new. Call it before the history is left behind. */
  look(): void {
    const repo = this.#hub.repo(this.#repo);
    for (const { oid, parent } of repo?.commits.toReversed() ?? []) {
      if (this.#held.has(oid)) continue;
      const before = this.#held.get(parent ?? "") ?? new Set();
      this.#held.set(oid, before);
      const bytes = repo!.file("reviews.db", oid);
      if (bytes === undefined || this.#damaged.has(sha256(bytes))) continue;
      this.commits++;
      const { rows, erasures } = readContents(bytes);
      const held = erasures.union(new Set(rows.map(({ uid }) => uid)));
      for (const uid of before.difference(held)) {
        this.problems.push(`commit ${oid.slice(0, 7)} lacks ${uid}, which its parent holds`);
      }
      this.#held.set(oid, held);
      for (const row of rows) this.#publish(row, { oid, erasures });
      for (const uid of erasures) this.dataset.erasures.add(uid);
    }
  }

  /** Damages a file of the head, by flipping a bit or cutting it off. */
  damage(path: string, cut: boolean): void {
    this.look();
    const head = () => this.#hub.repo(this.#repo)!;
    const { rows } = readContents(head().file("reviews.db")!);
    // Erasures stand in the database alone: whoever has to do with the CSV cannot keep them, until a disk brings them back.
    if (path === "reviews.db") this.#held.set(head().head, new Set(rows.map(({ uid }) => uid)));
    if (cut) this.#hub.truncateObject(this.#repo, path, { size: head().file(path)!.length >> 1 });
    else this.#hub.damageObject(this.#repo, path);
    this.#damaged.add(sha256(head().file(path)!));
  }

  /** Something that the Hub keeps is damaged, in the head or before it. */
  get wasDamaged(): boolean {
    return this.#damaged.size > 0;
  }

  /** A file of the head is damaged. */
  get isDamaged(): boolean {
    const repo = this.#hub.repo(this.#repo);
    return ["reviews.db", "reviews.csv"].some((path) => {
      const bytes = repo?.file(path);
      return bytes !== undefined && this.#damaged.has(sha256(bytes));
    });
  }

  /** The head alone is enough to get back everything that the dataset ever held, so that a disk may be lost. */
  get isSafe(): boolean {
    this.look();
    const bytes = this.#hub.repo(this.#repo)?.file("reviews.db");
    if (this.isDamaged) return false;
    if (bytes === undefined) return this.dataset.reviews.size === 0;
    const { rows, erasures } = readContents(bytes);
    const uids = new Set(rows.map(({ uid }) => uid));
    return this.dataset.erasures.isSubsetOf(erasures) && this.dataset.reviews.isSubsetOf(uids.union(erasures));
  }

  // Published ids never change. That of an erased review may be given to another one, which a disk had under it before it knew.
  #publish({ id, uid }: Row, { oid, erasures }: { oid: string; erasures: Set<string> }): void {
    const before = this.#uidAt.get(id) ?? uid;
    if ((this.#idOf.get(uid) ?? id) !== id || (before !== uid && !erasures.has(before))) {
      const facts = `${uid} under ${id}; published were ${uid} under ${this.#idOf.get(uid)} and ${before} under ${id}`;
      this.problems.push(`commit ${oid.slice(0, 7)} has ${facts}`);
    }
    this.#idOf.set(uid, id);
    this.#uidAt.set(id, uid);
    this.dataset.reviews.add(uid);
  }
}

/** What a review says, to be compared. */
export function textOf(
  { name, review, comments, source }: Pick<Row, "name" | "review" | "comments" | "source">,
): string {
  return JSON.stringify([name, review, comments, source]);
}
