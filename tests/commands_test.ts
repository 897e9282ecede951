// The owner's commands as processes: what they print, what they leave, and the exit codes that scripts go by.
import assert from "node:assert/strict";
import { temporaryFolder } from "./db/temporary_folder.ts";
import { startHub } from "./hub/hub.ts";
import { hearbackCommand, type HearbackEnv, startHearback } from "./process.ts";

Deno.test("drill and restore work as the README says, from the first look to the review that is back", async () => {
  await using hub = await startHub();
  await using folder = await temporaryFolder();
  const env = settings(folder.path("data"), hub.url);
  await submitAndStop(env, { rating: 5, comments: "first" });
  await submitAndStop(env, { rating: 1, comments: "second" });

  const drilled = await run(env, "drill");
  assert.equal(drilled.code, 0, drilled.said);
  assert.match(drilled.said, /The drill went well: Commit [0-9a-f]{7} was fetched and holds 2 reviews/);

  const listed = await run(env, "restore", "--list");
  assert.equal(listed.code, 0, listed.said);
  const rows = [...listed.said.matchAll(/^([0-9a-f]{40}) {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}(\d+)$/gm)];
  assert.deepEqual(rows.map(([, , reviews]) => Number(reviews)).slice(0, 2), [2, 1]);
  const shortened = await run(env, "restore", "--list", "1");
  assert.match(shortened.said, /^… and older ones: deno task restore --list 10$/m);

  const restored = await run(env, "restore", "--commit", rows[1]?.[1] ?? "");
  assert.equal(restored.code, 0, restored.said);
  assert.match(restored.said, /^0 reviews came back from commit [0-9a-f]{40}; reviews\.db holds 2 reviews now$/m);

  await Deno.remove(env.DATA_DIR, { recursive: true });
  const fresh = await run(env, "restore", "--commit", rows[1]?.[1] ?? "");
  assert.match(fresh.said, /^1 review came back from commit [0-9a-f]{40}; reviews\.db holds 1 review now$/m);
  await using hearback = await startHearback({ DATA_DIR: env.DATA_DIR }); // without the dataset, to see what was restored
  const { reviews } = await (await fetch(`${hearback.url}api/reviews`)).json();
  assert.deepEqual(reviews.map(({ comments }: { comments: string }) => comments), ["first"]);
});

Deno.test("a drill whose token is refused, and a restore of what is not there, end with 1 and say why", async () => {
  await using hub = await startHub();
  await using folder = await temporaryFolder();
  const env = settings(folder.path("data"), hub.url);
  await submitAndStop(env, { rating: 5, comments: "first" });
  hub.faults.add({ status: 401, times: Infinity });
  const refused = await run(env, "drill");
  assert.equal(refused.code, 1, refused.said);
  assert.match(refused.said, /token/);
  const unlisted = await run(env, "restore", "--list");
  assert.doesNotMatch(unlisted.said, /^commit/m, "no heading of a list that does not come");
  hub.faults.clear();
  const missing = await run(env, "restore", "--commit", "0".repeat(40));
  assert.equal(missing.code, 1, missing.said);
  assert.match(
    missing.said,
    /^No commit of the dataset begins with "0{40}"\n`deno task restore --list` shows the commits$/m,
  );
});

Deno.test("without a dataset the commands say what to set, and end with 1", async () => {
  await using folder = await temporaryFolder();
  for (const command of [["drill"], ["restore", "--list"]]) {
    const { code, said } = await run({ DATA_DIR: folder.path("data") }, ...command);
    assert.equal(code, 1, said);
    assert.match(said, /No dataset is configured\nSet HF_TOKEN and DATASET_REPO/);
  }
});

Deno.test("wrong arguments and unknown commands end with 2 and say what there is", async () => {
  await using hub = await startHub();
  await using folder = await temporaryFolder();
  const env = settings(folder.path("data"), hub.url);
  for (const args of [[], ["--list", "no number"], ["--commit"], ["--commit", "a", "b"], ["--all"]]) {
    const { code, said } = await run(env, "restore", ...args);
    assert.equal(code, 2, said);
    assert.match(said, /^Usage: deno task restore --list \[NUMBER\] \| --commit COMMIT$/m);
  }
  for (const command of ["undo", "toString"]) {
    const { code, said } = await run(env, command);
    assert.equal(code, 2, said);
    assert.ok(said.includes(`There is no command "${command}"; there are doctor, drill, restore`), said);
  }
});

function settings(dataDir: string, endpoint: string) {
  return { DATA_DIR: dataDir, HF_ENDPOINT: endpoint, HF_TOKEN: "hf_local_write", DATASET_REPO: "ada/reviews" };
}

async function submitAndStop(env: HearbackEnv, review: object): Promise<void> {
  await using hearback = await startHearback(env);
  const headers = { "Content-Type": "application/json" };
  const sent = await fetch(`${hearback.url}api/reviews`, { method: "POST", headers, body: JSON.stringify(review) });
  assert.equal(sent.status, 201);
  await sent.body?.cancel();
  assert.equal(await hearback.stop(), 0, hearback.output());
}

async function run(env: HearbackEnv, ...args: string[]): Promise<{ code: number; said: string }> {
  const { code, stdout, stderr } = await hearbackCommand(env, { command: args }).output();
  return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}
