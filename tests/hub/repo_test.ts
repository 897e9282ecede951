// The Hub's own tests: repositories, revisions and who may see or change them.
import assert from "node:assert/strict";
import { bytesOf, call, sendCommit } from "./call.ts";
import { startHub } from "./hub.ts";

interface PathInfo {
  oid: string;
  lfs?: { oid: string; size: number };
  lastCommit: { id: string };
}

Deno.test("a dataset is created once, with the first commit of the real Hub", async () => {
  await using hub = await startHub();
  const body = { name: "reviews", organization: "ada", type: "dataset", visibility: "private" };

  const created = await call(hub, "/api/repos/create", { body });
  assert.equal(created.status, 200);
  assert.deepEqual(created.json(), { url: `${hub.url}/datasets/ada/reviews`, name: "ada/reviews", id: "ada/reviews" });
  assert.equal((await call(hub, "/api/repos/create", { body })).status, 409);
  assert.equal(hub.repo("ada/reviews")!.private, true);
  assert.deepEqual(hub.repo("ada/reviews")!.commits.map((commit) => commit.summary), ["initial commit"]);
});

Deno.test("the Hub tells a wrong token, missing rights and a missing dataset apart", async () => {
  await using hub = await startHub();
  hub.commitDirectly("ada/reviews", { "a.txt": bytesOf("a") });
  hub.commitDirectly("bob/secret", { "a.txt": bytesOf("a") });
  const info = (name: string, token: string | null) => call(hub, `/api/datasets/${name}`, { token });

  const wrong = await info("ada/reviews", "hf_wrong");
  assert.deepEqual([wrong.status, wrong.json().error], [401, "Invalid credentials in Authorization header"]);
  assert.equal((await info("ada/reviews", null)).status, 401);
  assert.equal((await info("ada/reviews", "hf_local_read")).status, 200);
  for (const name of ["ada/nothing", "bob/secret"]) {
    const hidden = await info(name, "hf_local_write");
    assert.deepEqual([hidden.status, hidden.headers.get("X-Error-Code")], [404, "RepoNotFound"]);
    assert.equal(hidden.json().error, "Repository not found");
  }
  const refused = await sendCommit(hub, { "a.txt": "b" }, { token: "hf_local_read" });
  assert.equal(refused.status, 403);
  assert.match(refused.json().error!, /write token/);
  assert.equal((await sendCommit(hub, { "a.txt": "b" }, { repo: "bob/secret" })).status, 404);
});

Deno.test("a token can be limited to some datasets and be revoked", async () => {
  await using hub = await startHub();
  hub.commitDirectly("ada/one", { "a.txt": bytesOf("a") });
  hub.commitDirectly("ada/two", { "a.txt": bytesOf("a") });
  hub.addToken("hf_fine", { user: "ada", write: true, repos: ["ada/one"] });

  assert.equal((await call(hub, "/api/datasets/ada/one", { token: "hf_fine" })).status, 200);
  assert.equal((await call(hub, "/api/datasets/ada/two", { token: "hf_fine" })).status, 404);
  hub.removeToken("hf_fine");
  assert.equal((await call(hub, "/api/datasets/ada/one", { token: "hf_fine" })).status, 401);
});

Deno.test("visibility changes by the settings", async () => {
  await using hub = await startHub();
  hub.commitDirectly("ada/reviews", { "a.txt": bytesOf("a") });

  const body = { visibility: "public" };
  assert.equal((await call(hub, "/api/datasets/ada/reviews/settings", { method: "PUT", body })).status, 200);
  assert.equal((await call(hub, "/api/datasets/ada/reviews", { token: null })).status, 200);
});

Deno.test("a revision is main, HEAD, a full or a short commit id", async () => {
  await using hub = await startHub();
  const first = hub.commitDirectly("ada/reviews", { "a.txt": bytesOf("first") });
  const second = hub.commitDirectly("ada/reviews", { "a.txt": bytesOf("second") });
  const sha = async (revision: string) =>
    (await call(hub, `/api/datasets/ada/reviews/revision/${encodeURIComponent(revision)}`)).json().sha;

  assert.match(second, /^[0-9a-f]{40}$/);
  assert.equal(await sha("main"), second);
  assert.equal(await sha("HEAD"), second);
  assert.equal(await sha("refs/heads/main"), second);
  assert.equal(await sha(first), first);
  assert.equal(await sha(first.slice(0, 7)), first);
  const missing = await call(hub, `/api/datasets/ada/reviews/revision/${"f".repeat(40)}`);
  assert.deepEqual([missing.status, missing.headers.get("X-Error-Code")], [404, "RevisionNotFound"]);
});

Deno.test("the tree and paths-info describe files as git and LFS name them", async () => {
  await using hub = await startHub();
  const text = bytesOf("hello\n");
  const commit = hub.commitDirectly("ada/reviews", { "a.txt": text, "data/b.txt": text });
  hub.commitDirectly("ada/reviews", { "big.bin": bytesOf("big") }, { as: "lfs" });

  const tree = await call(hub, "/api/datasets/ada/reviews/tree/main");
  assert.deepEqual(tree.json<{ path: string }[]>().map((item) => item.path), [
    ".gitattributes",
    "a.txt",
    "big.bin",
    "data",
  ]);
  const inner = await call(hub, "/api/datasets/ada/reviews/tree/main/data?recursive=true");
  assert.deepEqual(inner.json<{ path: string }[]>().map((item) => item.path), ["data/b.txt"]);
  assert.equal(
    (await call(hub, "/api/datasets/ada/reviews/tree/main/no")).headers.get("X-Error-Code"),
    "EntryNotFound",
  );

  const body = { paths: ["a.txt", "big.bin", "missing"], expand: true };
  const infos = await call(hub, "/api/datasets/ada/reviews/paths-info/main", { body });
  const [small, big, ...rest] = infos.json<PathInfo[]>();
  assert.deepEqual(rest, []);
  assert.equal(small?.oid, "ce013625030ba8dba906f756967f9e9ca394464a"); // git hash-object
  assert.equal(small?.lastCommit.id, commit);
  // sha256sum of "big"
  assert.deepEqual([big?.lfs?.oid, big?.lfs?.size], [
    "2a21fe6d592a19b7de898b50eb53c429608de1a66f3e9f62da19714a770553d1",
    3,
  ]);
});

Deno.test("the history comes in pages with its total", async () => {
  await using hub = await startHub();
  const ids = ["1", "2", "3", "4"].map((text) => hub.commitDirectly("ada/reviews", { "a.txt": bytesOf(text) }));

  const first = await call(hub, "/api/datasets/ada/reviews/commits/main?limit=2");
  assert.equal(first.headers.get("X-Total-Count"), "5");
  assert.deepEqual(first.json<{ id: string }[]>().map((commit) => commit.id), [ids[3], ids[2]]);
  const [, next = ""] = /<(.+)>; rel="next"/.exec(first.headers.get("Link") ?? "") ?? [];
  const second = await call(hub, next.slice(hub.url.length));
  assert.deepEqual(second.json<{ id: string }[]>().map((commit) => commit.id), [ids[1], ids[0]]);
});

Deno.test("a commit on a parent that is no longer the head is refused whole", async () => {
  await using hub = await startHub();
  const first = hub.commitDirectly("ada/reviews", { "a.txt": bytesOf("first") });

  const landed = await sendCommit(hub, { "a.txt": "second" }, { parentCommit: first });
  assert.equal(landed.status, 200);
  assert.equal(landed.json().commitOid, hub.repo("ada/reviews")!.head);
  const refused = await sendCommit(hub, { "a.txt": "third", "b.txt": "third" }, { parentCommit: first });
  assert.equal(refused.status, 412);
  assert.equal(refused.json().error, "A commit has happened since. Please refresh and try again.");
  assert.deepEqual(hub.repo("ada/reviews")!.file("a.txt"), bytesOf("second"));
  assert.equal(hub.repo("ada/reviews")!.file("b.txt"), undefined);
});

Deno.test("a commit with one bad line changes nothing", async () => {
  await using hub = await startHub();
  const head = hub.commitDirectly("ada/reviews", { "a.txt": bytesOf("first") });

  for (const files of [{ "b.txt": "b", "../c": "c" }, { "b.txt": "b", "missing.txt": null }]) {
    assert.ok((await sendCommit(hub, files)).status >= 400);
  }
  const lfs = { key: "lfsFile", value: { path: "c.bin", algo: "sha256", oid: "0".repeat(64), size: 3 } };
  const body = [{ key: "header", value: { summary: "no object" } }, lfs];
  assert.equal((await call(hub, "/api/datasets/ada/reviews/commit/main", { body })).status, 400);
  assert.equal(hub.repo("ada/reviews")!.head, head);
});

Deno.test("resolve answers HEAD and ranges, raw gives the pointer of an LFS file", async () => {
  await using hub = await startHub();
  const commit = hub.commitDirectly("ada/reviews", { "a.txt": bytesOf("0123456789") });
  hub.commitDirectly("ada/reviews", { "big.bin": bytesOf("big") }, { as: "lfs" });
  const resolve = (path: string, headers = {}, method = "GET") =>
    call(hub, `/datasets/ada/reviews/resolve/${commit}/${path}`, { headers, method });

  const head = await resolve("a.txt", {}, "HEAD");
  assert.deepEqual([head.status, head.headers.get("Content-Length")], [200, "10"]);
  assert.equal(head.headers.get("X-Repo-Commit"), commit);
  const part = await resolve("a.txt", { Range: "bytes=2-4" });
  assert.deepEqual([part.status, part.text, part.headers.get("Content-Range")], [206, "234", "bytes 2-4/10"]);
  assert.equal((await resolve("a.txt", { Range: "bytes=-3" })).text, "789");
  assert.equal((await resolve("a.txt", { Range: "bytes=10-" })).status, 416);
  const missing = await resolve("no.txt");
  assert.deepEqual([missing.status, missing.headers.get("X-Error-Code")], [404, "EntryNotFound"]);

  const linked = await call(hub, "/datasets/ada/reviews/resolve/main/big.bin");
  assert.equal(linked.status, 302);
  assert.equal(linked.headers.get("X-Linked-Size"), "3");
  assert.equal(new URL(linked.headers.get("Location")!).hostname, "localhost");
  assert.equal((await call(hub, linked.headers.get("Location")!)).text, "big");
  const raw = await call(hub, "/datasets/ada/reviews/raw/main/big.bin");
  assert.match(raw.text, /^version https:\/\/git-lfs\.github\.com\/spec\/v1\noid sha256:[0-9a-f]{64}\nsize 3\n$/);
});

Deno.test("squashing leaves one new commit and drops what only the old ones held", async () => {
  await using hub = await startHub();
  const first = hub.commitDirectly("ada/reviews", { "old.bin": bytesOf("old") }, { as: "lfs" });
  const link = (await call(hub, "/datasets/ada/reviews/resolve/main/old.bin")).headers.get("Location")!;
  hub.commitDirectly("ada/reviews", { "old.bin": null, "a.txt": bytesOf("kept") });

  const body = { message: "Squash\n\nBecause it was long\nMade-by: Somebody" };
  assert.equal((await call(hub, "/api/datasets/ada/reviews/super-squash/main", { body })).status, 200);
  const { commits } = hub.repo("ada/reviews")!;
  assert.deepEqual(commits.map(({ summary, parent }) => [summary, parent]), [["Squash", null]]);
  assert.equal(commits[0]!.description, "Because it was long\nMade-by: Somebody");
  assert.deepEqual(hub.repo("ada/reviews")!.file("a.txt"), bytesOf("kept"));
  assert.equal((await call(hub, `/api/datasets/ada/reviews/revision/${first}`)).status, 404);
  assert.equal((await call(hub, link)).status, 404);
});

Deno.test("another's force-push moves the head to an unrelated commit", async () => {
  await using hub = await startHub();
  const first = hub.commitDirectly("ada/reviews", { "a.txt": bytesOf("a") });
  const forced = hub.commitDirectly("ada/reviews", { "b.txt": bytesOf("b") }, { unrelated: true });

  assert.deepEqual(hub.repo("ada/reviews")!.commits.map(({ oid, parent }) => [oid, parent]), [[forced, null]]);
  assert.deepEqual(hub.repo("ada/reviews")!.paths(), ["b.txt"]);
  assert.equal((await sendCommit(hub, { "c.txt": "c" }, { parentCommit: first })).status, 412);
});

Deno.test("commits of one moment with the same content have different ids", async () => {
  await using hub = await startHub({ now: () => new Date(0) });
  const ids = [1, 2, 3].map(() => hub.commitDirectly("ada/reviews", { "a.txt": bytesOf("same") }, { unrelated: true }));

  assert.equal(new Set(ids).size, 3);
  assert.equal(hub.repo("ada/reviews")!.commits[0]!.date.getTime(), 0);
});
