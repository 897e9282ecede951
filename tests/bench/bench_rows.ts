// Runs the rows of a benchmark one after the other and prints them as a table in Markdown.
import { buildAssets } from "../../routes/build_assets.ts";
import { type Bench, measuredLine, type Row } from "./bench_row.ts";
import { fillDatabase } from "./filled_database.ts";
import { conditions, isThere } from "./machine.ts";
import { startServer } from "./server.ts";

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
  const dataDir = filledFolders(root);
  const leftOut = new Map<string, string[]>(); // rows by the program that they lack
  try {
    console.log(await conditions());
    console.log("\n| Hearback | | beside | | ratio | goal |\n| --- | ---: | --- | ---: | ---: | --- |");
    for (const name of names) {
      const row = rows[name]!;
      const lacking = await firstMissing(row.needs);
      if (lacking === undefined) {
        console.error(`${new Date().toLocaleTimeString()} ${name} …`);
        await using stack = new AsyncDisposableStack();
        console.log(await measuredLine(row, createBench({ root, stack, dataDir })));
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

async function firstMissing(programs: string[] = []): Promise<string | undefined> {
  for (const program of programs) if (!await isThere(program)) return program;
  return undefined;
}

function createBench(
  { root, stack, dataDir }: { root: string; stack: AsyncDisposableStack; dataDir: Bench["dataDir"] },
): Bench {
  const folder = () => Deno.makeTempDir({ dir: root });
  const use: Bench["use"] = async (started) => stack.use(await started);
  return {
    folder,
    dataDir,
    use,
    hearback: async (reviews = 10) => use(startServer({ DATA_DIR: await dataDir(reviews), RATE_LIMIT: "off" })),
    bare: async (program = "bare_server.ts", ...args) =>
      use(startServer({ DATA_DIR: await folder() }, {
        args: ["run", "--allow-net=127.0.0.1", "--allow-read", `tests/bench/${program}`, ...args],
      })),
  };
}

function filledFolders(root: string): Bench["dataDir"] {
  const filled = new Map<number, string>(); // by number of reviews, each made once
  return async (reviews) => {
    const dataDir = await Deno.makeTempDir({ dir: root });
    const source = filled.get(reviews) ?? `${await Deno.makeTempDir({ dir: root })}/reviews.db`;
    if (!filled.has(reviews)) fillDatabase(source, { reviews });
    filled.set(reviews, source);
    await Deno.copyFile(source, `${dataDir}/reviews.db`);
    return dataDir;
  };
}
