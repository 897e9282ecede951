// A Blob over a file, read as the Hub's client reads Blobs.
import assert from "node:assert/strict";
import { FileBlob } from "../../sync/hub/file_blob.ts";
import { temporaryFolder } from "../db/temporary_folder.ts";

Deno.test("FileBlob reads like the Blob of the same bytes: whole, in slices, as a stream and as a request's body", async () => {
  await using folder = await temporaryFolder();
  const path = folder.path("file");
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  const whole = new Uint8Array(600_000);
  for (let at = 0; at < whole.length; at += bytes.length) whole.set(bytes, at);
  await Deno.writeFile(path, whole);
  const [file, blob] = [new FileBlob(path), new Blob([whole])];

  assert.equal(file.size, blob.size);
  assert.deepEqual(await file.bytes(), whole);
  assert.deepEqual(new Uint8Array(await file.arrayBuffer()), whole);
  for (const [start, end] of [[0, 512], [100, 300_001], [599_000, 700_000], [-10, undefined], [50, 20]] as const) {
    const slice = file.slice(start, end);
    assert.deepEqual(await slice.bytes(), await blob.slice(start, end).bytes(), `${start} to ${end}`);
    assert.equal(slice.size, blob.slice(start, end).size);
  }
  assert.deepEqual(await new Response(file.slice(5, 500_000).stream()).bytes(), whole.subarray(5, 500_000));
  assert.deepEqual(await new Response(file.slice(7, 7).stream()).bytes(), new Uint8Array());

  let received: { length: string | null; bytes: Uint8Array } | undefined;
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    received = { length: request.headers.get("Content-Length"), bytes: await request.bytes() };
    return new Response();
  });
  const answer = await fetch(`http://127.0.0.1:${server.addr.port}`, { method: "PUT", body: file.slice(3, 400_000) });
  await answer.body?.cancel();
  assert.deepEqual(received?.bytes, whole.subarray(3, 400_000));
  assert.equal(received?.length, String(400_000 - 3));
});
