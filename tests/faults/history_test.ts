// The history of a dataset is somebody's only copy: Hearback shortens what it made alone, and tells what it finds there.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type Hub, startHub } from "../hub/hub.ts";
import { hearbackCommand, type RunningHearback } from "../process.ts";
import { until } from "../until.ts";
import {
  backUp,
  backupPage,
  bytesOf,
  checkStillThere,
  drilled,
  erase,
  filesOf,
  fixture,
  lifeWithBackup,
  live,
  oneLife,
  squashHistory,
  untilIdle,
} from "./dataset_life.ts";
import { remoteComments, REPO, tempDir, TOKEN } from "./instance.ts";
import { commentsOf, sendReview } from "./over_http.ts";

Deno.test("F37 a first start leaves 1,100 commits of the guide's app as they are, and so do those that follow", async () => {
  await using hub = await startHub();
  await using disk = await tempDir();
  commitAsGuide(hub, 1100);
  const before = filesOf(hub);
  const theirs = remoteComments(hub);
  {
    await using first = await live(hub, `${disk.path}/first`);
    await untilIdle(first);
    await drilled(first);
    checkStillThere(hub, before);
    assert.deepEqual(remoteComments(hub), theirs);
    await sendReview(first, "The first of mine");
    assert.equal(await first.stop(), 0);
  }
  for (const [dir, text] of [["first", "The second"], ["lost", "The third"]] as const) {
    await lifeWithBackup(hub, { dir: `${disk.path}/${dir}`, text });
    checkStillThere(hub, before);
  }
  assert.deepEqual(remoteComments(hub), [...theirs, "The first of mine", "The second", "The third"]);
  assert.ok(hub.repo(REPO)!.commits.length <= 1100 + 1 + 4, "one commit for what was read, and one for each review");
});

Deno.test("F37 own commits on top of somebody else's do not count towards squashing, on whatever disk", async () => {
  await using hub = await startHub();
  await using disk = await tempDir();
  commitAsGuide(hub, 8);
  const before = filesOf(hub);
  for (const dir of ["one", "one", "two", "three", "three", "four"]) {
    const text = `On disk ${dir}, after ${hub.repo(REPO)!.commits.length}`;
    await lifeWithBackup(hub, { dir: `${disk.path}/${dir}`, env: { SQUASH_AFTER: "5" }, text });
    checkStillThere(hub, before);
  }
  assert.equal(remoteComments(hub).filter((text) => String(text).startsWith("On disk")).length, 6);
});

const STRANGERS: Record<string, (hub: Hub) => void> = {
  "a guide's database on top": (hub) => void commitAsGuide(hub, 1),
  "a card that somebody wrote": (hub) => void hub.commitDirectly(REPO, { "README.md": bytesOf("# Ours\n") }),
  "a file that is nobody's": (hub) => void hub.commitDirectly(REPO, { "notes.txt": bytesOf("What I thought") }),
  "a title that resembles Hearback's": (hub) =>
    void hub.commitDirectly(REPO, { "notes.txt": bytesOf("Mine") }, { summary: "Backup of my 3 notes" }),
  "a file that was deleted again": (hub) => {
    hub.commitDirectly(REPO, { "notes.txt": bytesOf("A slip") });
    hub.commitDirectly(REPO, { "notes.txt": null });
  },
};
for (const [what, commit] of Object.entries(STRANGERS)) {
  Deno.test(`F37 one commit of somebody else among own ones keeps the history: ${what}`, async () => {
    await using hub = await startHub();
    const env = { SQUASH_AFTER: "4" };
    for (const text of ["One", "Two"]) await oneLife(hub, { send: [text], env });
    commit(hub);
    const before = filesOf(hub);
    for (const text of ["Three", "Four", "Five"]) {
      await lifeWithBackup(hub, { env, text });
      checkStillThere(hub, before);
    }
    // A guide's database in place of ours holds its own rows alone; the others are in the history.
    const held = what.startsWith("a guide") ? ["Three", "Four", "Five"] : ["One", "Two", "Three", "Four", "Five"];
    for (const text of held) assert.ok(remoteComments(hub).includes(text), text);
  });
}

Deno.test("F37 where all commits are its own the history is squashed as ever, and again after that", async () => {
  await using hub = await startHub();
  const lengths: number[] = [];
  for (let count = 1; count <= 9; count++) {
    await lifeWithBackup(hub, { env: { SQUASH_AFTER: "5" }, text: `Review ${count}` });
    lengths.push(hub.repo(REPO)!.commits.length);
  }
  assert.ok(Math.max(...lengths) <= 5, `${lengths}`);
  assert.ok(lengths.filter((length) => length === 1).length >= 2, `${lengths}`);
  assert.equal(remoteComments(hub).length, 9);
});

const ASKS: Record<string, (hub: Hub, hearback: RunningHearback) => Promise<void>> = {
  "through the API": squashHistory,
  "at /admin/backup": async (hub, hearback) => {
    await (await backupPage(hearback)).press({ do: "squash", sure: "yes" });
    await until(() => hub.repo(REPO)!.commits.length === 1);
    await untilIdle(hearback);
  },
};
for (const [how, squash] of Object.entries(ASKS)) {
  Deno.test(`F37 an owner who asks for it ${how} is rid of somebody else's commits, and from then on they are own ones`, async () => {
    await using hub = await startHub();
    commitAsGuide(hub, 8);
    const theirs = remoteComments(hub);
    {
      await using disk = await tempDir();
      await using hearback = await live(hub, `${disk.path}/data`, { SQUASH_AFTER: "5" });
      await untilIdle(hearback);
      await squash(hub, hearback);
      assert.deepEqual(remoteComments(hub), theirs);
      assert.equal((await drilled(hearback)).ok, true);
    }
    const lengths: number[] = [];
    for (let count = 1; count <= 5; count++) {
      await lifeWithBackup(hub, { env: { SQUASH_AFTER: "4" }, text: `Review ${count}` });
      lengths.push(hub.repo(REPO)!.commits.length);
    }
    assert.ok(Math.max(...lengths) <= 4 && lengths.includes(1), `${lengths}`);
    assert.equal(remoteComments(hub).length, theirs.length + 5);
  });
}

/** What somebody did to a dataset that held backups, and what of the reviews the head still holds. */
const DELETED: Record<string, (hub: Hub) => void> = {
  "reviews.db alone": (hub) => void hub.commitDirectly(REPO, { "reviews.db": null }),
  "reviews.db and reviews.csv": (hub) => void hub.commitDirectly(REPO, { "reviews.db": null, "reviews.csv": null }),
  "every file": (hub) => {
    const paths = hub.repo(REPO)!.paths();
    hub.commitDirectly(REPO, Object.fromEntries(paths.map((path) => [path, null])), { summary: "Delete all files" });
  },
  "reviews.db, which moved to a folder": (hub) => {
    const bytes = hub.repo(REPO)!.file("reviews.db")!;
    hub.commitDirectly(REPO, { "reviews.db": null, "reviews.csv": null, "old/reviews.db": bytes });
  },
  "both, with other commits on top": (hub) => {
    hub.commitDirectly(REPO, { "reviews.db": null, "reviews.csv": null });
    for (const text of ["a", "b", "c"]) hub.commitDirectly(REPO, { "notes.txt": bytesOf(text) });
  },
};
for (const [what, deleteFiles] of Object.entries(DELETED)) {
  Deno.test(`F42 somebody deleted ${what}: the owner is told, the history stays, and the page brings the rows back`, async () => {
    await using hub = await startHub();
    await using disk = await tempDir();
    await oneLife(hub, { send: ["Before"], dir: `${disk.path}/old` });
    {
      await using old = await live(hub, `${disk.path}/old`);
      await untilIdle(old);
      await sendReview(old, "To be erased");
      await backUp(old, "Before as well");
      await erase(old, "To be erased");
      assert.equal(await old.stop(), 0);
    }
    const { head: backup } = hub.repo(REPO)!;
    const csvStays = what === "reviews.db alone";
    deleteFiles(hub);
    const before = filesOf(hub);

    const env = { SQUASH_AFTER: "3" };
    for (const text of ["After", "After as well", "Later"]) {
      const { notice } = await lifeWithBackup(hub, { env, text });
      assert.match(notice ?? "", /reviews\.db/);
      assert.match(notice ?? "", /commit|earlier|older|history/i);
      checkStillThere(hub, before);
    }
    const restore = await hearbackCommand({ ...backupTo(hub), DATA_DIR: `${disk.path}/command` }, {
      command: ["restore", "--list"],
    }).output();
    assert.match(new TextDecoder().decode(restore.stdout), new RegExp(backup));

    await using last = await live(hub, `${disk.path}/last`, env);
    await untilIdle(last);
    const since = ["After", "After as well", "Later"];
    const shown = await commentsOf(last);
    assert.deepEqual(shown.filter((text) => since.includes(text!)), since);
    if (csvStays) assert.deepEqual(shown, ["Before", "Before as well", ...since]);
    await (await backupPage(last)).press({ do: "restore", commit: backup });
    const all = [...since, "Before", "Before as well"].sort();
    await until(async () => (await commentsOf(last)).length >= all.length);
    await untilIdle(last);
    assert.deepEqual((await commentsOf(last)).sort(), all);
    assert.equal(await last.stop(), 0);
    assert.deepEqual(remoteComments(hub).sort(), all);
    checkStillThere(hub, before);
    // What came back is in the head now, so the next empty disk has it too.
    assert.deepEqual((await oneLife(hub, { env })).comments.sort(), all);
  });
}

Deno.test("F42 a database of the guide's app that was deleted is told of as well, and not squashed away", async () => {
  await using hub = await startHub();
  commitAsGuide(hub, 3);
  hub.commitDirectly(REPO, { "reviews.db": null, "reviews.csv": null });
  const before = filesOf(hub);
  const { status } = await oneLife(hub, { send: ["New"], env: { SQUASH_AFTER: "2" } });
  assert.match(status.notice ?? "", /reviews\.db/);
  const { notice } = await lifeWithBackup(hub, { env: { SQUASH_AFTER: "2" }, text: "Newer" });
  checkStillThere(hub, before);
  assert.match(notice ?? "", /reviews\.db/);
});

Deno.test("F42 who still has the reviews here puts them back over the deletion, and keeps the history", async () => {
  await using hub = await startHub();
  await using disk = await tempDir();
  const env = { SQUASH_AFTER: "3" };
  await using hearback = await live(hub, `${disk.path}/data`, env);
  await untilIdle(hearback);
  await sendReview(hearback, "Before");
  await backUp(hearback, "Before as well");
  hub.commitDirectly(REPO, { "reviews.db": null, "reviews.csv": null });
  const before = filesOf(hub);
  await sendReview(hearback, "After");
  assert.equal(await hearback.stop(), 0);
  assert.deepEqual(remoteComments(hub), ["Before", "Before as well", "After"]);
  await lifeWithBackup(hub, { dir: `${disk.path}/data`, env, text: "Later" });
  checkStillThere(hub, before);
  assert.deepEqual(remoteComments(hub), ["Before", "Before as well", "After", "Later"]);
});

/**
 * Commits as the guide's app does, `count` times: it adds a review each minute and pushes both files. Half-way somebody empties the
 * table, so that only the history holds what was there before.
 */
function commitAsGuide(hub: Hub, count: number): void {
  using db = new DatabaseSync(":memory:");
  db.deserialize(fixture("guide_reviews.db"));
  const insert = db.prepare("INSERT INTO reviews (name, review, comments) VALUES (?, ?, ?)");
  const titles = [
    "Updating data at 2022-08-01 12:00:00",
    "Upload reviews.db with huggingface_hub",
    "Backup of reviews",
  ];
  for (let minute = 1; minute <= count; minute++) {
    if (minute === (count >> 1) + 1) db.exec("DELETE FROM reviews");
    insert.run(`Visitor ${minute}`, minute % 5 + 1, `Minute ${minute}`);
    const rows = db.prepare("SELECT id, created_at, name, review, comments FROM reviews").all();
    const csv = rows.map((row) => Object.values(row).map((cell) => JSON.stringify(cell ?? "")).join());
    hub.commitDirectly(REPO, {
      "reviews.db": new Uint8Array(db.serialize()),
      "reviews.csv": bytesOf(["0,1,2,3,4", ...csv, ""].join("\n")),
    }, { summary: titles[minute % titles.length]! });
  }
}

function backupTo(hub: Hub): Record<string, string> {
  return { HF_ENDPOINT: hub.url, HF_TOKEN: TOKEN, DATASET_REPO: REPO };
}
