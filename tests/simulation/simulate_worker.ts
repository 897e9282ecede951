// What a Worker of `simulateAll()` runs: one simulation for each seed that it is told.
import { simulate } from "./simulate.ts";

addEventListener("message", async ({ data: seed }: MessageEvent<number>) => postMessage(await simulate(seed)));
