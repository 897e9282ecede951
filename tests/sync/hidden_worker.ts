// Commits its own file by the Hub's client, from a Worker that is hidden as the backup's is; answers how that went.
import { hideWorker } from "../../sync/hub/hide_worker.ts";

addEventListener("message", async ({ data: hubUrl }: MessageEvent<string>) => {
  hideWorker();
  const { commit, createRepo } = await import("@huggingface/hub");
  const content = new URL(import.meta.url);
  const repo = { type: "dataset", name: "ada/reviews" } as const;
  const access = { hubUrl, repo, accessToken: "hf_local_write" };
  await createRepo({ ...access, visibility: "private" });
  const operations = [{ operation: "addOrUpdate" as const, path: "hidden_worker.ts", content }];
  postMessage(
    await commit({ ...access, operations, title: "A file" }).then(() => "committed", String),
  );
});
