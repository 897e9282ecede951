// The doctor: what it says of a good place, and of each thing that can be wrong with one.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { GUIDE_FILE } from "../db/guide_database.ts";
import { temporaryFolder } from "../db/temporary_folder.ts";
import { newReview } from "../db/store_contract.ts";
import { openSqliteStore } from "../../db/sqlite/sqlite_store.ts";
import type { BackupSettings } from "../../sync/running_backup.ts";
import { doctor } from "../../sync/commands/doctor.ts";
import { type Hub, startHub } from "../hub/hub.ts";
import { hearbackCommand, type HearbackEnv } from "../process.ts";

const REPO = "ada/reviews";

Deno.test("doctor() finds nothing wrong with a good place, and leaves nothing there", async () => {
  await using place = await makePlace();
  place.hub.commitDirectly(REPO, { "reviews.db": await Deno.readFile(GUIDE_FILE) });
  const { code, said } = await place.ask();
  assert.equal(code, 0, said);
  for (
    const line of [
      /^ok {7}settings: reviews go to the private dataset ada\/reviews at http/m,
      /^ok {7}disk: 16 MiB were written/m,
      /^ok {7}database: there is no reviews\.db yet/m,
      /^ok {7}token: .* belongs to ada$/m,
      /^ok {7}clock: /m,
      /^ok {7}rights: the token may write/m,
      /^ok {7}dataset: ada\/reviews is private/m,
      /^ok {7}backup: commit [0-9a-f]{7} was fetched and holds 7 reviews/m,
      /^No problems found$/m,
    ]
  ) assert.match(said, line);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(place.dataDir)), []);
  assert.equal(place.hub.repo(REPO)!.commits.length, 2, "nothing was committed");
});

Deno.test("doctor() says that without settings nothing is backed up, and asks nobody", async () => {
  await using place = await makePlace();
  const { code, said } = await place.ask({ token: undefined, dataset: undefined });
  assert.equal(code, 0);
  assert.match(said, /^warning {2}settings: nothing is backed up/m);
  assert.match(said, /→ Set HF_TOKEN and DATASET_REPO/);
  assert.equal(place.hub.requests.length, 0);
});

Deno.test("doctor() tells a wrong token from one that may only read", async () => {
  await using place = await makePlace();
  const wrong = await place.ask({ token: "hf_unknown" });
  assert.equal(wrong.code, 1);
  assert.match(
    wrong.said,
    /^problem {2}token: The Hub does not accept the token\n +→ Make a new token with write access/m,
  );

  const owner = await place.ask();
  assert.match(owner.said, /^ok {7}rights: there is no dataset yet/m);
  assert.match(owner.said, /^ok {7}dataset: there is no ada\/reviews; the start makes it, private/m);

  place.hub.commitDirectly(REPO, {});
  const known = await place.ask({ token: "hf_local_read" });
  assert.equal(known.code, 1);
  assert.match(
    known.said,
    /^problem {2}rights: The token may not write to ada\/reviews\n +→ Give the token write access/m,
  );
  for (const { said } of [wrong, known]) assert.doesNotMatch(said, /hf_(unknown|local)/);
});

Deno.test("doctor() warns of a public dataset where a private one is wanted", async () => {
  await using place = await makePlace();
  await fetch(`${place.hub.url}/api/repos/create`, {
    method: "POST",
    headers: { Authorization: "Bearer hf_local_write" },
    body: JSON.stringify({ type: "dataset", name: "reviews", visibility: "public" }),
  }).then((answer) => answer.body?.cancel());
  const { code, said } = await place.ask();
  assert.equal(code, 0);
  assert.match(said, /^warning {2}dataset: ada\/reviews is public/m);
  assert.match((await place.ask({ private: false })).said, /^ok {7}dataset: ada\/reviews is public/m);
});

Deno.test("doctor() notices a damaged backup, and one of another program", async () => {
  await using place = await makePlace();
  place.hub.commitDirectly(REPO, { "reviews.db": await Deno.readFile(GUIDE_FILE) });
  place.hub.damageObject(REPO, "reviews.db");
  const { code, said } = await place.ask();
  assert.equal(code, 1);
  assert.match(said, /^problem {2}backup: reviews\.db of commit [0-9a-f]{7} is not what was committed/m);
  place.hub.commitDirectly(REPO, { "reviews.db": new TextEncoder().encode("not a database".repeat(100)) });
  assert.equal((await place.ask()).code, 1);
});

Deno.test("doctor() notices a clock that is wrong, a Hub that is down and one that fails", async () => {
  await using place = await makePlace();
  const { said, code } = await place.ask({}, () => new Date(Date.now() - 3_650_000)); // half a minute from each end of what is matched
  assert.match(said, /^warning {2}clock: it is 36\d\d seconds behind the Hub's\n +→ Turn on time synchronization/m);
  assert.equal(code, 0);
  const fault = place.hub.faults.add({ match: { path: /whoami/ }, status: 500 });
  assert.match((await place.ask()).said, /^problem {2}token: The Hub answered with status 500/m);
  fault.remove();
  place.hub.faults.add({ match: { path: /preupload/ }, status: 503 });
  place.hub.commitDirectly(REPO, {});
  assert.match((await place.ask()).said, /^problem {2}rights: The Hub answered with status 503/m);
  await place.hub.close();
  const down = await place.ask();
  assert.equal(down.code, 1);
  assert.match(down.said, /^problem {2}token: The connection to the Hub failed/m);
});

Deno.test("doctor() looks at the database that is here, also while Hearback runs on it", async () => {
  await using place = await makePlace();
  const path = `${place.dataDir}/reviews.db`;
  const store = openSqliteStore({ path, now: () => new Date() });
  await store.add(newReview());
  assert.match((await place.ask()).said, /^ok {7}database: reviews\.db is whole and holds 1 review$/m);
  await store.close();
  await Deno.writeTextFile(path, "not a database".repeat(100));
  const { code, said } = await place.ask();
  assert.equal(code, 1);
  assert.match(said, /^problem {2}database: .* Move reviews\.db/m);

  await Deno.remove(path);
  await (await openSqliteStore({ path, now: () => new Date() })).close();
  const newer = new DatabaseSync(path);
  newer.exec("PRAGMA user_version = 99");
  newer.close();
  assert.match((await place.ask()).said, /^problem {2}database: .* newer Hearback.* Update this Hearback$/m);
});

Deno.test("doctor() notices a folder that cannot be written to", async () => {
  await using place = await makePlace();
  await Deno.writeTextFile(`${place.dataDir}/file`, "");
  const { code, said } = await place.ask({}, undefined, `${place.dataDir}/file`);
  assert.equal(code, 1);
  assert.match(said, /^problem {2}disk: DATA_DIR ".*" cannot be used \((Not a directory|File exists)\)/m);
  place.hub.commitDirectly(REPO, { "reviews.db": await Deno.readFile(GUIDE_FILE) });
  const { said: more } = await place.ask({}, undefined, `${place.dataDir}/file`);
  assert.match(
    more,
    /^ok {7}rights: .*\nok {7}dataset: .*\nok {7}backup: it was not fetched/m,
    "the rest is looked at",
  );
});

Deno.test("the command doctor runs with the permissions of the app, and exits with what it found", async () => {
  await using place = await makePlace();
  const env = { DATA_DIR: place.dataDir, HF_ENDPOINT: place.hub.url, HF_TOKEN: "hf_local_write", DATASET_REPO: REPO };
  const run = async (env: HearbackEnv) => {
    const { code, stdout } = await hearbackCommand(env, { command: ["doctor"] }).output();
    return { code, said: new TextDecoder().decode(stdout) };
  };
  const good = await run(env);
  assert.equal(good.code, 0, good.said);
  assert.match(good.said, /No problems found/);
  const bad = await run({ ...env, HF_TOKEN: "hf_unknown" });
  assert.equal(bad.code, 1);
  assert.doesNotMatch(bad.said, /hf_unknown/);
});

interface Place extends AsyncDisposable {
  hub: Hub;
  dataDir: string;
  ask(settings?: Partial<BackupSettings>, now?: () => Date, dataDir?: string): Promise<{ code: number; said: string }>;
}

async function makePlace(): Promise<Place> {
  const folder = await temporaryFolder();
  const hub = await startHub();
  const dataDir = folder.path("data");
  await Deno.mkdir(dataDir);
  const settings: BackupSettings = {
    token: "hf_local_write",
    dataset: REPO,
    private: true,
    endpoint: hub.url,
    schedule: "* * * * *",
    soonSeconds: 5,
    squashAfter: 1000,
  };
  return {
    hub,
    dataDir,
    async ask(changed, now = () => new Date(), dir = dataDir) {
      const lines: string[] = [];
      const print = (line: string) => void lines.push(line);
      const code = await doctor({ settings: { ...settings, ...changed }, dataDir: dir, now, print });
      return { code, said: lines.join("\n") };
    },
    async [Symbol.asyncDispose]() {
      await hub.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
