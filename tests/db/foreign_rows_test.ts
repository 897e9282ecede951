// Merging what somebody else's table holds: columns that are not there, and values that ours does not take.
import assert from "node:assert/strict";
import { readCsv } from "../../db/file/csv.ts";
import { mergeDatabase, mergeRows } from "../../db/sqlite/merge.ts";
import { change, rowsOf } from "./database_contents.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const merging = { dataset: "ada/reviews", commit: "c1" };

Deno.test("a column that a file lacks, as those of earlier versions do, or that it computes counts as empty", async () => {
  await using folder = await temporaryFolder();
  for (const [name, source] of [["lacks", ""], ["computes", ", source AS (upper(name))"]] as const) {
    const [local, remote] = [folder.path(`${name}-local.db`), folder.path(`${name}.db`)];
    change(remote, `CREATE TABLE reviews (id INTEGER PRIMARY KEY, created_at, name, review, comments, uid${source})`);
    change(remote, "INSERT INTO reviews (id, created_at, name, uid) VALUES (1, 't', 'kept', 'u1')");
    mergeDatabase({ ...merging, local, remote });
    const [row] = rowsOf(local);
    assert.deepEqual([row?.name, row?.uid, row?.source], ["kept", "u1", null], name);
  }
});

Deno.test("a row without a time, which our own table does not take, merges as one whose time nobody knows", async () => {
  await using folder = await temporaryFolder();
  const [local, again, csv] = ["local.db", "again.db", "reviews.csv"].map(folder.path) as [string, string, string];
  const remote = folder.path("remote.db");
  change(remote, "CREATE TABLE reviews (id INTEGER PRIMARY KEY, created_at, name, review, comments)");
  change(remote, "INSERT INTO reviews VALUES (1, NULL, 'Ada', 5, 'x'), (2, 't', 'Bob', 5, 'y')");
  mergeDatabase({ ...merging, local, remote });
  assert.deepEqual(rowsOf(local).map(({ name, created_at }) => [name, created_at]), [["Ada", ""], ["Bob", "t"]]);
  assert.deepEqual(mergeDatabase({ ...merging, local, remote }), { added: 0, erased: 0, renumbered: 0, localOnly: 0 });

  await Deno.writeTextFile(csv, "id,created_at,name,review,comments,uid,source\n1,\u001a,Ada,5,x,u1,\u001a\n");
  await mergeRows({ ...merging, local: again, rows: readCsv(csv) });
  assert.equal(rowsOf(again)[0]?.created_at, "");
});
