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
  await Deno.remove(outDir, { recursive: true }).catch(() => {});
  await Deno.mkdir(outDir, { recursive: true });
  await bundle(["islands/app.tsx", "routes/style.css", ...(dev ? ["islands/dev_reload.ts"] : [])], {
    outDir,
    format: "esm",
  });
  // A plain script, because it has to find its own tag; wrapped, so that it leaves no names in somebody's page.
  await bundle(["islands/embed.ts"], { outDir, format: "iife" });
  await Deno.copyFile(new URL("routes/icon.svg", ROOT), `${outDir}/icon.svg`);
}

async function bundle(
  entries: string[],
  { outDir, format }: { outDir: string; format: "esm" | "iife" },
): Promise<void> {
  const result = await Deno.bundle({
    entrypoints: entries.map((entry) => new URL(entry, ROOT).pathname),
    outputDir: outDir,
    platform: "browser",
    minify: true,
    write: false,
    format,
  });
  if (!result.success) throw new Error(`Bundling failed: ${result.errors.map((error) => error.text).join("; ")}`);
  for (const file of result.outputFiles ?? []) {
    const text = file.text();
    // The bundler leaves such imports in without a word, and the page dies of them.
    if (/["']node:/.test(text)) throw new Error(`"${file.path}" imports from "node:", which no browser has`);
    await Deno.writeTextFile(`${outDir}/${file.path.split("/").at(-1)}`, text);
  }
}

if (import.meta.main) {
  await buildAssets({ outDir: new URL("dist", ROOT).pathname, dev: Deno.args.includes("--dev") });
}
