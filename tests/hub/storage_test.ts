// The Hub's own tests: objects in the storage by LFS, in parts and by Xet, in memory and in a folder.
import assert from "node:assert/strict";
import { commit, downloadFile } from "@huggingface/hub";
import { bytesOf, call, noise } from "./call.ts";
import { sha256 } from "./content_ids.ts";
import { type Hub, startHub } from "./hub.ts";
import { wholeFetch } from "./whole_fetch.ts";

interface Batch {
  transfer: string;
  objects: { actions?: { upload: { href: string; header?: Record<string, string> } } }[];
}

function batch(hub: Hub, bytes: Uint8Array, transfers = ["basic", "multipart", "xet"]) {
  const objects = [{ oid: sha256(bytes), size: bytes.length }];
  return call(hub, "/datasets/ada/reviews.git/info/lfs/objects/batch", {
    body: { operation: "upload", transfers, hash_algo: "sha_256", objects },
  }).then((answer) => answer.json<Batch>());
}

async function xetHub(options: { folder?: string; port?: number } = {}) {
  const hub = await startHub({ uploadMode: "xet", ...options });
  if (hub.repo("ada/reviews") === undefined) hub.commitDirectly("ada/reviews", {});
  const repo = { type: "dataset", name: "ada/reviews" } as const;
  const access = { repo, hubUrl: hub.url, accessToken: "hf_local_write", fetch: wholeFetch };
  return {
    hub,
    upload: (bytes: Uint8Array<ArrayBuffer>) =>
      commit({
        ...access,
        title: "Upload",
        operations: [{ operation: "addOrUpdate", path: "a.bin", content: new Blob([bytes]) }],
      }),
    append: async (bytes: Uint8Array<ArrayBuffer>) => {
      // Downloads in parallel would leave the client's timer running: an edit reads its first chunk and then lets go.
      const originalContent = (await downloadFile({ ...access, path: "a.bin", parallelDownloads: false }))!;
      const { size } = originalContent;
      const edits = [{ start: size, end: size, content: new Blob([bytes]) }];
      return await commit({
        ...access,
        title: "Append",
        operations: [{ operation: "edit", path: "a.bin", originalContent, edits }],
      });
    },
    download: async () => new Uint8Array(await (await downloadFile({ ...access, path: "a.bin" }))!.arrayBuffer()),
    sent: () => {
      const toStorage = hub.requests.filter(({ host }) => host === "storage");
      return toStorage.reduce((sum, { bytesIn }) => sum + bytesIn, 0);
    },
  };
}

Deno.test("an object is uploaded by a signed link without a token, and once only", async () => {
  await using hub = await startHub({ uploadMode: "lfs" });
  hub.commitDirectly("ada/reviews", {});
  const bytes = bytesOf("content");
  const { transfer, objects: [object] } = await batch(hub, bytes);
  const { href } = object!.actions!.upload;

  assert.equal(transfer, "basic");
  assert.equal((await call(hub, href, { method: "PUT", body: bytesOf("other") })).status, 400);
  const headers = { Authorization: "Bearer hf_local_write" };
  assert.equal((await call(hub, href, { method: "PUT", body: bytes, headers })).status, 400);
  assert.equal((await call(hub, href.replace(/=\w/, "=_"), { method: "PUT", body: bytes })).status, 403);
  assert.equal((await call(hub, href, { method: "PUT", body: bytes })).status, 200);
  assert.equal((await batch(hub, bytes)).objects[0]!.actions, undefined);
});

Deno.test("an object is put together from its parts", async () => {
  await using hub = await startHub({ uploadMode: "multipart" });
  hub.commitDirectly("ada/reviews", {});
  const bytes = noise(6_000_000);
  const { href, header = {} } = (await batch(hub, bytes)).objects[0]!.actions!.upload;
  const size = Number(header.chunk_size);

  const parts = [];
  for (const [index, key] of ["00001", "00002"].entries()) {
    const body = bytes.slice(index * size, (index + 1) * size);
    const stored = await call(hub, header[key]!, { method: "PUT", body });
    parts.push({ partNumber: index + 1, etag: stored.headers.get("ETag")! });
  }
  const wrong = parts.map((part) => ({ ...part, etag: "wrong" }));
  assert.equal((await call(hub, href, { body: { oid: sha256(bytes), parts: wrong } })).status, 400);
  assert.equal((await call(hub, href, { body: { oid: sha256(bytes), parts } })).status, 200);
  assert.equal((await batch(hub, bytes)).objects[0]!.actions, undefined);
});

Deno.test("a damaged object still counts as stored", async () => {
  await using hub = await startHub({ uploadMode: "lfs" });
  const bytes = bytesOf("content");
  hub.commitDirectly("ada/reviews", { "a.bin": bytes });
  hub.truncateObject("ada/reviews", "a.bin", { size: 3 });

  assert.equal((await batch(hub, bytes)).objects[0]!.actions, undefined);
  const file = { path: "b.bin", algo: "sha256", oid: sha256(bytes), size: bytes.length };
  const body = [{ key: "header", value: { summary: "Again" } }, { key: "lfsFile", value: file }];
  assert.equal((await call(hub, "/api/datasets/ada/reviews/commit/main", { body })).status, 200);
});

Deno.test("a client that does not offer Xet is given plain LFS", async () => {
  await using hub = await startHub();
  hub.commitDirectly("ada/reviews", {});

  assert.equal((await batch(hub, bytesOf("a"))).transfer, "xet");
  assert.equal((await batch(hub, bytesOf("a"), ["basic", "multipart"])).transfer, "basic");
});

Deno.test("the mode of an upload follows size and kind of the content", async () => {
  await using hub = await startHub();
  hub.commitDirectly("ada/reviews", {});
  const [text, binary] = [btoa("text"), btoa("bin\0")];
  const files = [
    { path: "empty.bin", size: 0, sample: "" },
    { path: "small.db", size: 1_000_000, sample: binary },
    { path: "large.db", size: 1_000_001, sample: binary },
    { path: "small.csv", size: 10 * 1024 * 1024, sample: text },
    { path: "large.csv", size: 10 * 1024 * 1024 + 1, sample: text },
  ];

  const answer = await call(hub, "/api/datasets/ada/reviews/preupload/main", { body: { files } });
  assert.deepEqual(
    answer.json<{ files: { uploadMode: string }[] }>().files.map((file) => file.uploadMode),
    ["regular", "regular", "lfs", "regular", "lfs"],
  );
});

Deno.test("an empty file is part of the commit even where another mode is forced", async () => {
  await using hub = await startHub({ uploadMode: "xet" });
  hub.commitDirectly("ada/reviews", {});
  const files = [{ path: "empty.bin", size: 0, sample: "" }, { path: "a.txt", size: 1, sample: btoa("a") }];

  const answer = await call(hub, "/api/datasets/ada/reviews/preupload/main", { body: { files } });
  assert.deepEqual(
    answer.json<{ files: { uploadMode: string }[] }>().files.map((file) => file.uploadMode),
    ["regular", "lfs"],
  );
});

Deno.test("the Xet storage wants its own token, and one for writing to write", async () => {
  const { hub } = await xetHub();
  await using _ = hub;
  const token = async (kind: string) => {
    const answer = await call(hub, `/api/datasets/ada/reviews/xet-${kind}-token/main`, { token: "hf_local_read" });
    return { status: answer.status, headers: { Authorization: `Bearer ${answer.headers.get("X-Xet-Access-Token")}` } };
  };
  const read = await token("read");

  assert.equal((await token("write")).status, 403);
  const url = `${hub.storageUrl}/v1/xorbs/default/${"0".repeat(64)}`;
  assert.equal((await call(hub, url, { body: bytesOf("x") })).status, 401);
  assert.equal((await call(hub, url, { body: bytesOf("x"), headers: read.headers })).status, 403);
  const forged = { Authorization: read.headers.Authorization.replace("xet_read", "xet_write") };
  assert.equal((await call(hub, url, { body: bytesOf("x"), headers: forged })).status, 401);
});

Deno.test("reconstructions of both versions put a range of a file together, and 416 is past its end", async () => {
  const { hub, upload } = await xetHub();
  await using _ = hub;
  const bytes = noise(400_000);
  await upload(bytes);
  const resolved = await call(hub, "/datasets/ada/reviews/resolve/main/a.bin", { method: "HEAD" });
  const hash = resolved.headers.get("X-Xet-Hash")!;
  assert.match(
    resolved.headers.get("Link")!,
    new RegExp(`/v1/reconstructions/${hash}>; rel="xet-reconstruction-info"`),
  );
  const tokens = await call(hub, "/api/datasets/ada/reviews/xet-read-token/main");
  const headers = { Authorization: `Bearer ${tokens.json().accessToken}` };
  const ask = (version: string, Range: string) =>
    call(hub, `${hub.storageUrl}/${version}/reconstructions/${hash}`, { headers: { ...headers, Range } });

  const first = (await ask("v1", "bytes=300000-300009")).json<ReconstructionV1>();
  const second = (await ask("v2", "bytes=300000-300009")).json<ReconstructionV2>();
  assert.equal(first.terms.length, 1);
  assert.deepEqual(second.terms, first.terms);
  const [info] = first.fetch_info[first.terms[0]!.hash]!;
  const [entry] = second.xorbs[first.terms[0]!.hash]!;
  assert.equal(entry!.url, info!.url);
  assert.deepEqual(entry!.ranges, [{ chunks: info!.range, bytes: info!.url_range }]);

  const { start, end } = info!.url_range;
  const chunk = await call(hub, info!.url, { headers: { Range: `bytes=${start}-${end}` } });
  // Noise does not compress, so behind the 8 bytes of its header the chunk is as it was.
  const at = 8 + first.offset_into_first_range;
  assert.deepEqual(chunk.bytes.slice(at, at + 10), bytes.slice(300_000, 300_010));
  assert.equal((await call(hub, info!.url, { headers: { Range: `bytes=0-${end}` } })).status, 403);
  assert.equal((await ask("v2", "bytes=400000-")).status, 416);
});

Deno.test("appending to a Xet file sends little more than what is new", async () => {
  const { hub, upload, append, download, sent } = await xetHub();
  await using _ = hub;
  const bytes = noise(3_000_000);
  await upload(bytes);
  assert.ok(sent() > 3_000_000);

  hub.requests.length = 0;
  await append(bytesOf("more"));
  assert.ok(sent() < 300_000, `sent ${sent()} bytes`);
  assert.ok(hub.requests.some(({ path, status }) => path.startsWith("/v2/file-chunk-hashes/") && status === 200));
  assert.equal(sha256(await download()), sha256(await new Blob([bytes, "more"]).bytes()));
});

Deno.test("a file whose first chunk is known is uploaded without the chunks that are stored", async () => {
  const { hub, upload, download, sent } = await xetHub();
  await using _ = hub;
  const bytes = noise(3_000_000);
  await upload(bytes);

  hub.requests.length = 0;
  const changed = bytes.with(1_500_000, bytes[1_500_000]! ^ 1);
  await upload(changed);
  assert.ok(sent() < 300_000, `sent ${sent()} bytes`);
  assert.equal(sha256(await download()), sha256(changed));
});

Deno.test("a Xet file is damaged for every way to read it", async () => {
  const { hub, upload, download } = await xetHub();
  await using _ = hub;
  const bytes = noise(300_000);
  await upload(bytes);
  hub.damageObject("ada/reviews", "a.bin");

  const damaged = bytes.with(150_000, bytes[150_000]! ^ 1);
  assert.equal(sha256(await download()), sha256(damaged));
  assert.equal(sha256(hub.repo("ada/reviews")!.file("a.bin")!), sha256(damaged));
  const { headers } = await call(hub, "/datasets/ada/reviews/resolve/main/a.bin");
  assert.equal(sha256((await call(hub, headers.get("Location")!)).bytes), sha256(damaged));
});

Deno.test("squashing frees the Xet storage of what only old commits held", async () => {
  const { hub, upload, download } = await xetHub();
  await using _ = hub;
  const link = async () => (await call(hub, "/datasets/ada/reviews/resolve/main/a.bin")).headers.get("Location")!;
  await upload(noise(200_000, 1));
  const old = await link();
  const kept = noise(200_000, 2);
  await upload(kept);

  assert.equal((await call(hub, old)).status, 200);
  await call(hub, "/api/datasets/ada/reviews/super-squash/main", { body: {} });
  assert.equal((await call(hub, old)).status, 404);
  assert.equal(sha256(await download()), sha256(kept));
  // The chunks are forgotten as well: the old file has to be sent anew and comes back whole.
  await upload(noise(200_000, 1));
  assert.equal(sha256(await download()), sha256(noise(200_000, 1)));
});

Deno.test("a shard about a xorb that never arrived is refused", async () => {
  const { hub, upload } = await xetHub();
  await using _ = hub;
  const { head } = hub.repo("ada/reviews")!;
  // The client believes that its xorb has arrived.
  hub.faults.add({ match: { path: /\/v1\/xorbs\// }, status: 200, body: { was_inserted: true } });

  await assert.rejects(upload(noise(200_000)), { statusCode: 400 });
  assert.equal(hub.repo("ada/reviews")!.head, head);
});

Deno.test("a Hub on a folder goes on where it was closed", async () => {
  const folder = await Deno.makeTempDir();
  const bytes = noise(300_000);
  {
    const { hub, upload } = await xetHub({ folder });
    await upload(bytes);
    hub.commitDirectly("ada/reviews", { "a.txt": bytesOf("text"), "b.bin": bytesOf("object") });
    await hub.close();
  }
  const { hub, append, download } = await xetHub({ folder });
  await using _ = hub;
  assert.equal(hub.repo("ada/reviews")!.commits.length, 4);
  assert.deepEqual(hub.repo("ada/reviews")!.file("a.txt"), bytesOf("text"));
  assert.deepEqual(hub.repo("ada/reviews")!.file("b.bin"), bytesOf("object"));
  await append(bytesOf("more"));
  assert.equal((await download()).length, bytes.length + 4);
  await Deno.remove(folder, { recursive: true });
});

interface ReconstructionV1 {
  offset_into_first_range: number;
  terms: { hash: string }[];
  fetch_info: Record<string, { range: object; url: string; url_range: { start: number; end: number } }[]>;
}

interface ReconstructionV2 {
  terms: { hash: string }[];
  xorbs: Record<string, { url: string; ranges: object[] }[]>;
}
