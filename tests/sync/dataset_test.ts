// The dataset against a Hub whose client, or whose storage, lets a commit down.
import assert from "node:assert/strict";
import { startHub } from "../hub/hub.ts";
import { startInstance } from "../faults/instance.ts";

for (const uploadMode of ["lfs", "xet"] as const) {
  for (const [request, after] of [[0, false], [1, false], [2, false], [0, true], [1, true], [2, true]] as const) {
    const where = `${uploadMode}, request ${request} to the storage${after ? ", once it has taken effect" : ""}`;
    Deno.test(`a refused upload (${where}) ends the run, and the next one goes on`, async () => {
      await using hub = await startHub({ uploadMode });
      await using here = await startInstance(hub);
      await here.submit("Sent in spite of it");
      hub.faults.add({ match: { host: "storage" }, skip: request, times: 1, status: 500, after });
      await assert.rejects(here.run(), { kind: "unreachable", status: 500 });
      assert.notEqual((await here.run()).commit, null);
    });
  }
}

Deno.test("a token for the storage that is refused once ends the run, and the next one asks again", async () => {
  await using hub = await startHub({ uploadMode: "xet" });
  await using here = await startInstance(hub);
  await here.submit("Sent in spite of it");
  hub.faults.add({ match: { path: /xet-write-token/ }, times: 1, status: 500 });
  await assert.rejects(here.run(), { kind: "unreachable", status: 500 });
  assert.notEqual((await here.run()).commit, null);
});
