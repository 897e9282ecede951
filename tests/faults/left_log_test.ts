// SQLite's log cannot be removed for a moment, as when a scanner or a network folder holds it, just when the database's file is replaced.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { startHearback } from "../process.ts";
import { until } from "../until.ts";
import { startHub } from "../hub/hub.ts";
import { readFile, remoteComments, REPO, startInstance, tempDir, TOKEN } from "./instance.ts";

const MANY = 12_000; // from 10,000 on a backup takes the place of the local file
const LOCAL = 600; // far fewer, and more than one page of them
const COMPILER = "/usr/bin/gcc";

// Stands before the system's own unlink(): it fails once, for one path.
const SHIM = `#define _GNU_SOURCE
  #include <dlfcn.h>
  #include <errno.h>
  #include <stdlib.h>
  #include <string.h>
  int unlink(const char *path) {
    static int failed = 0;
    if (!failed && strcmp(path, getenv("UNLINK_FAILS_ONCE")) == 0) {
      failed = 1;
      errno = EACCES;
      return -1;
    }
    return ((int (*)(const char *)) dlsym(RTLD_NEXT, "unlink"))(path);
  }`;

const ignore = !existsSync(COMPILER);

Deno.test({
  name: `F95 a log that cannot be removed while the file is replaced destroys nothing${
    ignore ? " [left out: install gcc]" : ""
  }`,
  ignore,
  async fn() {
    await using dir = await tempDir();
    const library = await compiled(dir.path);
    await using hub = await startHub();
    {
      await using other = await startInstance(hub);
      for (let at = 0; at < MANY; at += 4000) {
        await Promise.all(Array.from({ length: 4000 }, (_, n) => other.submit(`Number ${at + n}`)));
      }
      await other.run();
    }
    const data = `${await Deno.realPath(dir.path)}/data`;
    await Deno.mkdir(data);
    {
      await using before = await startInstance(hub, { dir: data });
      await Promise.all(Array.from({ length: LOCAL }, (_, n) => before.submit(`Local ${n}`)));
    }
    const env = { DATA_DIR: data, RATE_LIMIT: "off", HF_ENDPOINT: hub.url, HF_TOKEN: TOKEN, DATASET_REPO: REPO };
    {
      const url = Promise.withResolvers<string>();
      hub.faults.add({ times: 1, run: async () => await send(await url.promise, "While it was read") });
      const shim = { LD_PRELOAD: library, UNLINK_FAILS_ONCE: `${data}/reviews.db-wal` };
      await using hearback = await startHearback({ ...env, ...shim });
      url.resolve(hearback.url);
      await until(async () => (await ask(hearback.url, "api/status")).state === "idle");
      assert.match(hearback.output(), /"replacement-failed"/);
      await send(hearback.url, "Afterwards");
      assert.equal((await ask(hearback.url, "api/stats")).total, MANY + LOCAL + 2);
      assert.equal(await hearback.stop(), 0, hearback.output());
    }
    assert.equal(readFile(`${data}/reviews.db`, "PRAGMA integrity_check")[0]?.integrity_check, "ok");
    await using again = await startHearback(env);
    assert.equal((await ask(again.url, "api/stats")).total, MANY + LOCAL + 2);
    assert.equal(remoteComments(hub).length, MANY + LOCAL + 2);
  },
});

async function compiled(folder: string): Promise<string> {
  const library = `${folder}/shim.so`;
  await Deno.writeTextFile(`${folder}/shim.c`, SHIM);
  const args = ["-shared", "-fPIC", "-o", library, `${folder}/shim.c`, "-ldl"];
  const { success, stderr } = await new Deno.Command(COMPILER, { args }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return library;
}

async function send(url: string, comments: string): Promise<void> {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ rating: 5, comments });
  const answer = await fetch(`${url}api/reviews`, { method: "POST", headers, body });
  assert.equal(answer.status, 201, await answer.text());
}

// deno-lint-ignore no-explicit-any -- several answers
async function ask(url: string, path: string): Promise<any> {
  return await (await fetch(url + path)).json();
}
