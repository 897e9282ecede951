// A Worker for tests that merges what it is told to merge.
import { mergeDatabase } from "../../db/sqlite/merge.ts";

self.addEventListener("message", (event) => {
  const options = (event as MessageEvent<Parameters<typeof mergeDatabase>[0]>).data;
  self.postMessage(mergeDatabase({ ...options, onProgress: () => self.postMessage({ progress: true }) }));
});
