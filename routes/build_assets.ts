// Bundles the islands and the stylesheet for the browser; run by `deno task build`, and never while serving.

const ROOT = new URL("../", import.meta.url);

/** Where the built files go, and for whom. */
export interface BuildOptions {
  outDir: string;
  /** Also builds the script that reloads the page when the server starts anew. */
  dev?: boolean;
}

/** Makes `outDir` hold the minified files and nothing else; fails when something of the server slipped into them. */
export async function buildAssets({ outDir, dev = false }: BuildOptions): Promise<void> {
  const files = new Map([
    ...await bundle([
      "islands/app.tsx",
      "islands/try_it.ts",
      "routes/style.css",
      "routes/docs.css",
      "routes/admin.css",
      ...(dev ? ["islands/dev_reload.ts"] : []),
    ], "esm"),
    // A plain script, because it has to find its own tag; wrapped, so that it leaves no names in somebody's page.
    ...await bundle(["islands/embed.ts"], "iife"),
    ["icon.svg", await Deno.readTextFile(new URL("routes/icon.svg", ROOT))],
  ]);
  await Deno.mkdir(outDir, { recursive: true });
  for await (const { name } of Deno.readDir(outDir)) if (!files.has(name)) await Deno.remove(`${outDir}/${name}`);
  for (const [name, text] of files) {
    // What has not changed stays untouched: `deno task dev` starts anew on every write.
    const old = await Deno.readTextFile(`${outDir}/${name}`).catch(() => undefined);
    if (old !== text) await Deno.writeTextFile(`${outDir}/${name}`, text);
  }
}

async function bundle(entries: string[], format: "esm" | "iife"): Promise<[name: string, text: string][]> {
  const result = await Deno.bundle({
    entrypoints: entries.map((entry) => new URL(entry, ROOT).pathname),
    outputDir: "dist",
    platform: "browser",
    minify: true,
    write: false,
    format,
  });
  if (!result.success) throw new Error(`Bundling failed: ${result.errors.map((error) => error.text).join("; ")}`);
  return (result.outputFiles ?? []).map((file) => {
    const name = file.path.split("/").at(-1) ?? "";
    // The bundler leaves such imports in without a word, and the page dies of them.
    if (/["']node:/.test(file.text())) throw new Error(`"${name}" imports from "node:", which no browser has`);
    return [name, file.text()];
  });
}

if (import.meta.main) {
  await buildAssets({ outDir: new URL("dist", ROOT).pathname, dev: Deno.args.includes("--dev") });
}
