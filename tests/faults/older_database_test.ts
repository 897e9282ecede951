// A damaged newest database: its whole CSV says which reviews there are, and what an older database holds beyond it was erased since.
import assert from "node:assert/strict";
import { type Hub, type HubOptions, startHub } from "../hub/hub.ts";
import { startHearback } from "../process.ts";
import { until } from "../until.ts";
import { type Instance, readFile, remoteComments, REPO, startInstance, tempDir, TOKEN } from "./instance.ts";
import { commentsOf, sendReview, statusOf } from "./over_http.ts";

const ERASED = "Erased since, 0123456789";

for (const uploadMode of ["regular", "lfs", "xet"] as const) {
  Deno.test(`F44 with the newest database (${uploadMode}) damaged and its CSV whole, an erased review does not come back`, async () => {
    await using hub = await hubWith(uploadMode, eraseOne);
    hub.damageObject(REPO, "reviews.db");
    await startsWith(hub, ["Kept", "Newer"]);
  });
}

Deno.test("F44 nor with the newest database cut short", async () => {
  await using hub = await hubWith("lfs", eraseOne);
  hub.truncateObject(REPO, "reviews.db", { size: 100 });
  await startsWith(hub, ["Kept", "Newer"]);
});

Deno.test("F44 nor with the newest two databases damaged", async () => {
  await using hub = await hubWith("regular", async (here) => {
    await eraseOne(here);
    await here.submit("Newest");
    await here.run();
  });
  for (const { oid } of hub.repo(REPO)!.commits.slice(0, 2)) hub.damageObject(REPO, "reviews.db", { revision: oid });
  await startsWith(hub, ["Kept", "Newer", "Newest"]);
});

Deno.test("F44 nor with nothing of the newest commit readable, and the CSV before it whole beside a damaged database", async () => {
  await using hub = await hubWith("regular", async (here) => {
    await eraseOne(here);
    await here.submit("In the newest commit alone");
    await here.run();
  });
  const [newest, second] = hub.repo(REPO)!.commits;
  for (const path of ["reviews.db", "reviews.csv"]) hub.damageObject(REPO, path, { revision: newest!.oid });
  hub.damageObject(REPO, "reviews.db", { revision: second!.oid });
  await startsWith(hub, ["Kept", "Newer"]);
});

Deno.test("F44 nor where every review was erased, and the whole CSV is a header alone", async () => {
  await using hub = await hubWith("regular", async (here) => {
    for (const { uid } of await here.reviews()) await here.store.erase(uid);
    await here.run();
  });
  hub.damageObject(REPO, "reviews.db");
  await startsWith(hub, []);
});

Deno.test("F44 an erasure that only the older database tells of is taken from it", async () => {
  await using old = await tempDir();
  await using hub = await hubWith("regular", async (here) => {
    // A disk that stays behind: it holds the review, and knows nothing of what comes now.
    await Deno.copyFile(here.database, `${old.path}/reviews.db`);
    await eraseOne(here);
    await here.submit("Newest");
    await here.run();
  });
  hub.damageObject(REPO, "reviews.db");
  await startsWith(hub, ["Kept", "Newer", "Newest"], { dir: old.path });
});

Deno.test("F44 what this disk alone holds stays, however old the database is that was taken", async () => {
  await using hub = await hubWith("regular", eraseOne);
  hub.damageObject(REPO, "reviews.db");
  await using dir = await tempDir();
  {
    await using here = await startInstance(hub, { dir: dir.path });
    await here.submit("On this disk alone");
  }
  await startsWith(hub, ["Kept", "Newer", "On this disk alone"], { dir: dir.path });
});

Deno.test("F44 a CSV that somebody shortened is no proof that the rest was erased: the older database brings it back", async () => {
  await using hub = await hubWith("regular", async () => {});
  const { file } = hub.repo(REPO)!;
  const [header, first] = new TextDecoder().decode(file("reviews.csv")).split("\n");
  const shortened = new TextEncoder().encode(`${header}\n${first}\n`);
  const broken = new TextEncoder().encode("not a database");
  hub.commitDirectly(REPO, { "reviews.csv": shortened, "reviews.db": broken });
  await startsWith(hub, ["Kept", ERASED]);
});

async function eraseOne(here: Instance): Promise<void> {
  const { uid } = (await here.reviews()).find(({ comments }) => comments === ERASED)!;
  await here.store.erase(uid);
  await here.submit("Newer");
  await here.run();
}

/** A Hub with a commit of two reviews, and what `then` makes of it; the instance is gone afterwards. */
async function hubWith(uploadMode: HubOptions["uploadMode"], then: (here: Instance) => Promise<void>): Promise<Hub> {
  const hub = await startHub({ uploadMode: uploadMode! });
  await using here = await startInstance(hub);
  await here.submit("Kept");
  await here.submit(ERASED);
  await here.run();
  await then(here);
  return hub;
}

/** A process that starts then shows `expected` and leaves it in a head that can be read again. */
async function startsWith(hub: Hub, expected: string[], { dir = "" } = {}): Promise<void> {
  await using empty = await tempDir();
  await using hearback = await startHearback({ ...backupTo(hub), DATA_DIR: dir || empty.path });
  await until(async () => (await statusOf(hearback)).state === "idle");
  assert.deepEqual((await commentsOf(hearback)).sort(), expected.toSorted());
  await sendReview(hearback, "Afterwards");
  assert.equal(await hearback.stop(), 0);
  assert.deepEqual(remoteComments(hub).sort(), ["Afterwards", ...expected].sort());
  const lines = new TextDecoder().decode(hub.repo(REPO)!.file("reviews.csv"));
  const uids = readFile(hub.repo(REPO)!.file("reviews.db"), "SELECT uid FROM reviews").map(({ uid }) => String(uid));
  assert.deepEqual(uids.filter((uid) => !lines.includes(uid)), []);
  assert.equal(lines.includes(ERASED), expected.includes(ERASED));
}

function backupTo(hub: Hub) {
  const connection = { HF_ENDPOINT: hub.url, HF_TOKEN: TOKEN, DATASET_REPO: REPO };
  return { ...connection, BACKUP_SOON: "off", BACKUP_SCHEDULE: "0 0 1 1 *" };
}
