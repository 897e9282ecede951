// Faults at the first contact with the dataset: nothing there, no answer, no right to it, or something newer than we are.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { SCHEMA_VERSION } from "../../db/file/migrations.ts";
import { openSqliteStore } from "../../db/sqlite/sqlite_store.ts";
import { runDrill } from "../../sync/jobs/drill.ts";
import { type Hub, startHub } from "../hub/hub.ts";
import { startHearback } from "../process.ts";
import { until } from "../until.ts";
import { jobOptions, readFile, remoteComments, REPO, startInstance, tempDir, TOKEN } from "./instance.ts";
import { sendReview, statusOf } from "./over_http.ts";

Deno.test("F01 an empty dataset is a fresh start, and the first commit holds both files and the card", async () => {
  await using hub = await startHub();
  hub.commitDirectly(REPO, {});
  await using here = await startInstance(hub);
  await here.run();
  assert.deepEqual(await here.comments(), []);

  await here.submit("The first");
  await here.run();
  const { commits, paths, file } = hub.repo(REPO)!;
  const ours = commits.filter(({ author }) => author === "ada");
  assert.deepEqual(paths(ours.at(-1)!.oid), [".gitattributes", "README.md", "reviews.csv", "reviews.db"]);
  assert.deepEqual(remoteComments(hub), ["The first"]);
  assert.match(new TextDecoder().decode(file("reviews.csv")), /The first/);
});

Deno.test("F01 a card that somebody wrote stays as it is", async () => {
  await using hub = await startHub();
  hub.commitDirectly(REPO, { "README.md": new TextEncoder().encode("# Our own words\n") });
  await using here = await startInstance(hub);
  for (const text of ["The first", "The second"]) {
    await here.submit(text);
    await here.run();
  }
  assert.equal(new TextDecoder().decode(hub.repo(REPO)!.file("README.md")), "# Our own words\n");
  assert.deepEqual(remoteComments(hub), ["The first", "The second"]);
});

Deno.test("F02 with the Hub down at the start people are served, nothing is uploaded, and it heals by itself", async () => {
  await using hubDir = await tempDir();
  await using dir = await tempDir();
  const down = await startHub({ folder: hubDir.path });
  {
    await using other = await startInstance(down);
    await other.submit("From before");
    await other.run();
  }
  const { port } = new URL(down.url);
  await down.close();

  const env = { DATA_DIR: dir.path, HF_ENDPOINT: down.url, HF_TOKEN: TOKEN, DATASET_REPO: REPO };
  await using hearback = await startHearback(env);
  const failing = await until(async () => (await statusOf(hearback)).failure ?? undefined);
  assert.equal(failing.kind, "unreachable");
  await sendReview(hearback, "While it was down");
  const page = await (await fetch(hearback.url)).text();
  assert.match(page, /While it was down/);
  assert.match(page, /Backup failing since [^:]+:\d\d: the Hub cannot be reached/);
  assert.match(page, /Reviews that the dataset holds come back once it can be read/);

  await using hub = await startHub({ folder: hubDir.path, port: Number(port) });
  await until(async () => (await statusOf(hearback)).state === "idle");
  assert.deepEqual(remoteComments(hub), ["From before", "While it was down"]);
  const { reviews } = await (await fetch(`${hearback.url}api/reviews`)).json();
  assert.deepEqual(reviews.map(({ comments }: { comments: string }) => comments), ["While it was down", "From before"]);
});

Deno.test("F02 nothing is uploaded while the Hub answers with a 5xx at any step of the reading", async () => {
  await using hub = await startHub();
  {
    await using other = await startInstance(hub);
    await other.submit("From before");
    await other.run();
  }
  let reading = true;
  for (let step = 0; reading; step++) {
    const { head } = hub.repo(REPO)!;
    await using here = await startInstance(hub);
    await here.submit(`New ${step}`);
    const status = [500, 502, 503, 504][step % 4]!;
    hub.requests.length = 0;
    const fault = hub.faults.add({ skip: step, status, body: "<html>Bad gateway</html>" });
    await assert.rejects(here.run(), { kind: "unreachable", retry: true });
    reading = !hub.requests.some(({ path }) => /\/(preupload|commit)\//.test(path));
    assert.equal(hub.repo(REPO)!.head, head, `after step ${step}`);
    fault.remove();
    await here.run();
    assert.deepEqual(remoteComments(hub).slice(step), [step === 0 ? "From before" : `New ${step - 1}`, `New ${step}`]);
  }
});

Deno.test("F03 a wrong token, missing rights and a missing dataset are told apart", async () => {
  await using hub = await startHub();
  hub.commitDirectly("ada/readable", {});
  hub.addToken("hf_elsewhere", { user: "bob", write: true });
  hub.commitDirectly("ada/hidden", {});
  const cases = [
    { repo: "ada/readable", token: "hf_expired", kind: "token", hint: /new token with write access/ },
    {
      repo: "ada/readable",
      token: "hf_local_read",
      kind: "rights",
      hint: /Give the token write access to ada\/readable/,
    },
    { repo: "ada/not-there", token: "hf_local_read", kind: "rights", hint: /Create ada\/not-there by hand/ },
    { repo: "ada/hidden", token: "hf_elsewhere", kind: "rights", hint: /Create ada\/hidden by hand/ },
  ];
  for (const { repo, token, kind, hint } of cases) {
    await using here = await startInstance(hub, { repo, token });
    await here.submit("Stays here");
    await assert.rejects(here.run(), { kind, hint, retry: false }, `${token} for ${repo}`);
    assert.deepEqual(await here.comments(), ["Stays here"]);
  }
  assert.equal(hub.repo("ada/readable")!.commits.length, 2);
  assert.equal(hub.repo("ada/hidden")!.commits.length, 2);
  assert.equal(hub.repo("ada/not-there"), undefined);

  await using here = await startInstance(hub, { repo: "ada/not-there" });
  await here.submit("Creates it");
  await here.run();
  assert.match(new TextDecoder().decode(hub.repo("ada/not-there")!.file("reviews.csv")), /Creates it/);
});

Deno.test("F03 a dataset that exists but cannot be seen is no empty one", async () => {
  await using hub = await startHub();
  hub.faults.add({ match: { path: /repos\/create/ }, status: 409, body: { error: "You already created this repo" } });
  await using here = await startInstance(hub);
  await here.submit("Stays here");
  await assert.rejects(here.run(), { kind: "missing", retry: false, hint: /may see and write/ });
});

Deno.test("F03 a token that expires later uploads nothing and says so, and a new one goes on", async () => {
  await using hub = await startHub();
  await using here = await startInstance(hub);
  await here.run();
  hub.removeToken(TOKEN);
  await here.submit("Waits");
  await assert.rejects(here.run(), { kind: "token", retry: false });
  hub.addToken(TOKEN, { user: "ada", write: true });
  await here.run();
  assert.deepEqual(remoteComments(hub), ["Waits"]);
});

Deno.test("F03 a dataset that is deleted while Hearback runs is made anew with all reviews, without a restart", async () => {
  await using hub = await startHub();
  await using here = await startInstance(hub);
  await here.submit("Before");
  await here.run();
  await deleteDataset(hub);
  await here.submit("After");
  assert.match((await here.run()).notice ?? "", /^The dataset was gone.* made again/);
  assert.deepEqual(remoteComments(hub), ["Before", "After"]);
  assert.equal(here.store.pending(), 0);

  await deleteDataset(hub); // with nothing new that would bring up a run; the drill, once a day, notices
  const drilled = await runDrill({
    ...jobOptions(here, hub),
    now: () => new Date(),
    signal: new AbortController().signal,
    onEvent: () => {},
  });
  assert.deepEqual([drilled.ok, drilled.message], [false, `There is no dataset ${REPO}`]);
  assert.match((await here.run()).notice ?? "", /^The dataset was gone/);
  assert.deepEqual(remoteComments(hub), ["Before", "After"]);
});

Deno.test("F03 a dataset that the token can no longer see is not taken for a deleted one", async () => {
  await using hub = await startHub();
  await using here = await startInstance(hub);
  await here.run();
  await here.submit("Stays here");
  const { head } = hub.repo(REPO)!;
  hub.addToken(TOKEN, { user: "ada", write: true, repos: ["ada/another"] });
  await assert.rejects(here.run(), { kind: "rights", retry: false });
  assert.equal(hub.repo(REPO)!.head, head);
  assert.equal(here.store.pending(), 1);
});

Deno.test("F03 a link to the storage that is refused says nothing about the token, and is tried again", async () => {
  await using hub = await startHub({ uploadMode: "lfs" });
  await using here = await startInstance(hub);
  await here.submit("Goes out later");
  for (const status of [401, 403]) {
    const expired = hub.faults.add({ match: { host: "storage" }, status, body: "<Code>AccessDenied</Code>" });
    await assert.rejects(here.run(), { kind: "unreachable", retry: true });
    expired.remove();
  }
  await here.run();
  await using fresh = await startInstance(hub);
  const expired = hub.faults.add({ match: { host: "storage" }, status: 403, body: "<Code>AccessDenied</Code>" });
  await assert.rejects(fresh.run(), { kind: "unreachable", retry: true });
  expired.remove();
  await fresh.run();
  assert.deepEqual(await fresh.comments(), ["Goes out later"]);
});

Deno.test("F10 a dataset of a newer version is left alone, and says so", async () => {
  await using hub = await startHub();
  await using dir = await tempDir();
  const newer = await makeNewer(`${dir.path}/newer.db`);
  const head = hub.commitDirectly(REPO, { "reviews.db": newer });
  await using here = await startInstance(hub);
  await here.submit("Mine");
  await assert.rejects(here.run(), { kind: "incompatible", retry: false, hint: /Update this Hearback/ });
  await assert.rejects(here.run(), { kind: "incompatible" });
  assert.equal(hub.repo(REPO)!.head, head);
  assert.deepEqual(hub.repo(REPO)!.file("reviews.db"), newer);
  assert.deepEqual(await here.comments(), ["Mine"]);
});

Deno.test("F10 a local database of a newer version is not opened, and not one byte of it changes", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/reviews.db`;
  const before = await makeNewer(path);
  assert.throws(() => openSqliteStore({ path, now: () => new Date() }), {
    code: "incompatible",
    message: new RegExp(`schema ${SCHEMA_VERSION + 1}, written by a newer Hearback`),
  });
  assert.deepEqual(Deno.readFileSync(path), before);
  assert.equal(readFile(before, "SELECT comments FROM reviews").length, 1);
});

async function makeNewer(path: string): Promise<Uint8Array<ArrayBuffer>> {
  await openSqliteStore({ path, now: () => new Date() }).close();
  const db = new DatabaseSync(path);
  db.exec(`INSERT INTO reviews (comments, uid) VALUES ('From the future', 'u1');
    PRAGMA user_version = ${SCHEMA_VERSION + 1}; PRAGMA journal_mode = DELETE`);
  db.close();
  return Deno.readFileSync(path);
}

async function deleteDataset(hub: Hub): Promise<void> {
  const [organization, name] = REPO.split("/");
  const answer = await fetch(`${hub.url}/api/repos/delete`, {
    method: "DELETE",
    headers: { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" },
    body: JSON.stringify({ type: "dataset", organization, name }),
  });
  await answer.body?.cancel();
  assert.equal(hub.repo(REPO), undefined);
}
