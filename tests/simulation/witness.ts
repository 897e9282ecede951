// Remembers what a simulation must find again: what was answered on which disk, and what ever stood in the dataset.
import type { NewReview } from "../../db/review.ts";
import { sha256 } from "../hub/content_ids.ts";
import type { Hub, RepoView } from "../hub/hub.ts";
import { type Contents, readContents, readUnread, type Row } from "./contents.ts";
import { type Disk, emptyDisk } from "./disk.ts";
import { Strangers } from "./strangers.ts";

/** The user whose tokens the instances have. */
export const HEARBACK = "ada";

/** Knows everything that was sent, and everything that the dataset ever held. */
export class Witness {
  /** What was sent under each uid, as {@linkcode textOf} puts it. */
  readonly sent = new Map<string, Set<string>>();
  /** How many different reviews were sent. */
  sends = 0;
  /** uids that were erased on any disk at any time. */
  readonly erasedOnce = new Set<string>();
  /** What each of them said, where it was erased. */
  readonly erasedTexts = new Map<string, string>();
  /** What any commit ever held. */
  readonly dataset: Disk = emptyDisk();
  /** Breaches of the law that show at once. */
  readonly problems: string[] = [];
  /** Commits that somebody's backup made. */
  commits = 0;
  /** Rows that a commit holds although they were erased before it, and its author had not held them. */
  cameBack = 0;
  readonly strangers = new Strangers();
  /** A stranger has put something in the place of a database of Hearback's. */
  wasReplaced = false;
  /** Squashes that began since the last look, or that are still under way. */
  squashes: { asked: boolean; isOver: () => boolean }[] = [];
  /** What each of Hearback's commits was made from: the uids on that disk when the job began. */
  readonly madeFrom = new Map<string, Set<string>>();
  readonly #hub: Hub;
  readonly #repo: string;
  /** The uids that each commit holds, reviewed or erased. */
  readonly #held = new Map<string, Set<string>>();
  #history = new Set<string>();
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

  /** Looks at all commits that are new or gone; `by` says who has done something to the history since the last look. */
  look(by?: "stranger"): void {
    const repo = this.#hub.repo(this.#repo);
    if (repo === undefined) return;
    const before = this.#history;
    this.#history = new Set(repo.commits.map(({ oid }) => oid));
    const gone = before.difference(this.#history);
    for (const commit of repo.commits.toReversed()) {
      if (!before.has(commit.oid)) this.#lookAt(commit, repo);
    }
    if (gone.size > 0) {
      const asked = this.squashes.some(({ asked }) => asked);
      const lost = this.strangers.noteGone(gone, { repo, by: by ?? (asked ? "owner" : "nobody") });
      if (lost > 0) this.problems.push(`${lost} commits of somebody else were squashed although nobody asked for it`);
    }
    this.squashes = this.squashes.filter(({ isOver }) => !isOver());
  }

  #lookAt({ oid, parent, author, summary }: RepoView["commits"][number], repo: RepoView): void {
    if (summary === "initial commit") return;
    const bytes = repo.file("reviews.db", oid);
    const isOurs = bytes !== undefined && !this.strangers.isForeign(bytes) && !this.#damaged.has(sha256(bytes));
    const held = this.#held.get(parent ?? "") ?? new Set();
    this.#held.set(oid, isOurs ? held : new Set());
    if (author !== HEARBACK) {
      // One that holds nothing at all is worth nothing.
      if (repo.paths(oid).some((path) => path !== ".gitattributes")) this.strangers.commits.add(oid);
      this.strangers.count++;
      if (!isOurs) this.#forgetIds(); // what is not in the head any more has its id no longer
      return;
    }
    if (parent !== null) this.strangers.noteReplaced(repo, { oid, parent });
    if (!isOurs) return;
    this.commits++;
    const { rows, erasures } = readContents(bytes);
    const holds = erasures.union(new Set(rows.map(({ uid }) => uid)));
    this.#held.set(oid, holds);
    // What says of itself that its parent is still to be read owes the rest to the end.
    if (parent !== null && readUnread(bytes).has(parent)) this.#forgetIds();
    else this.#compare({ oid, parent, rows, lacking: held.difference(holds), repo });
    for (const row of rows) this.#publish(row, { oid, erasures });
    for (const uid of erasures) this.dataset.erasures.add(uid);
  }

  #compare({ oid, parent, rows, lacking, repo }: {
    oid: string;
    parent: string | null;
    rows: Row[];
    lacking: Set<string>;
    repo: RepoView;
  }): void {
    const name = oid.slice(0, 7);
    for (const uid of lacking) this.problems.push(`commit ${name} lacks ${uid}, which its parent holds`);
    const from = this.#couldTell(parent, repo) ? this.madeFrom.get(oid) : undefined;
    for (const { uid } of rows) {
      if (from === undefined || from.has(uid) || !this.dataset.erasures.has(uid)) continue;
      this.cameBack++;
      this.problems.push(`commit ${name} brings ${uid} back, which was erased`);
    }
  }

  // Whether the parent says which reviews there are: where database and table are both damaged, what was erased may be known to nobody.
  #couldTell(parent: string | null, repo: RepoView): boolean {
    if (parent === null || !this.#history.has(parent)) return false;
    const table = repo.file("reviews.csv", parent);
    return table !== undefined && !this.strangers.isForeign(table) && !this.#damaged.has(sha256(table));
  }

  /** Damages a file of the head, by flipping a bit or cutting it off. */
  damage(path: string, cut: boolean): void {
    this.look();
    const head = () => this.#hub.repo(this.#repo)!;
    const { rows } = this.head!;
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

  /** What the head's database holds, where Hearback wrote it and it is whole. */
  get head(): Contents | undefined {
    const bytes = this.#hub.repo(this.#repo)?.file("reviews.db");
    if (bytes === undefined || this.strangers.isForeign(bytes) || this.#damaged.has(sha256(bytes))) return undefined;
    return readContents(bytes);
  }

  /** The head alone is enough to get back everything that the dataset ever held, so that a disk may be lost. */
  get isSafe(): boolean {
    this.look();
    if (this.isDamaged) return false;
    const { rows, erasures } = this.head ?? { rows: [], erasures: new Set<string>() };
    const uids = new Set(rows.map(({ uid }) => uid));
    return this.dataset.erasures.isSubsetOf(erasures) && this.dataset.reviews.isSubsetOf(uids.union(erasures));
  }

  #forgetIds(): void {
    this.wasReplaced ||= this.commits > 0;
    this.#idOf.clear();
    this.#uidAt.clear();
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
