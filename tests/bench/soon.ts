// `deno task bench:soon [MINUTES]`: how old a review gets before it is in the dataset, and how many commits that takes.
import { startHub } from "../hub/hub.ts";
import { startHearback } from "../process.ts";

const REPO = "ada/reviews";
const minutes = Number(Deno.args[0] ?? 5);
// Milliseconds between two reviews. Of one an hour only one is sent: nothing is under way when it comes, whichever it is.
const RATES = { "one an hour": Infinity, "one a minute": 60_000, "ten a second": 100 };

console.log(
  `Reviews sent for ${minutes} minutes, the Hub on the same machine; age is the time from the answer to the commit

| reviews | BACKUP_SOON | sent | median age | greatest age | commits |
| --- | --- | ---: | ---: | ---: | ---: |`,
);
const lines = Object.entries(RATES).flatMap(([name, every]) =>
  ["5", "off"].map(async (soon) => `| ${name} | ${soon} | ${await measure(every, soon)} |`)
);
for (const line of await Promise.all(lines)) console.log(line);

async function measure(every: number, soon: string): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "hearback_soon_" });
  await using hub = await startHub();
  await using hearback = await startHearback({
    DATA_DIR: folder,
    HF_ENDPOINT: hub.url,
    HF_TOKEN: "hf_local_write",
    DATASET_REPO: REPO,
    BACKUP_SOON: soon,
    RATE_LIMIT: "off",
  });
  const waiting = new Map<string, number>();
  const ages: number[] = [];
  const end = performance.now() + minutes * 60_000;
  let sent = 0;
  let seen = "";
  for (let next = performance.now() + Math.min(every, 7000); performance.now() < end || waiting.size > 0;) {
    if (performance.now() >= next && performance.now() < end) {
      next += every;
      waiting.set(await submit(hearback.url), performance.now());
      sent++;
    }
    const repo = hub.repo(REPO);
    if (repo !== undefined && repo.head !== seen) {
      const csv = new TextDecoder().decode(repo.file("reviews.csv", seen = repo.head));
      for (const [uid, at] of waiting) {
        if (csv.includes(uid) && waiting.delete(uid)) ages.push(performance.now() - at);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const commits = hub.repo(REPO)!.commits.length - 1; // the first is the Hub's own
  await hearback.stop();
  await Deno.remove(folder, { recursive: true });
  ages.sort((a, b) => a - b);
  const seconds = (ms = NaN) => `${(ms / 1000).toFixed(1)} s`;
  return `${sent} | ${seconds(ages[ages.length >> 1])} | ${seconds(ages.at(-1))} | ${commits}`;
}

async function submit(url: string): Promise<string> {
  const response = await fetch(`${url}api/reviews`, {
    method: "POST",
    body: JSON.stringify({ rating: 5, comments: "How old do I get?" }),
    headers: { "Content-Type": "application/json" },
  });
  return (await response.json()).uid;
}
