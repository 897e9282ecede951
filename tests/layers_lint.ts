// The project's lint rule: who may import whom. Type-only imports are free, because they vanish before anything runs.

// A file is in the first layer that its path begins with; a name without a folder stands for the files right in it.
const DB = ["db/*"];
const FILE = [...DB, "db/file/"];
const SQLITE = [...FILE, "db/sqlite/"];
const HUB = ["sync/hub/", "sync/sync_error.ts", "sync/status.ts"];
const JOBS = [...HUB, ...SQLITE, "sync/jobs/"];
const SYNC = [...JOBS, "sync/*"];
const LAYERS: Record<string, readonly string[]> = {
  "db/file/": FILE,
  "db/sqlite/": SQLITE,
  "db/": DB,
  "sync/hub/": [...HUB, ...DB],
  "sync/jobs/": JOBS,
  "sync/commands/": [...SYNC, "sync/commands/"],
  "sync/": SYNC,
  "islands/": ["islands/", "db/review.ts"],
  "routes/": ["routes/", "db/*", "islands/"],
  "config.ts": [],
  "log.ts": [],
  "signals.ts": [],
  "main.ts": ["config.ts", "log.ts", "signals.ts", "routes/", "islands/", "db/", "sync/"],
  "tests/": ["tests/", "main.ts", "config.ts", "log.ts", "signals.ts", "routes/", "islands/", "db/", "sync/"],
};

/** The layer rule as a plugin of `deno lint`. */
const plugin: Deno.lint.Plugin = {
  name: "layers",
  rules: {
    "who-may-import-whom": {
      create(context) {
        const check = (node: Deno.lint.Node, source: string) => {
          const problem = layerProblem(context.filename, source);
          if (problem !== undefined) context.report({ node, message: problem });
        };
        const root = projectRoot();
        return {
          ImportDeclaration(node) {
            if (node.importKind !== "type" && context.filename.startsWith(root)) check(node, node.source.value);
          },
          ExportAllDeclaration: (node) => check(node, node.source.value),
          ExportNamedDeclaration(node) {
            if (node.source !== null && node.exportKind !== "type") check(node, node.source.value);
          },
          ImportExpression(node) {
            if (node.source.type === "Literal") check(node, String(node.source.value));
          },
          "MemberExpression[object.name='Deno']": (node: Deno.lint.MemberExpression) => {
            if (layerOf(context.filename) === "islands/") {
              context.report({ node, message: "islands run in the browser: no Deno there" });
            }
          },
        };
      },
    },
  },
};
export default plugin;

/** Why `file` (absolute path) may not import `source`, or undefined when it may. */
export function layerProblem(file: string, source: string): string | undefined {
  const layer = layerOf(file);
  if (layer === undefined) return undefined;
  if (source.startsWith("node:") && layer === "islands/") return `islands run in the browser: no "${source}" there`;
  if (!source.startsWith(".")) return undefined;
  const target = new URL(source, `file://${file}`).pathname.slice(projectRoot().length);
  const allowed = LAYERS[layer] ?? [];
  if (allowed.some((place) => isIn(target, place))) return undefined;
  return `${layer.replace(/\/$/, "")} may not import "${target}"; it may import ${
    allowed.join(", ") || "nothing of ours"
  }`;
}

function layerOf(file: string): string | undefined {
  const path = file.slice(projectRoot().length);
  return Object.keys(LAYERS).find((start) => path.startsWith(start));
}

// `db/*` are the files right in that folder, `db/` whatever is below it.
function isIn(target: string, place: string): boolean {
  if (!place.endsWith("*")) return target.startsWith(place);
  const folder = place.slice(0, -1);
  return target.startsWith(folder) && !target.slice(folder.length).includes("/");
}

function projectRoot(): string {
  return new URL("../", import.meta.url).pathname;
}
