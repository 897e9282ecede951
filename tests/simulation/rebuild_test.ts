// Two containers on one dataset, as a Space has them while it is rebuilt: the old one goes on taking reviews until the new one is up.
import assert from "node:assert/strict";
import { tempDir } from "../faults/instance.ts";
import { backUpNow, sendReview, statusOf } from "../faults/over_http.ts";
import { startHub } from "../hub/hub.ts";
import { type RunningHearback, startHearback } from "../process.ts";
import { until } from "../until.ts";
import { readContents } from "./contents.ts";

const REPO = "ada/reviews";

Deno.test("a rebuild that starts on an empty disk while the old container takes reviews ends in the union, everywhere", async () => {
  await using hub = await startHub();
  await using dirs = await tempDir();
  const env = { HF_ENDPOINT: hub.url, HF_TOKEN: "hf_local_write", DATASET_REPO: REPO, BACKUP_SOON: "off" };
  const start = (name: string) =>
    startHearback({ ...env, DATA_DIR: `${dirs.path}/${name}`, ADMIN_TOKEN: "swordfish", RATE_LIMIT: "off" });
  await using old = await start("old");
  const sent: string[] = [];
  const visitors = visit(old, sent);
  await until(() => sent.length > 10);
  await backUpNow(old);

  await using fresh = await start("fresh");
  await isBackedUp(fresh); // it has read what the old one had sent by then, and the old one goes on
  visitors.moveTo(fresh);
  const before = sent.length;
  await until(() => sent.length > before + 10);
  await backUpNow(fresh);
  await until(() => hub.repo(REPO)!.commits.length > 2);
  assert.equal(await old.stop(), 0);
  await visitors.leave();
  assert.equal(await fresh.stop(), 0);
  assert.deepEqual(uidsOf(hub.repo(REPO)!.file("reviews.db")!), sent.toSorted());

  for (const name of ["old", "fresh"]) {
    await using again = await start(name);
    await isBackedUp(again);
    assert.equal(await again.stop(), 0);
    assert.deepEqual(uidsOf(`${dirs.path}/${name}/reviews.db`), sent.toSorted());
  }
});

/** People who send reviews one after the other, wherever the address leads them. */
function visit(first: RunningHearback, sent: string[]) {
  let where = first;
  let leaving = false;
  const visits = Array.from({ length: 3 }, async (_, visitor) => {
    for (let nth = 0; !leaving; nth++) sent.push((await sendReview(where, `${visitor} ${nth}`)).uid);
  });
  return {
    moveTo: (other: RunningHearback) => void (where = other),
    leave() {
      leaving = true;
      return Promise.all(visits);
    },
  };
}

async function isBackedUp(hearback: RunningHearback): Promise<void> {
  await until(async () => (await statusOf(hearback)).state === "idle");
}

function uidsOf(database: string | Uint8Array): string[] {
  return readContents(database).rows.map(({ uid }) => uid).sort();
}
