// The built scripts: what the start says where there are none.
import assert from "node:assert/strict";
import { loadAssets } from "../../routes/assets.ts";
import { temporaryFolder } from "../db/temporary_folder.ts";

Deno.test("loadAssets() says how to build the scripts where they are missing", async () => {
  await using folder = await temporaryFolder();
  await assert.rejects(loadAssets(folder.path("dist")), /scripts are not built: .*; run: deno task build/);
  await Deno.mkdir(folder.path("empty"));
  const assets = await loadAssets(folder.path("empty"));
  assert.throws(() => assets.url("app.js"), /no built file "app\.js"; run: deno task build/);
});
