// The webhook: against a real receiver that checks the signature with the specification's own library.
import assert from "node:assert/strict";
import { Webhook as Verifier } from "standardwebhooks";
import { startWebhook } from "../../routes/webhook.ts";
import { temporaryFolder } from "../db/temporary_folder.ts";
import { startHearback } from "../process.ts";
import { until } from "../until.ts";
import { json, testApp } from "./test_app.ts";

const SECRET = `whsec_${btoa("a key of twenty-four bytes or more")}`;
const AT_ONCE = { deadlineMs: 0, signal: new AbortController().signal };

Deno.test("each review is sent once, signed, in order, and with its name", async () => {
  await using t = await testApp({ settings: { publicNames: false } });
  await using receiver = startReceiver(() => 204);
  const webhook = startWebhook({ ...t, settings: { url: receiver.url, secret: SECRET }, now, log: () => {} });
  for (const name of ["Ada", "Bob"]) await t.ask("/api/reviews", json({ name, rating: 5 }));
  await until(() => receiver.got.length === 2);
  await webhook.close(AT_ONCE);
  const sent = receiver.got.map(({ body, headers }) => {
    const event = new Verifier(SECRET).verify(body, headers) as { type: string; data: { uid: string; name: string } };
    assert.equal(headers["webhook-id"], event.data.uid);
    assert.equal(event.type, "review.created");
    return event.data.name;
  });
  assert.deepEqual(sent, ["Ada", "Bob"]);
  const wrong = new Verifier(`whsec_${btoa("another key of twenty-four bytes")}`);
  assert.throws(() => wrong.verify(receiver.got[0]?.body ?? "", receiver.got[0]?.headers ?? {}));
});

Deno.test("what the receiver does not take is tried again, then given up and logged without its address", async () => {
  await using t = await testApp();
  const answers = [500, 302, 204, 500, 500, 500, 204];
  await using receiver = startReceiver(() => answers.shift() ?? 500);
  const logged: Record<string, unknown>[] = [];
  const settings = { url: `${receiver.url}?key=sesame`, secret: SECRET };
  const webhook = startWebhook({ ...t, settings, now, log: (entry) => logged.push(entry), waits: [1, 1] });
  const comments = ["third try", "never", "at once"];
  for (const text of comments) await t.ask("/api/reviews", json({ rating: 1, comments: text }));
  await until(() => webhook.counts().waiting === 0);
  assert.deepEqual(webhook.counts(), { delivered: 2, failed: 1, waiting: 0 });
  await webhook.close(AT_ONCE);
  const texts = receiver.got.map(({ body }) => JSON.parse(body).data.comments);
  assert.deepEqual(texts, [0, 0, 0, 1, 1, 1, 2].map((index) => comments[index]));
  assert.deepEqual(logged.map(({ event, message }) => [event, message]), [
    ["webhook-dropped", "The receiver answered 500"],
  ]);
  assert.ok(!JSON.stringify(logged).includes("sesame"));
});

Deno.test("a receiver that is down holds up no submit, and closing does not wait for it", async () => {
  await using t = await testApp();
  const logged: Record<string, unknown>[] = [];
  const gone = startReceiver(() => 204);
  await gone[Symbol.asyncDispose]();
  const settings = { url: gone.url, secret: SECRET };
  const webhook = startWebhook({ ...t, settings, now, log: (entry) => logged.push(entry), waits: [3_600_000] });
  const sent = Array.from({ length: 1001 }, (_, n) => t.ask("/api/reviews", json({ rating: 1, comments: String(n) })));
  for (const answer of await Promise.all(sent)) assert.equal(answer.status, 201);
  assert.deepEqual(logged.map(({ event }) => event), ["webhook-dropped"], "the queue takes a thousand");
  assert.deepEqual(webhook.counts(), { delivered: 0, failed: 1, waiting: 1000 });
  await webhook.close({ ...AT_ONCE, deadlineMs: 3_600_000 });
  assert.deepEqual(logged.at(-1), { event: "webhook-stopped", unsent: 1000 });
});

Deno.test("what waits when it closes is sent then, without the pauses", async () => {
  await using t = await testApp();
  const answers = [500];
  await using receiver = startReceiver(() => answers.shift() ?? 204);
  const logged: Record<string, unknown>[] = [];
  const settings = { url: receiver.url, secret: SECRET };
  const webhook = startWebhook({ ...t, settings, now, log: (entry) => logged.push(entry), waits: [3_600_000] });
  for (const comments of ["first", "second", "third"]) await t.ask("/api/reviews", json({ rating: 4, comments }));
  await until(() => receiver.got.length === 1);
  await webhook.close({ ...AT_ONCE, deadlineMs: 3_600_000 });
  assert.deepEqual(receiver.got.map(({ body }) => JSON.parse(body).data.comments), [
    "first",
    "first",
    "second",
    "third",
  ]);
  assert.deepEqual([webhook.counts(), logged], [{ delivered: 3, failed: 0, waiting: 0 }, []]);
});

Deno.test("closing waits for a receiver that is silent no longer than its deadline, or than the second signal", async () => {
  await using t = await testApp();
  const silent = Promise.withResolvers<void>();
  await using receiver = startReceiver(() => 204, silent.promise);
  const settings = { url: receiver.url, secret: SECRET };
  for (const options of [AT_ONCE, { deadlineMs: 3_600_000, signal: AbortSignal.abort() }]) {
    const logged: Record<string, unknown>[] = [];
    const webhook = startWebhook({ ...t, settings, now, log: (entry) => logged.push(entry) });
    const before = receiver.got.length;
    for (const rating of [1, 2]) await t.ask("/api/reviews", json({ rating }));
    await until(() => receiver.got.length > before);
    await webhook.close(options);
    assert.deepEqual(logged, [{ event: "webhook-stopped", unsent: 2 }]);
  }
  silent.resolve();
});

Deno.test("a Hearback that is stopped sends what waits before it ends", async () => {
  await using folder = await temporaryFolder();
  const slow = Promise.withResolvers<void>();
  await using receiver = startReceiver(() => 204, slow.promise);
  const env = { DATA_DIR: folder.path("data"), WEBHOOK_URL: receiver.url, WEBHOOK_SECRET: SECRET };
  await using hearback = await startHearback(env);
  for (const rating of [1, 2, 3]) await (await fetch(`${hearback.url}api/reviews`, json({ rating }))).text();
  const metrics = async () => await (await fetch(`${hearback.url}metrics`)).text();
  await until(async () => (await metrics()).includes("\nhearback_webhook_waiting 3\n"));
  assert.match(await metrics(), /^hearback_webhook_reviews_total\{outcome="delivered"\} 0$/m);
  const stopped = hearback.stop();
  await until(() => hearback.output().includes('"stopping"'));
  slow.resolve();
  assert.equal(await stopped, 0);
  assert.deepEqual(receiver.got.map(({ body }) => JSON.parse(body).data.rating), [1, 2, 3]);
  assert.doesNotMatch(hearback.output(), /webhook-stopped/);
});

function now(): Date {
  return new Date(); // the library of the receiver refuses what is older than five minutes
}

/** A server that keeps what it got and answers as `status` says, once `ready`. */
function startReceiver(status: () => number, ready?: Promise<void>) {
  const got: { body: string; headers: Record<string, string> }[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    got.push({ body: await request.text(), headers: Object.fromEntries(request.headers) });
    await ready;
    return new Response(null, { status: status(), headers: { Location: "/elsewhere" } });
  });
  return { url: `http://127.0.0.1:${server.addr.port}/hook`, got, [Symbol.asyncDispose]: () => server.shutdown() };
}
