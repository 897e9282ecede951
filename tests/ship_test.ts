// What is written in several places because tools ask for it there must say the same everywhere.
import assert from "node:assert/strict";
import { readConfig } from "../config.ts";

Deno.test("Dockerfile, README and CI name one version of Deno", async () => {
  const named = await Promise.all([
    find("Dockerfile", /^FROM denoland\/deno:(\S+)$/m),
    find("README.md", /npm install -g deno@([\d.]+)/),
    find("README.md", /npx -y deno@([\d.]+)/),
    find(".ci/run", /^deno_version=(\S+)$/m),
  ]);
  assert.equal(new Set(named).size, 1, named.join(" "));
});

Deno.test("the port of the Space and of the image is the default one", async () => {
  const port = String(readConfig({}).port);
  assert.equal(await find("README.md", /^app_port: (\d+)$/m), port);
  assert.equal(await find("Dockerfile", /^EXPOSE (\d+)$/m), port);
});

Deno.test("what deno task start runs never has all permissions", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
  for (const task of ["start", "serve", "build"]) assert.doesNotMatch(tasks[task].command, / -A\b|allow-all/);
});

async function find(path: string, pattern: RegExp): Promise<string | undefined> {
  return pattern.exec(await Deno.readTextFile(new URL(`../${path}`, import.meta.url)))?.[1];
}
