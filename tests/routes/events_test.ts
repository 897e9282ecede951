// The event stream: what it tells, how it resumes, how it ends.
import assert from "node:assert/strict";
import type { Review } from "../../db/review.ts";
import { eventsOf } from "./event_stream.ts";
import { until } from "../until.ts";
import { json, testApp } from "./test_app.ts";

Deno.test("GET /api/events tells of new reviews, erased ones and the backup", async () => {
  await using t = await testApp({ settings: { publicNames: false } });
  const response = await t.ask("/api/events");
  assert.equal(response.headers.get("Content-Type"), "text/event-stream");
  assert.equal(response.headers.get("Cache-Control"), "no-store");
  const events = eventsOf(response);
  assert.equal((await events.next()).value?.event, "hello");

  const { uid } = await (await t.ask("/api/reviews", json({ rating: 5, name: "Ada" }))).json();
  const added = (await events.next()).value;
  assert.equal(added?.event, "review");
  assert.equal((added?.data as Review).uid, uid);
  assert.equal((added?.data as Review).name, null);

  t.backup.become({ state: "pending", pending: 1 });
  t.backup.become({ state: "uploading", pending: 1 });
  const status = (await events.next()).value;
  assert.equal(status?.event, "status");
  assert.deepEqual(status?.data, t.backup.status());

  await t.store.erase(uid);
  assert.deepEqual((await events.next()).value?.data, { uid });
  await t.ask("/api/reviews", json({ rating: 4 }));
  assert.equal((await events.next()).value?.event, "review", "a status is told once");
  await events.return(undefined);
});

Deno.test("a stream resumes after the last event it had, by header or by address", async () => {
  await using t = await testApp();
  const first = eventsOf(await t.ask("/api/events"));
  const hello = (await first.next()).value;
  const uids = [];
  for (let n = 0; n < 2; n++) {
    uids.push((await (await t.ask("/api/reviews", json({ rating: 5 }))).json()).uid);
    await first.next();
  }
  await first.return(undefined);
  const requests = [
    t.ask("/api/events", { headers: { "Last-Event-ID": hello?.id ?? "" } }),
    t.ask(`/api/events?since=${hello?.id}`),
  ];
  for (const request of requests) {
    const again = eventsOf(await request);
    await again.next();
    for (const uid of uids) assert.equal(((await again.next()).value?.data as Review).uid, uid);
    await again.return(undefined);
  }
});

Deno.test("a stream that was away too long, or belongs to an earlier start, is told to read again", async () => {
  await using t = await testApp();
  const [start = ""] = (await page(t)).split("-");
  const first = eventsOf(await t.ask("/api/events"));
  await first.next();
  await (await t.ask("/api/reviews", json({ rating: 5 }))).body?.cancel();
  await first.next(); // so that there is an event which an id of another start could seem to come before
  await first.return(undefined);
  for (const id of [`${"0".repeat(start.length)}-0`, "nonsense", "", `${start}-99`]) {
    const events = eventsOf(await t.ask("/api/events", { headers: { "Last-Event-ID": id } }));
    await events.next();
    assert.equal((await events.next()).value?.event, "reload", id);
    await events.return(undefined);
  }
});

Deno.test("two starts in the same moment are told apart, even where a uid begins with the time", async () => {
  const time = "019a0000-0000-7000-8000";
  let n = 0;
  const starts = [];
  for (let start = 0; start < 2; start++) {
    await using t = await testApp({ deps: () => ({ newUid: () => `${time}-${String(++n).padStart(12, "0")}` }) });
    starts.push(await page(t));
  }
  assert.notEqual(starts[0], starts[1]);
});

Deno.test("a burst of reviews is told as one reload", async () => {
  await using t = await testApp();
  const events = eventsOf(await t.ask("/api/events"));
  await events.next();
  await Promise.all(Array.from({ length: 50 }, () => t.ask("/api/reviews", json({ rating: 5 }))));
  assert.equal((await events.next()).value?.event, "reload");
  await events.return(undefined);
});

Deno.test("a thousand streams hear everything once and in order, and so does one that opens while they are written to", async () => {
  await using t = await testApp();
  const open = async (since = "") => {
    const events = eventsOf(await t.ask(`/api/events${since}`));
    return { events, hello: (await events.next()).value?.id };
  };
  const streams = [];
  for (let n = 0; n < 1000; n++) streams.push(await open());
  const [first, ...others] = streams.map(({ events }) => events);
  const pendingOf = async (events = first) => ((await events!.next()).value?.data as { pending: number }).pending;

  t.backup.become({ pending: 1 });
  assert.equal(await pendingOf(), 1);
  others.push((await open(`?since=${streams[0]?.hello}`)).events); // the last of the thousand have not heard yet
  t.backup.become({ pending: 2 });
  assert.equal(await pendingOf(), 2);
  for (const events of others) assert.deepEqual([await pendingOf(events), await pendingOf(events)], [1, 2]);
  for (const events of [first, ...others]) await events?.return(undefined);
});

Deno.test("close() ends every stream and refuses new ones", async () => {
  await using t = await testApp();
  const streams = [await t.ask("/api/events"), await t.ask("/api/events")];
  await t.app.close();
  for (const stream of streams) await stream.text();
  const refused = await t.ask("/api/events");
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("Retry-After"), "5");
  assert.equal(t.backup.listeners, 0);
});

Deno.test("a reader that does not read is let go instead of filling the memory", async () => {
  await using t = await testApp();
  const lazy = await t.ask("/api/events");
  const eager = eventsOf(await t.ask("/api/events"));
  await eager.next();
  for (let n = 0; n < 20; n++) {
    t.backup.become({ pending: n });
    await eager.next();
  }
  const reader = lazy.body?.getReader();
  let ended = false;
  const read = async () => {
    while (reader !== undefined && !ended) ended = (await reader.read()).done;
  };
  const reading = read();
  await until(() => ended).finally(() => reader?.cancel());
  await reading;
  await eager.return(undefined);
});

async function page(t: { ask(path: string): Promise<Response> }): Promise<string> {
  return /data-since="([^"]+)"/.exec(await (await t.ask("/")).text())?.[1] ?? "";
}
