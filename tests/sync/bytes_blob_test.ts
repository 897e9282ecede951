// A Blob over bytes in memory, read as fetch reads Blobs.
import assert from "node:assert/strict";
import { BytesBlob } from "../../sync/hub/bytes_blob.ts";
import { noise } from "../hub/call.ts";

Deno.test("BytesBlob reads like the Blob of the same bytes: whole, in slices, and as a request's body with its length", async () => {
  const bytes = noise(600_000);
  const view = bytes.subarray(1000, 600_000);
  const [ours, blob] = [new BytesBlob(view), new Blob([view])];
  assert.equal(ours.size, blob.size);
  assert.deepEqual(await ours.bytes(), await blob.bytes());
  assert.deepEqual(await ours.arrayBuffer(), await blob.arrayBuffer());
  assert.equal(await ours.text(), await blob.text());
  for (const [start, end] of [[0, 512], [100, 300_001], [598_000, 700_000], [-10, undefined], [50, 20]] as const) {
    assert.deepEqual(await ours.slice(start, end).bytes(), await blob.slice(start, end).bytes(), `${start} to ${end}`);
  }
  assert.deepEqual(await new Response(new BytesBlob(new Uint8Array()).stream()).bytes(), new Uint8Array());

  let received: { length: string | null; bytes: Uint8Array } | undefined;
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    received = { length: request.headers.get("Content-Length"), bytes: await request.bytes() };
    return new Response();
  });
  const answer = await fetch(`http://127.0.0.1:${server.addr.port}`, { method: "POST", body: ours });
  await answer.body?.cancel();
  assert.deepEqual(received?.bytes, view);
  assert.equal(received?.length, String(view.length));
});
