// The Hub of these tests is no invention of ours: independent clients get along with it.
import assert from "node:assert/strict";
import { commit, createRepo, datasetInfo, downloadFile } from "@huggingface/hub";
import { startHub } from "../hub/hub.ts";
import { wholeFetch } from "../hub/whole_fetch.ts";
import { readFile, REPO, startInstance, TOKEN } from "./instance.ts";

// `tests/conformance/` says more, with the Python client as well.
Deno.test("F34 what Hearback wrote the Hub's own client reads, and what that client wrote Hearback restores", async () => {
  for (const uploadMode of ["regular", "lfs", "multipart", "xet"] as const) {
    await using hub = await startHub({ uploadMode });
    const access = { hubUrl: hub.url, accessToken: TOKEN, fetch: wholeFetch };
    await using here = await startInstance(hub);
    await here.submit("Through two clients");
    await here.run();
    const read = async (path: string) => {
      const blob = await downloadFile({ ...access, repo: { type: "dataset", name: REPO }, path });
      return new Uint8Array(await blob!.arrayBuffer());
    };
    const database = await read("reviews.db");
    assert.equal(readFile(database, "SELECT comments FROM reviews")[0]?.comments, "Through two clients");
    assert.match(new TextDecoder().decode(await read("reviews.csv")), /Through two clients/);

    const copy = { type: "dataset", name: "ada/copy" } as const;
    await createRepo({ ...access, repo: copy, visibility: "private" });
    const { sha } = await datasetInfo({ ...access, name: copy.name, additionalFields: ["sha"] });
    const operations = [{ operation: "addOrUpdate", path: "reviews.db", content: new Blob([database]) }] as const;
    await commit({ ...access, repo: copy, title: "Copy", operations: [...operations], parentCommit: sha });
    await using there = await startInstance(hub, { repo: copy.name });
    await there.run();
    assert.deepEqual(await there.reviews(), await here.reviews());
  }
});
