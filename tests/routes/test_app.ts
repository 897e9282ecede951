// Builds the application on a real database in a folder of its own, with a clock that stands still until it is moved.
import { openSqliteStore } from "../../db/sqlite/sqlite_store.ts";
import type { ReviewStore } from "../../db/store.ts";
import { type App, type AppDeps, createApp, type PageSettings } from "../../routes/app.tsx";
import { type Assets, loadAssets } from "../../routes/assets.ts";
import { buildAssets } from "../../routes/build_assets.ts";
import { StatedBackup } from "./stated_backup.ts";

export const SETTINGS: PageSettings = {
  title: "Hearback",
  question: "How was it?",
  intro: "Tell us what you think.",
  low: "poor",
  high: "great",
  require: ["rating"],
  publicNames: true,
  adminToken: "swordfish",
  oauth: undefined,
  rateLimit: null,
  trustProxy: false,
  frameAncestors: "'self'",
};

/** The application under test and what stands behind it. */
export interface TestApp extends AsyncDisposable {
  app: App;
  store: ReviewStore;
  backup: StatedBackup;
  logged: Record<string, unknown>[];
  /** The time that the application sees; change it to move the clock. */
  clock: { now: Date };
  /** Asks the application as `fetch` would; `path` starts with a slash. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** Sends the form without scripts. */
  submit(fields: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
}

/** What to change about the application under test. */
export interface TestAppOptions {
  settings?: Partial<PageSettings>;
  deps?: (deps: AppDeps) => Partial<AppDeps>;
}

/** Starts the application; dispose of it at the end of the test. */
export async function testApp({ settings, deps: change }: TestAppOptions = {}): Promise<TestApp> {
  assets ??= builtAssets();
  const dir = await Deno.makeTempDir({ prefix: "hearback_routes_" });
  const clock = { now: new Date("2026-11-22T12:00:00Z") };
  const store = await openSqliteStore({ path: `${dir}/reviews.db`, now: () => clock.now });
  const backup = new StatedBackup();
  const logged: Record<string, unknown>[] = [];
  const deps: AppDeps = {
    store,
    backup,
    settings: { ...SETTINGS, ...settings },
    assets: await assets,
    now: () => clock.now,
    newUid: () => crypto.randomUUID(),
    log: (entry) => logged.push(entry),
  };
  const app = createApp({ ...deps, ...change?.(deps) });
  const ask = async (path: string, init?: RequestInit) =>
    await app.fetch(new Request(new URL(path, "http://localhost"), init));
  return {
    app,
    store,
    backup,
    logged,
    clock,
    ask,
    submit: (fields, headers = {}) => ask("/reviews", { method: "POST", body: new URLSearchParams(fields), headers }),
    async [Symbol.asyncDispose]() {
      await app.close();
      await store.close();
      await Deno.remove(dir, { recursive: true });
    },
  };
}

let assets: Promise<Assets> | undefined; // the same for all tests of a file, because bundling takes longer than most of them

async function builtAssets(): Promise<Assets> {
  const dir = await Deno.makeTempDir({ prefix: "hearback_dist_" });
  await buildAssets({ outDir: dir });
  const assets = await loadAssets(dir);
  await Deno.remove(dir, { recursive: true });
  return assets;
}

/** The body of a JSON request. */
export function json(value: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: "POST",
    body: typeof value === "string" ? value : JSON.stringify(value),
    headers: { "Content-Type": "application/json", ...headers },
  };
}
