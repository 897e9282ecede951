// A Worker for tests that takes the snapshots it is told to take.
import { takeSnapshot } from "../../db/sqlite/snapshot.ts";

self.addEventListener("message", (event) => {
  self.postMessage(takeSnapshot((event as MessageEvent<Parameters<typeof takeSnapshot>[0]>).data));
});
