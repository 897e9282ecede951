// Runs the rows of a benchmark one after the other and prints them as a table in Markdown.
import { buildAssets } from "../../routes/build_assets.ts";
import { type Bench, line, type Row } from "./bench_row.ts";
import { fillDatabase } from "./filled_database.ts";
import { conditions, isThere } from "./machine.ts";

/** Prints the rows that the command line names, or all, with `notes` below the table; an unknown name ends the program. */
export async function runRows(rows: Record<string, Row>, notes: string): Promise<void> {
  const names = Deno.args.length > 0 ? Deno.args : Object.keys(rows);
  const unknown = names.filter((name) => !(name in rows));
  if (unknown.length > 0) {
    console.error(`There is no row "${unknown.join(", ")}"; there are ${Object.keys(rows).join(", ")}`);
    Deno.exit(2);
  }
  await buildAssets({ outDir: new URL("../../dist", import.meta.url).pathname });
  const root = await Deno.makeTempDir({ prefix: "hearback_bench_" });
  const bench = createBench(root);
  const leftOut = new Map<string, string[]>(); // rows by the program that they lack
  try {
    console.log(await conditions());
    console.log("\n| Hearback | | beside | | ratio | goal |\n| --- | ---: | --- | ---: | ---: | --- |");
    for (const name of names) {
      const row = rows[name]!;
      const lacking = await firstMissing(row.needs);
      if (lacking === undefined) {
        console.error(`${new Date().toLocaleTimeString()} ${name} …`);
        console.log(line(row, await row.measure(bench)));
      } else leftOut.set(lacking, [...leftOut.get(lacking) ?? [], name]);
    }
    console.log(
      `\nMedians of several rounds, in which both are measured in turn; the ratio is the median of the rounds' ratios.
Memory and first visits are measured once.
${notes}`,
    );
    for (const [program, names] of leftOut) {
      console.log(`\nLeft out: ${names.join(", ")}. There is no ${program} here (apt-get install ${program}).`);
    }
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function firstMissing(programs: string[]): Promise<string | undefined> {
  for (const program of programs) if (!await isThere(program)) return program;
  return undefined;
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
