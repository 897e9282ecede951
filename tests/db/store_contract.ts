// What any store of reviews must do, whatever it is made of.
import assert from "node:assert/strict";
import { AppError } from "../../db/app_error.ts";
import { type NewReview, TEXT_FIELDS, type TextField } from "../../db/review.ts";
import type { ReviewPage, ReviewStore, StoreChange } from "../../db/store.ts";

/** A store under test; `reopen` closes it and opens it again on the same data. */
export interface TestedStore extends AsyncDisposable {
  store: ReviewStore;
  reopen(): Promise<ReviewStore>;
}

/** Opens an empty store. */
export type OpenStore = (now: () => Date) => Promise<TestedStore>;

/** A review with the given parts and a new uid. */
export function newReview(parts: Partial<NewReview> = {}): NewReview {
  const texts = Object.fromEntries(TEXT_FIELDS.map((field) => [field, null])) as Record<TextField, null>;
  return { ...texts, uid: crypto.randomUUID(), name: "Ada", rating: 5, comments: "Fine", ...parts };
}

/** Registers the tests that every store has to pass. */
export function testStore(name: string, open: OpenStore): void {
  const test = (sentence: string, body: (tested: TestedStore, clock: { time: string }) => Promise<void>) =>
    Deno.test(`${name} ${sentence}`, async () => {
      const clock = { time: "2026-11-22T12:00:00.900Z" };
      await using tested = await open(() => new Date(clock.time));
      await body(tested, clock);
    });

  test("gives back what was added, after a reopening too", async ({ store, reopen }) => {
    const review = newReview({ name: "李雷", comments: "two\nlines 🙏", rating: null, source: "embed" });
    const { review: stored, created } = await store.add(review);
    assert.equal(created, true);
    assert.deepEqual(stored, { ...review, id: 1, createdAt: "2026-11-22T12:00:00Z" });
    assert.deepEqual(await store.get(review.uid), stored);
    assert.deepEqual(await (await reopen()).get(review.uid), stored);
  });

  test("tells the empty text and no source apart", async ({ store }) => {
    const { review } = await store.add(newReview({ name: "", comments: "", source: null }));
    assert.deepEqual([review.name, review.comments, review.source], ["", "", null]);
    assert.deepEqual(await store.get(review.uid), review);
  });

  test("knows nothing of an unknown uid", async ({ store }) => {
    assert.equal(await store.get(crypto.randomUUID()), undefined);
    assert.equal(await store.erase(crypto.randomUUID()), false);
  });

  test("keeps the first review of a repeated uid", async ({ store }) => {
    const first = newReview({ comments: "first" });
    const [one, two] = await Promise.all([store.add(first), store.add({ ...first, comments: "second" })]);
    assert.deepEqual([one.created, two.created], [true, false]);
    assert.deepEqual(two.review, one.review);
    assert.equal((await store.stats()).total, 1);
  });

  test("stores reviews that arrive together in their order, and a bad one fails no neighbour", async ({ store }) => {
    const erased = newReview();
    await store.add(erased);
    await store.erase(erased.uid);
    const reviews = Array.from({ length: 65 }, (_, n) => newReview({ comments: `${n}` }));
    const sent: NewReview[] = [...reviews];
    sent[4] = erased;
    sent[17] = { ...reviews[17]!, name: undefined as unknown as string };
    sent[28] = { ...reviews[23]!, comments: "another" };
    const results = await Promise.allSettled(sent.map((review) => store.add(review)));
    const refused = [...results.keys()].filter((at) => results[at]!.status === "rejected");
    assert.deepEqual(refused, [4, 17]);
    const answers = results.flatMap((result) => result.status === "fulfilled" ? [result.value] : []);
    assert.deepEqual(answers.filter(({ created }) => !created).map(({ review }) => review.comments), ["23"]);
    for (const { review } of answers) assert.deepEqual(await store.get(review.uid), review);
    const { reviews: listed } = await store.list({ limit: 100 });
    assert.deepEqual(
      listed.map(({ comments }) => Number(comments)).reverse(),
      [...reviews.keys()].filter((n) => ![4, 17, 28].includes(n)),
    );
  });

  test("lists page after page, newest first, also when the clock was set back", async ({ store }, clock) => {
    for (let n = 0; n < 7; n++) {
      clock.time = new Date(Date.UTC(2026, 0, 31 - n)).toISOString();
      await store.add(newReview({ comments: `${n}` }));
    }
    const seen: (string | null)[] = [];
    let cursor: string | null = null;
    do {
      const page: ReviewPage = await store.list(cursor === null ? { limit: 3 } : { limit: 3, cursor });
      assert.equal(page.total, 7);
      seen.push(...page.reviews.map(({ comments }) => comments));
      cursor = page.next;
      // What arrives while somebody leafs through shifts nothing.
      if (seen.length === 3) {
        const { review } = await store.add(newReview());
        await store.erase(review.uid);
      }
    } while (cursor !== null);
    assert.deepEqual(seen, ["6", "5", "4", "3", "2", "1", "0"]);
  });

  test("refuses a cursor that it did not hand out", async ({ store }) => {
    for (
      const cursor of [
        "",
        "x",
        "%",
        btoa("1"),
        btoa("before 1e3"),
        btoa("before 5"),
        btoa("before 99999999999999999999"),
      ]
    ) {
      await assert.rejects(store.list({ limit: 1, cursor }), isAppError("malformed"), cursor);
    }
  });

  test("filters by rating, source and text, and combines them", async ({ store }) => {
    const add = (comments: string, rating: number, source: string | null, name = "") =>
      store.add(newReview({ comments, rating, source, name }));
    await add("Good docs", 5, "embed");
    await add("good DOCS", 4, "embed");
    await add("100% ÜBER_all", 5, null);
    await add("bad", 5, "page", "Docs fan");
    const found = async (filter: Parameters<ReviewStore["export"]>[0]) => {
      const page = await store.list({ limit: 10, ...filter });
      assert.equal(page.total, page.reviews.length);
      assert.deepEqual((await Array.fromAsync(store.export(filter))).flat().reverse(), page.reviews);
      return page.reviews.map(({ id }) => id);
    };
    assert.deepEqual(await found({}), [4, 3, 2, 1]);
    assert.deepEqual(await found({ rating: 5 }), [4, 3, 1]);
    assert.deepEqual(await found({ source: "embed" }), [2, 1]);
    assert.deepEqual(await found({ source: "Embed" }), []);
    assert.deepEqual(await found({ q: "docs" }), [4, 2, 1]);
    assert.deepEqual(await found({ q: "über" }), [3]);
    assert.deepEqual(await found({ q: "0%" }), [3]);
    assert.deepEqual(await found({ q: "R_a" }), [3]);
    assert.deepEqual(await found({ q: "o_d" }), []);
    assert.deepEqual(await found({ q: "docs", rating: 5, source: "embed" }), [1]);
    assert.deepEqual(await found({ q: "docs", namesToo: false }), [2, 1]);
    assert.deepEqual(await found({ q: "docs", namesToo: true }), [4, 2, 1]);
    assert.deepEqual(await found({ rating: 5, source: "embed" }), [1]);
    const first = await store.list({ limit: 1, q: "docs" });
    assert.deepEqual([first.total, first.reviews[0]?.id], [3, 4]);
    const second = await store.list({ limit: 1, q: "docs", cursor: first.next! });
    assert.deepEqual([second.total, second.reviews[0]?.id], [3, 2]);
  });

  test("exports more than a slice holds, oldest first, while reviews go on arriving", async ({ store }) => {
    await Promise.all(Array.from({ length: 4500 }, (_, n) => store.add(newReview({ comments: `${n}` }))));
    const ids: number[] = [];
    for await (const slice of store.export({})) {
      if (ids.length === 0) await store.add(newReview());
      ids.push(...slice.map(({ id }) => id));
    }
    assert.deepEqual(ids, Array.from({ length: 4501 }, (_, n) => n + 1));
    assert.equal((await store.list({ limit: 1, q: "4499" })).total, 1);
  });

  test("keeps its numbers right through adding, erasing and reopening", async ({ store, reopen }) => {
    const results = await Promise.all([5, 5, 2, null].map((rating) => store.add(newReview({ rating }))));
    assert.deepEqual(await store.stats(), { total: 4, average: 4, counts: { "1": 0, "2": 1, "3": 0, "4": 0, "5": 2 } });
    await store.erase(results[2]!.review.uid);
    const left = { total: 3, average: 5, counts: { "1": 0, "2": 0, "3": 0, "4": 0, "5": 2 } };
    assert.deepEqual(await store.stats(), left);
    assert.deepEqual(await (await reopen()).stats(), left);
  });

  test("has no average without ratings", async ({ store }) => {
    await store.add(newReview({ rating: null }));
    assert.equal((await store.stats()).average, null);
  });

  test(
    "puts an erased review back under another uid, at its place and with its time",
    async ({ store, reopen }, clock) => {
      const { review } = await store.add(newReview({ name: "Ada", rating: 2 }));
      await store.add(newReview({ rating: 5 }));
      await store.erase(review.uid);
      clock.time = "2026-11-22T13:00:00Z";
      const changes: StoreChange[] = [];
      store.subscribe((change) => changes.push(change));
      const pending = store.pending();
      const back = await store.putBack(review, crypto.randomUUID());
      assert.deepEqual(back, { ...review, uid: back.uid });
      assert.notEqual(back.uid, review.uid);
      assert.equal(store.pending(), pending + 1);
      assert.deepEqual(changes, [{ added: [], erased: [], reload: true }]);
      assert.equal((await store.stats()).counts["2"], 1);
      const again = await store.putBack(review, crypto.randomUUID());
      assert.equal(again.id, 3, "an id that is taken is not taken again");
      const reopened = await reopen();
      assert.deepEqual(await reopened.get(back.uid), back);
      assert.equal(await reopened.get(review.uid), undefined);
      await assert.rejects(reopened.add({ ...newReview(), uid: review.uid }), AppError);
    },
  );

  test("erases once and for all", async ({ store }) => {
    const review = newReview();
    await store.add(review);
    assert.equal(await store.erase(review.uid), true);
    assert.equal(await store.erase(review.uid), false);
    assert.equal(await store.get(review.uid), undefined);
    await assert.rejects(
      store.add(review),
      (error) => isAppError("invalid")(error) && error.fields[0]?.field === "uid",
    );
    assert.equal((await store.add(newReview())).review.id, 2, "ids are not used twice");
  });

  test("tells subscribers of each change once it is stored, until they leave", async ({ store }) => {
    const changes: StoreChange[] = [];
    const leave = store.subscribe((change) => changes.push(change));
    const { review } = await store.add(newReview());
    await store.add({ ...review, name: "", comments: "", rating: 1 });
    await store.erase(review.uid);
    await store.refresh();
    leave();
    await store.add(newReview());
    assert.deepEqual(changes, [
      { added: [review], erased: [], reload: false },
      { added: [], erased: [review.uid], reload: false },
    ]);
  });

  test("stores and tells the others although a subscriber throws, and lets the error surface", async ({ store }) => {
    const surfaced = Promise.withResolvers<unknown>();
    const onError = (event: ErrorEvent) => (event.preventDefault(), surfaced.resolve(event.error));
    addEventListener("error", onError);
    try {
      const mistake = new Error("a subscriber's mistake");
      store.subscribe(() => {
        throw mistake;
      });
      const told = Promise.withResolvers<StoreChange>();
      store.subscribe(told.resolve);
      const { review } = await store.add(newReview());
      assert.deepEqual((await told.promise).added, [review]);
      assert.equal(await surfaced.promise, mistake);
    } finally {
      removeEventListener("error", onError);
    }
  });

  test("has a version that grows with every change and a count of what is pending", async ({ store }) => {
    const versions = [store.version()];
    const review = newReview();
    await store.add(review);
    versions.push(store.version());
    assert.equal(store.pending(), 1);
    await store.erase(review.uid);
    versions.push(store.version());
    assert.equal(store.pending(), 2);
    await assert.rejects(store.add(review));
    await store.get(review.uid);
    assert.equal(store.version(), versions[2]);
    assert.deepEqual(versions, [...new Set(versions)].sort((a, b) => a - b));
  });

  test("refuses at once what it could not store in time", async ({ store }) => {
    const adding = Array.from({ length: 6000 }, () => store.add(newReview()));
    const results = await Promise.allSettled(adding);
    const refused = results.filter((result) => result.status === "rejected");
    assert.equal(refused.length, 1000);
    for (const { reason } of refused) assert.ok(isAppError("busy")(reason) && reason.retryAfter === 1);
    assert.equal((await store.stats()).total, 5000);
  });

  test("finishes what is under way when it is closed, and takes nothing after that", async ({ store, reopen }) => {
    const adding = store.add(newReview());
    const closing = store.close();
    await assert.rejects(store.add(newReview()), /closed/);
    await assert.rejects(store.stats(), /closed/);
    assert.equal((await adding).created, true);
    await closing;
    await store.close();
    assert.equal((await (await reopen()).stats()).total, 1);
  });
}

/** Says whether an error is an `AppError` of this code. */
export function isAppError(code: AppError["code"]): (error: unknown) => error is AppError {
  return (error): error is AppError => error instanceof AppError && error.code === code;
}
