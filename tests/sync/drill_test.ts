// The drill: does it notice what is wrong with a backup, and is it mended after that?
import assert from "node:assert/strict";
import { updateLedger } from "../../db/sqlite/ledger.ts";
import { withDatabase } from "../../db/file/open_database.ts";
import { runDrill } from "../../sync/jobs/drill.ts";
import type { DrillReport } from "../../sync/status.ts";
import { type Instance, REPO, startInstance, TOKEN } from "../faults/instance.ts";
import { type Hub, startHub } from "../hub/hub.ts";

Deno.test("runDrill() finds a good backup good, and notes it in the ledger", async () => {
  await using hub = await startHub();
  await using one = await startInstance(hub);
  await one.submit("first");
  await one.run();
  const report = await drill(one, hub);
  assert.deepEqual([report.ok, report.message.replace(/[0-9a-f]{7}/, "…")], [
    true,
    "Commit … was fetched and holds 1 review",
  ]);
  const { drillAt, drillOk, drillMessage, merged } = one.ledger();
  assert.deepEqual([drillAt, drillOk, drillMessage], [report.at, true, report.message]);
  assert.equal(merged, hub.repo(REPO)?.head);
});

for (const path of ["reviews.db", "reviews.csv"]) {
  Deno.test(`runDrill() notices a flipped bit in ${path}, and the next run replaces it`, async () => {
    await using hub = await startHub({ uploadMode: "lfs" });
    await using one = await startInstance(hub);
    await one.submit("first");
    await one.run();
    hub.damageObject(REPO, path);
    const report = await drill(one, hub);
    assert.equal(report.ok, false);
    assert.match(report.message, new RegExp(`${path}.*size or hash differ`));
    assert.deepEqual([one.ledger().flawed, one.ledger().copy], [true, 1]);
    await one.run();
    assert.equal(one.ledger().flawed, false);
    assert.equal((await drill(one, hub)).ok, true);
    assert.deepEqual(await one.comments(), ["first"]);
  });
}

Deno.test("runDrill() notices a CSV that is not the database's, and the next run replaces it", async () => {
  await using hub = await startHub();
  await using one = await startInstance(hub);
  await one.submit("first");
  await one.run();
  const csv = new TextDecoder().decode(hub.repo(REPO)!.file("reviews.csv"));
  for (const wrong of [csv.replace("first", "fist"), csv.split("\n")[0] + "\n", csv + csv.split("\n")[1] + "\n"]) {
    hub.commitDirectly(REPO, { "reviews.csv": new TextEncoder().encode(wrong) });
    const { ok, message } = await drill(one, hub);
    assert.equal(ok, false);
    assert.match(message, /reviews\.csv/);
    await one.run();
    assert.equal((await drill(one, hub)).ok, true);
  }
});

Deno.test("runDrill() notices a backup that is whole and not what was sent, and the next run replaces it", async () => {
  await using hub = await startHub();
  await using one = await startInstance(hub);
  await one.submit("first");
  await one.run();
  for (const sent of ["dbSha256", "csvSha256"]) {
    withDatabase(one.database, (db) => updateLedger(db, { [sent]: "0".repeat(64) }));
    const { ok, message } = await drill(one, hub);
    assert.deepEqual([ok, message], [false, "The newest backup is not what was sent"]);
    await one.run();
    assert.equal((await drill(one, hub)).ok, true);
  }
});

Deno.test("runDrill() says when the Hub cannot be reached, and takes nothing for damaged then", async () => {
  await using hub = await startHub();
  await using one = await startInstance(hub);
  await one.submit("first");
  await one.run();
  hub.faults.add({ status: 502 });
  const { ok, message } = await drill(one, hub);
  assert.deepEqual([ok, message], [false, "The Hub answered with status 502"]);
  assert.equal(one.ledger().merged, hub.repo(REPO)?.head);
});

function drill(instance: Instance, hub: Hub): Promise<DrillReport> {
  return runDrill({
    settings: { endpoint: hub.url, repo: REPO, token: TOKEN, private: true },
    database: instance.database,
    workDir: `${instance.dir}/drill`,
    now: () => new Date(),
    signal: new AbortController().signal,
    onEvent: () => {},
  });
}
