// `deno task bench:page`: whether the page is as fast with a million reviews in the database as with ten.
import { type RunningHearback, startHearback } from "../process.ts";
import { fillDatabase } from "./filled_database.ts";

const SIZES = [10, 1_000_000] as const;
const ROUNDS = 7;
const PAGES = 2000; // per round and size
const AT_ONCE = 8;

const folder = await Deno.makeTempDir({ prefix: "hearback_page_" });
const sites: RunningHearback[] = [];
for (const reviews of SIZES) {
  await Deno.mkdir(`${folder}/${reviews}`);
  fillDatabase(`${folder}/${reviews}/reviews.db`, { reviews });
  sites.push(await startHearback({ DATA_DIR: `${folder}/${reviews}`, BACKUP_SOON: "off" }));
}
const seconds: number[][] = SIZES.map(() => []);
// In turn, so that a machine that is busy for a while slows both.
for (let round = 0; round <= ROUNDS; round++) {
  for (const [index, site] of sites.entries()) {
    const time = await load(site.url);
    if (round > 0) seconds[index]!.push(time); // the first round warms up
  }
}
const [few = NaN, many = NaN] = seconds.map(median);
const ratio = median(seconds[1]!.map((time, round) => time / seconds[0]![round]!));
console.log(`Median of ${ROUNDS} rounds of ${PAGES} pages, ${AT_ONCE} at once

| reviews | pages a second |
| ---: | ---: |
| ${SIZES[0]} | ${Math.round(PAGES / few)} |
| ${SIZES[1]} | ${Math.round(PAGES / many)} |

A page takes ${ratio.toFixed(2)} times as long with ${SIZES[1]} reviews as with ${SIZES[0]}.`);
for (const site of sites) await site.stop();
await Deno.remove(folder, { recursive: true });

/** Seconds that it takes to load the page {@linkcode PAGES} times. */
async function load(url: string): Promise<number> {
  const begin = performance.now();
  let left = PAGES;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) {
      const response = await fetch(url);
      if ((await response.arrayBuffer()).byteLength === 0) throw new Error("the page is empty");
    }
  }));
  return (performance.now() - begin) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}
