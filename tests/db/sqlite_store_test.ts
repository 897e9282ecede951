// The store on SQLite: the contract, and what only a store in a file can do wrong.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { updateLedger } from "../../db/sqlite/ledger.ts";
import { openDatabase } from "../../db/file/open_database.ts";
import { openSqliteStore } from "../../db/sqlite/sqlite_store.ts";
import { change } from "./database_contents.ts";
import { isAppError, newReview, testStore } from "./store_contract.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const now = () => new Date("2026-11-22T12:00:00Z");

testStore("SqliteStore", async (now) => {
  const folder = await temporaryFolder();
  const path = folder.path("reviews.db");
  const open = () => openSqliteStore({ path, now });
  let store = open();
  return {
    store,
    async reopen() {
      await store.close();
      return store = open();
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await folder[Symbol.asyncDispose]();
    },
  };
});

Deno.test("F29 a locked database is waited for without stopping the event loop", async () => {
  await using folder = await temporaryFolder();
  const store = openSqliteStore({ path: folder.path("reviews.db"), now });
  using other = new DatabaseSync(folder.path("reviews.db"));
  other.exec("BEGIN IMMEDIATE");
  const adding = store.add(newReview());
  let turns = 0;
  while (turns < 100) {
    turns++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  other.exec("COMMIT");
  assert.equal((await adding).created, true);
  await store.close();
});

Deno.test("F29 a database that stays locked answers busy, and takes the review later", async () => {
  await using folder = await temporaryFolder();
  const store = openSqliteStore({ path: folder.path("reviews.db"), now, patience: 20 });
  using other = new DatabaseSync(folder.path("reviews.db"));
  const review = newReview();
  other.exec("BEGIN IMMEDIATE");
  await assert.rejects(store.add(review), (error) => isAppError("busy")(error) && error.retryAfter === 5);
  await assert.rejects(store.erase(review.uid), isAppError("busy"));
  assert.deepEqual((await store.list({ limit: 10 })).total, 0, "reading goes on");
  other.exec("ROLLBACK");
  assert.equal((await store.add(review)).created, true);
  await store.close();
});

Deno.test("F31 an erased text is in no byte of the database and its log", async () => {
  await using folder = await temporaryFolder();
  const path = folder.path("reviews.db");
  const store = openSqliteStore({ path, now });
  const secret = "sæcret-🙏-".repeat(40);
  const review = newReview({ name: "Nomen-Nescio", comments: secret, source: "somewhere-secret" });
  await Promise.all([newReview(), review, newReview()].map((one) => store.add(one)));
  const traces = () =>
    [path, `${path}-wal`].filter((file) => {
      const bytes = new TextDecoder().decode(Deno.readFileSync(file));
      return ["sæcret-🙏", "Nomen-Nescio", "somewhere-secret"].some((text) => bytes.includes(text));
    });
  assert.deepEqual(traces(), [`${path}-wal`], "the test can see what is there");
  await store.erase(review.uid);
  assert.deepEqual(traces(), []);
  await store.close();
});

Deno.test("pending() hears of a backup that another connection noted", async () => {
  await using folder = await temporaryFolder();
  const store = openSqliteStore({ path: folder.path("reviews.db"), now });
  await Promise.all([store.add(newReview()), store.add(newReview())]);
  assert.equal(store.pending(), 2);
  const other = openDatabase(folder.path("reviews.db"));
  updateLedger(other, { backedUp: 2 });
  other.close();
  assert.equal(store.pending(), 0);
  await store.close();
});

Deno.test("refresh() counts what another connection stored", async () => {
  await using folder = await temporaryFolder();
  const store = openSqliteStore({ path: folder.path("reviews.db"), now });
  const other = openDatabase(folder.path("reviews.db"));
  other.exec(
    "INSERT INTO reviews (name, review, comments, uid) VALUES ('a', 3, 'b', 'u1'), ('a', 9007199254740993, x'ff00', 'u2')",
  );
  other.close();
  await store.refresh();
  assert.deepEqual(await store.stats(), { total: 2, average: 3, counts: { "1": 0, "2": 0, "3": 1, "4": 0, "5": 0 } });
  assert.equal((await store.list({ limit: 10 })).reviews.length, 2);
  await store.close();
});

Deno.test("F45 refresh() right after an erasure counts it once, whatever else others wrote", async () => {
  await using folder = await temporaryFolder();
  const path = folder.path("reviews.db");
  const store = openSqliteStore({ path, now });
  await Promise.all(["one", "two", "three"].map((uid) => store.add(newReview({ uid }))));
  change(path, "INSERT INTO reviews (uid) VALUES ('four')");
  await Promise.all([store.erase("one"), store.refresh()]);
  assert.equal((await store.stats()).total, 3);
  await store.close();
});

Deno.test("F24 what was answered survives the death of the process", async () => {
  await using folder = await temporaryFolder();
  const child = writer(folder.path("reviews.db")).spawn();
  const answered = await linesUntil(child, (lines) => lines.length >= 2000 && child.kill("SIGKILL"));
  assert.ok(answered.length >= 2000);
  const store = openSqliteStore({ path: folder.path("reviews.db"), now });
  for (const uid of answered) assert.ok(await store.get(uid), uid);
  await store.close();
});

Deno.test("F28 a full disk is told as such, loses nothing that was answered, and heals when there is room", async () => {
  await using folder = await temporaryFolder();
  // Writes beyond 400 blocks of 512 bytes fail from here on; without the trap the process would be killed instead.
  const child = writer(folder.path("reviews.db"), ["sh", "-c", "trap '' XFSZ; ulimit -S -f 400; exec \"$@\"", "sh"])
    .spawn();
  let full = false;
  const answered = await linesUntil(child, async (lines) => {
    if (!full && lines.includes("disk_full")) {
      full = true;
      const { success } = await new Deno.Command("prlimit", { args: ["--pid", `${child.pid}`, "--fsize=unlimited"] })
        .output();
      assert.ok(success);
    }
    if (full && lines.lastIndexOf("disk_full") < lines.length - 100) child.kill("SIGKILL");
  });
  assert.deepEqual([...new Set(answered.filter((line) => line.length < 36))], ["disk_full"]);
  const store = openSqliteStore({ path: folder.path("reviews.db"), now });
  for (const uid of answered.filter((line) => line.length === 36)) assert.ok(await store.get(uid), uid);
  await store.close();
});

/** A process that adds reviews without end and prints the uid of each that was answered, or the code of the failure. */
function writer(path: string, wrapper: string[] = []): Deno.Command {
  const root = new URL("../../", import.meta.url);
  const script = `
    import { openSqliteStore } from ${JSON.stringify(new URL("db/sqlite/sqlite_store.ts", root).href)};
    import { newReview } from ${JSON.stringify(import.meta.resolve("./store_contract.ts"))};
    const store = openSqliteStore({ path: ${JSON.stringify(path)}, now: () => new Date() });
    while (true) {
      const lines = await Promise.all(Array.from({ length: 50 }, () => {
        const review = newReview({ comments: "x".repeat(100) });
        return store.add(review).then(() => review.uid, ({ code }) => code);
      }));
      await Deno.stdout.write(new TextEncoder().encode(lines.join("\\n") + "\\n"));
    }`;
  const module = `data:application/typescript,${encodeURIComponent(script)}`;
  const run = [
    Deno.execPath(),
    "run",
    "--config",
    new URL("deno.json", root).pathname,
    "--allow-read",
    "--allow-write",
    module,
  ];
  const [command, ...args] = [...wrapper, ...run];
  return new Deno.Command(command!, { args, stdout: "piped", stderr: "inherit" });
}

/** What `child` prints, line by line, until it has ended; `look` sees all lines so far and may end it. */
async function linesUntil(child: Deno.ChildProcess, look: (lines: string[]) => unknown): Promise<string[]> {
  let output = "";
  let ended = false;
  child.status.then(() => ended = true);
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += text;
    if (!ended) await look(output.split("\n").slice(0, -1));
  }
  await child.status;
  return output.split("\n").slice(0, -1);
}
