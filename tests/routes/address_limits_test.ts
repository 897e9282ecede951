// The limits by address one by one: what counts, from when to when, what is told, and what is left behind.
import assert from "node:assert/strict";
import { AppError } from "../../db/app_error.ts";
import { createAddressLimit, type Taken } from "../../routes/http/address_limits.ts";
import { createSentTexts, MOST_TEXTS } from "../../routes/sent_texts.ts";
import { newReview } from "../db/store_contract.ts";
import { until } from "../until.ts";

Deno.test("take() counts at once, whoever asks at the same moment, and refuses what is more", async () => {
  await using limit = limitOf({ max: 2, windowSeconds: 600 });
  const taken = [limit.take("a"), limit.take("a"), limit.take("a"), limit.take("b")];
  assert.deepEqual(await Promise.all(taken.map(isAdmitted)), [true, true, false, true]);
  const { admitted } = limit.take("a");
  await assert.rejects(admitted, ({ code, message, retryAfter }: AppError) => {
    assert.equal(code, "too_many");
    assert.ok(retryAfter !== undefined && retryAfter > 590 && retryAfter <= 600, `${retryAfter}`);
    assert.equal(message, `wait ${retryAfter}`);
    return true;
  });
});

Deno.test("a limit is over with its window, however often somebody was refused in it", async () => {
  await using limit = limitOf({ max: 1, windowSeconds: 1 });
  await until(() => isRefused(limit.take("a")));
  await until(() => isAdmitted(limit.take("a")));
});

Deno.test("what was given back can be taken again, once, and what was refused is given back already", async () => {
  await using limit = limitOf({ max: 2, windowSeconds: 600 });
  const [first, , third] = [limit.take("a"), limit.take("a"), limit.take("a")];
  assert.ok(await isRefused(third));
  for (const one of [first, first]) one.giveBack();
  assert.ok(await isAdmitted(limit.take("a")));
  third.giveBack();
  assert.ok(await isRefused(limit.take("a")));
});

Deno.test("of an address a limit knows a hash of its day, and no more on the next", async () => {
  const clock = { now: new Date("2026-11-22T23:59:59Z") };
  await using limit = limitOf({ max: 1, windowSeconds: 600, now: () => clock.now });
  assert.ok(await isAdmitted(limit.take("a")));
  assert.ok(await isRefused(limit.take("a")));
  clock.now = new Date("2026-11-23T00:00:00Z");
  assert.ok(await isAdmitted(limit.take("a")));
});

Deno.test("what is taken in the moment in which the last one is given back counts", async () => {
  await using limit = limitOf({ max: 1, windowSeconds: 0 });
  limit.take("a").giveBack();
  assert.ok(await isAdmitted(limit.take("a")));
  assert.ok(await isRefused(limit.take("a")));
});

Deno.test("what is given back after its window lets nobody have more", async () => {
  await using limit = limitOf({ max: 1, windowSeconds: 0.2 });
  const late = limit.take("a");
  await until(() => isRefused(limit.take("b")));
  await until(() => isAdmitted(limit.take("b"))); // so the older window is over as well
  late.giveBack();
  assert.ok(await isAdmitted(limit.take("c")));
  const two = [limit.take("a"), limit.take("a")];
  assert.deepEqual(await Promise.all(two.map(isAdmitted)), [true, false]);
});

Deno.test("a text is refused under another uid until its window is over", () => {
  const clock = { now: new Date("2026-11-22T12:00:00Z") };
  const texts = createSentTexts({ windowSeconds: 600, now: () => clock.now });
  texts.note("a", newReview({ uid: "1" }));
  texts.note("a", newReview({ uid: "1" }));
  texts.note("b", newReview({ uid: "2" }));
  texts.note("a", newReview({ uid: "2", rating: 4 }));
  clock.now = new Date("2026-11-22T12:09:59Z");
  assert.throws(() => texts.note("a", newReview({ uid: "3" })), { code: "invalid" });
  clock.now = new Date("2026-11-22T12:10:00Z");
  texts.note("a", newReview({ uid: "3" }));
  clock.now = new Date("2026-11-22T11:00:00Z"); // set back: what lies ahead is gone
  texts.note("a", newReview({ uid: "4" }));
});

Deno.test("of all texts only the newest are known", () => {
  const texts = createSentTexts({ windowSeconds: 600, now: () => new Date("2026-11-22T12:00:00Z") });
  for (let n = 0; n <= MOST_TEXTS; n++) texts.note("a", newReview({ uid: "1", comments: `number ${n}` }));
  assert.throws(() => texts.note("a", newReview({ uid: "2", comments: "number 2" })), { code: "invalid" });
  texts.note("a", newReview({ uid: "2", comments: "number 0" }));
});

function limitOf(options: { max: number; windowSeconds: number; now?: () => Date }) {
  const limit = createAddressLimit({ now: () => new Date(), message: (seconds) => `wait ${seconds}`, ...options });
  return { ...limit, [Symbol.asyncDispose]: () => Promise.resolve(limit.close()) };
}

async function isAdmitted({ admitted }: Taken): Promise<boolean> {
  return await admitted.then(() => true, () => false);
}

async function isRefused(taken: Taken): Promise<boolean> {
  return !await isAdmitted(taken);
}
