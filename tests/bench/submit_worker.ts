// Submits reviews one after the other from a thread of its own, so that nothing but Hearback can make one of them slow. Told an address
// it begins, told anything else it ends and answers with what each took, in milliseconds.
import { madeUpReview, seeded } from "./filled_database.ts";

const PAUSE_MS = 20;
let url: string | undefined;
addEventListener("message", ({ data }: MessageEvent<string>) => {
  if (url === undefined) void submit(url = data);
  else url = "";
});

async function submit(address: string): Promise<void> {
  const random = seeded(11);
  const times: number[] = [];
  while (url === address) {
    const began = performance.now();
    const body = JSON.stringify(madeUpReview(random));
    const answer = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body });
    await answer.body?.cancel();
    if (answer.status !== 201) throw new Error(`A submit was answered with ${answer.status}`);
    times.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  postMessage(times);
}
