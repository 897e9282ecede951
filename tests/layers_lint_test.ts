// The project's lint rule: it must find what it is there for, and leave the rest alone.
import assert from "node:assert/strict";
import plugin from "./layers_lint.ts";

const ROOT = new URL("../", import.meta.url).pathname;

const refused: [file: string, source: string][] = [
  ["db/sqlite_store.ts", `import { startBackup } from "../sync/backup.ts";`],
  ["db/sqlite_store.ts", `export * from "../sync/backup.ts";`],
  ["db/sqlite_store.ts", `export { createApp } from "../routes/app.tsx";`],
  ["db/store.ts", `import { openDatabase } from "./file/open_database.ts";`],
  ["db/file/open_database.ts", `import { readLedger } from "../sqlite/ledger.ts";`],
  ["sync/hub/dataset.ts", `import { readLedger } from "../../db/sqlite/ledger.ts";`],
  ["sync/hub/dataset.ts", `import { drill } from "../jobs/drill.ts";`],
  ["sync/jobs/drill.ts", `import { startBackup } from "../backup.ts";`],
  ["sync/backup.ts", `import { doctor } from "./commands/doctor.ts";`],
  ["routes/app.tsx", `import { openDatabase } from "../db/file/open_database.ts";`],
  ["sync/backup.ts", `import { createApp } from "../routes/app.tsx";`],
  ["sync/backup.ts", `await import("../config.ts");`],
  ["routes/app.tsx", `import { startBackup } from "../sync/backup.ts";`],
  ["routes/app.tsx", `import { readConfig } from "../config.ts";`],
  ["islands/review_form.tsx", `import { openSqliteStore } from "../db/sqlite/sqlite_store.ts";`],
  ["islands/review_form.tsx", `import { readFile } from "node:fs";`],
  ["islands/review_form.tsx", `Deno.exit();`],
  ["config.ts", `import { LIMITS } from "./db/review.ts";`],
  ["main.ts", `import { startHearback } from "./tests/process.ts";`],
];

const allowed: [file: string, source: string][] = [
  ["sync/backup.ts", `import { openDatabase } from "../db/file/open_database.ts";`],
  ["routes/app.tsx", `import { ReviewForm } from "../islands/review_form.tsx";`],
  ["routes/app.tsx", `import type { Backup } from "../sync/status.ts";`],
  ["routes/app.tsx", `export type { Backup } from "../sync/status.ts";`],
  ["routes/app.tsx", `import { Hono } from "@hono/hono";`],
  ["db/sqlite_store.ts", `import { DatabaseSync } from "node:sqlite"; Deno.cwd();`],
  ["islands/review_form.tsx", `import { parseReview } from "../db/review.ts";`],
  ["config.ts", `import type { PageSettings } from "./routes/deps.ts";`],
  ["main.ts", `import { readConfig } from "./config.ts"; import { startBackup } from "./sync/backup.ts";`],
  ["tests/main_test.ts", `import { readConfig } from "../config.ts"; import { startHearback } from "./process.ts";`],
];

for (const [file, source] of refused) {
  Deno.test(`the layer rule refuses ${source} in ${file}`, () => {
    assert.equal(problems(file, source).length, 1);
  });
}

for (const [file, source] of allowed) {
  Deno.test(`the layer rule allows ${source} in ${file}`, () => {
    assert.deepEqual(problems(file, source), []);
  });
}

Deno.test("the layer rule says what a layer may import", () => {
  assert.deepEqual(problems("db/sqlite_store.ts", `import { startBackup } from "../sync/backup.ts";`), [
    'db may not import "sync/backup.ts"; it may import db/*',
  ]);
});

function problems(file: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, `${ROOT}${file}`, source).map(({ message }) => message);
}
