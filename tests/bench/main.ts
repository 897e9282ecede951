// `deno task bench [ROW …]`: Hearback's speed as ratios of what the machine can do; prints a table in Markdown.
import { buildAssets } from "../../routes/build_assets.ts";
import { type Bench, line, type Row } from "./bench_row.ts";
import { fillDatabase } from "./filled_database.ts";
import { conditions, isThere } from "./machine.ts";
import { list, million, page, submit, submitAlone } from "./request_rows.ts";

const ROWS: Record<string, Row> = { submit, "submit-alone": submitAlone, page, list, million };

const names = Deno.args.length > 0 ? Deno.args : Object.keys(ROWS);
const unknown = names.filter((name) => !(name in ROWS));
if (unknown.length > 0) {
  console.error(`There is no row "${unknown.join(", ")}"; there are ${Object.keys(ROWS).join(", ")}`);
  Deno.exit(2);
}
await buildAssets({ outDir: new URL("../../dist", import.meta.url).pathname });
const root = await Deno.makeTempDir({ prefix: "hearback_bench_" });
const bench = createBench(root);
const missing = new Set<string>();
try {
  console.log(`${await conditions()}

| Hearback | | beside | | ratio | goal |
| --- | ---: | --- | ---: | ---: | --- |`);
  for (const name of names) {
    const row = ROWS[name]!;
    const lacking = [];
    for (const program of row.needs) if (!await isThere(program)) lacking.push(program);
    for (const program of lacking) missing.add(program);
    if (lacking.length > 0) continue;
    console.error(`${new Date().toLocaleTimeString()} ${name} …`);
    console.log(line(row, await row.measure(bench)));
  }
  console.log(`
Medians of several rounds, in which both are measured in turn; the ratio is the median of the rounds' ratios. wrk runs
with one thread. Hearback runs as a process with the permissions of \`deno task start\`, its log goes to a file, and its
rate limit is off, because all requests come from one address. Databases are on disk, the Hub of the tests is on the
same machine; rows that do not speak of the backup run without.`);
  for (const program of missing) {
    console.log(`\nRows that need ${program} were left out: there is none here (apt-get install ${program}).`);
  }
} finally {
  await Deno.remove(root, { recursive: true });
}

function createBench(root: string): Bench {
  const filled = new Map<number, string>(); // by number of reviews, each made once
  const folder = () => Deno.makeTempDir({ dir: root });
  return {
    folder,
    async dataDir(reviews) {
      let source = filled.get(reviews);
      if (source === undefined) {
        source = `${await folder()}/reviews.db`;
        fillDatabase(source, { reviews });
        filled.set(reviews, source);
      }
      const dataDir = await folder();
      await Deno.copyFile(source, `${dataDir}/reviews.db`);
      return dataDir;
    },
  };
}
