// The Hub's client in the backup's Worker works as on a server.
import assert from "node:assert/strict";
import { startHub } from "../hub/hub.ts";

Deno.test("hideWorker() keeps the Hub's client from taking a Worker for a browser, which may not read files", async () => {
  await using hub = await startHub();
  const worker = new Worker(new URL("./hidden_worker.ts", import.meta.url), { type: "module" });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = (event) => reject(new Error(event.message));
  worker.postMessage(hub.url);
  const said = await promise.finally(() => worker.terminate());
  assert.equal(said, "committed");
  assert.notEqual(hub.repo("ada/reviews")?.file("hidden_worker.ts"), undefined);
});
