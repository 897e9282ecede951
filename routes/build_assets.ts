// Bundles the islands and the stylesheet for the browser; run by `deno task build`, and never while serving.

const ROOT = new URL("../", import.meta.url);

/** Where the built files go, and for whom. */
export interface BuildOptions {
  outDir: string;
  /** Also builds the script that reloads the page when the server starts anew. */
  dev?: boolean;
}

/** Writes the minified files into `outDir`, emptied first; fails when something of the server slipped into them. */
export async function buildAssets({ outDir, dev = false }: BuildOptions): Promise<void> {
  const entries = ["islands/app.tsx", "routes/style.css", ...(dev ? ["islands/dev_reload.ts"] : [])];
  const bundle = await Deno.bundle({
    entrypoints: entries.map((entry) => new URL(entry, ROOT).pathname),
    outputDir: outDir,
    platform: "browser",
    minify: true,
    write: false,
  });
  if (!bundle.success) throw new Error(`Bundling failed: ${bundle.errors.map((error) => error.text).join("; ")}`);
  await Deno.remove(outDir, { recursive: true }).catch(() => {});
  await Deno.mkdir(outDir, { recursive: true });
  for (const file of bundle.outputFiles ?? []) {
    const text = file.text();
    // The bundler leaves such imports in without a word, and the page dies of them.
    if (/["']node:/.test(text)) throw new Error(`"${file.path}" imports from "node:", which no browser has`);
    await Deno.writeTextFile(`${outDir}/${file.path.split("/").at(-1)}`, text);
  }
  await Deno.copyFile(new URL("routes/icon.svg", ROOT), `${outDir}/icon.svg`);
}

if (import.meta.main) {
  await buildAssets({ outDir: new URL("dist", ROOT).pathname, dev: Deno.args.includes("--dev") });
}
