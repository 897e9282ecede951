// Secrets: the dataset is created private, and nothing that leaves Hearback holds a token, whatever goes wrong.
import assert from "node:assert/strict";
import { startHub } from "../hub/hub.ts";
import { startHearback } from "../process.ts";
import { until } from "../until.ts";
import { REPO, startInstance, tempDir } from "./instance.ts";
import { backUpNow, sendReview, statusOf } from "./over_http.ts";

const SECRETS = { HF_TOKEN: "hf_sesameOpenSesame", ADMIN_TOKEN: "swordfish" };
const COMMIT = { method: "POST", path: /\/commit\// };

Deno.test("F32 a dataset is created private, and public only where that is asked for", async () => {
  await using hub = await startHub();
  await using here = await startInstance(hub);
  await here.run();
  assert.equal(hub.repo(REPO)!.private, true);
  await using dir = await tempDir();
  const env = { HF_ENDPOINT: hub.url, HF_TOKEN: "hf_local_write", DATASET_REPO: "ada/open", DATASET_PRIVATE: "false" };
  await using hearback = await startHearback({ ...env, DATA_DIR: dir.path });
  await until(async () => (await statusOf(hearback)).state === "idle");
  assert.equal(hub.repo("ada/open")!.private, false);
});

Deno.test("F32 no secret and no path of this machine is in any output, whatever the Hub answers", async () => {
  await using hub = await startHub({ uploadMode: "lfs" });
  hub.addToken(SECRETS.HF_TOKEN, { user: "ada", write: true });
  await using dir = await tempDir();
  const env = {
    HF_ENDPOINT: hub.url,
    DATASET_REPO: REPO,
    BACKUP_SOON: "off",
    DATA_DIR: dir.path,
    RATE_LIMIT: "off",
    ...SECRETS,
  };
  await using hearback = await startHearback(env);
  await until(async () => (await statusOf(hearback)).state === "idle");
  const said: string[] = [];
  const signature = "signature=";
  // Answers that repeat what they were sent, as proxies do, and connections that fail on a signed link.
  const echo = `Bad request: Authorization: Bearer ${SECRETS.HF_TOKEN}`;
  const faults = [
    { match: COMMIT, status: 400, body: { error: echo } },
    { match: COMMIT, status: 400, body: `<pre>${echo}</pre>` },
    { match: COMMIT, status: 500, body: { error: echo } },
    { match: { host: "storage" as const }, cut: 0 },
    { match: { host: "storage" as const }, status: 403, body: echo },
    { match: { path: /.*/ }, status: 401, body: { error: echo } },
    { match: COMMIT, status: 429, body: { error: echo } }, // the last, because it has to be waited for
  ];
  for (const fault of faults) {
    await sendReview(hearback, "Goes out in the end"); // a new one, or the storage would have everything already
    const failed = hearback.output().split('"backup-failed"').length;
    const ordered = hub.faults.add(fault);
    await backUpNow(hearback);
    await until(() => hearback.output().split('"backup-failed"').length > failed);
    const headers = { Authorization: `Bearer ${SECRETS.ADMIN_TOKEN}` };
    for (const path of ["", "api/status", "api/reviews", "api/nowhere", "metrics", "readyz"]) {
      const answer = await fetch(hearback.url + path, { headers });
      said.push(JSON.stringify([...answer.headers]), await answer.text());
    }
    ordered.remove();
  }
  assert.equal(await hearback.stop(), 0);
  said.push(hearback.output());
  const { paths, file } = hub.repo(REPO)!;
  for (const path of paths()) said.push(new TextDecoder("latin1").decode(file(path)));
  for (const secret of [...Object.values(SECRETS), signature]) {
    for (const text of said) assert.equal(text.includes(secret), false, excerpt(text, secret));
  }
  for (const text of said.slice(0, -1 - paths().length)) assert.equal(text.includes(dir.path), false);
});

function excerpt(text: string, secret: string): string {
  const at = text.indexOf(secret);
  return text.slice(Math.max(0, at - 300), at + 100);
}
