// Uploads that send what changed and nothing else, through the Hub's own client and to a Hub with Xet storage.
import assert from "node:assert/strict";
import { openSqliteStore } from "../../db/sqlite/sqlite_store.ts";
import { runBackup } from "../../sync/jobs/back_up.ts";
import { type Dataset, openDataset } from "../../sync/hub/dataset.ts";
import { FileBlob } from "../../sync/hub/file_blob.ts";
import { newReview } from "../db/store_contract.ts";
import { noise } from "../hub/call.ts";
import { type Hub, startHub } from "../hub/hub.ts";

const REPO = "ada/reviews";
const SIZE = 3_000_000;

Deno.test("every upload sends only what no upload before it has sent, also after a restart", async () => {
  await using t = await start();
  await t.upload(noise(SIZE));
  for (let run = 1; run <= 4; run++) {
    // As SQLite does it: the first page changes with every write, the rest mostly at the end.
    const bytes = noise(SIZE + run * 1000);
    for (let earlier = 1; earlier <= run; earlier++) bytes[SIZE / 2 + earlier * 200_000] = earlier;
    bytes[20] = run;
    const sent = await t.upload(bytes);
    assert.ok(sent < SIZE / 6, `run ${run} sent ${sent} bytes`);
  }
});

Deno.test("a memory that does not fit its hash counts as none, and the upload is whole", async () => {
  await using t = await start();
  const bytes = noise(SIZE);
  await t.upload(bytes);
  const memory = await Deno.readFile(t.memory);
  memory[memory.length - 20]! ^= 1;
  await Deno.writeFile(t.memory, memory);
  bytes[0]! ^= 1;
  assert.ok(await t.upload(bytes) > SIZE);
  bytes[0]! ^= 2;
  assert.ok(await t.upload(bytes) < SIZE / 6);
});

Deno.test("storage that has lost what was sent gets all of it in the same run", async () => {
  await using t = await start();
  const bytes = noise(SIZE);
  await t.upload(bytes);
  // Somebody else replaces the file and squashes the history, so that nothing uses the old chunks any more.
  t.hub.commitDirectly(REPO, { "reviews.db": noise(2_000_000, 5) });
  await t.squashElsewhere();
  bytes[0]! ^= 1;
  assert.ok(await t.upload(bytes) > SIZE);
  bytes[0]! ^= 2;
  assert.ok(await t.upload(bytes) < SIZE / 6);
});

Deno.test("a history that somebody else has squashed makes the next upload whole", async () => {
  await using t = await start();
  const store = openSqliteStore({ path: t.path("reviews.db"), now: () => new Date() });
  const backUp = () => t.backUp(t.path("reviews.db"));
  const add = (comments: string) => store.add(newReview({ name: "", comments }));
  for (let number = 0; number < 300; number++) await add(noise(3000, number).toHex());
  const whole = await backUp();
  await add("one more");
  assert.ok(await backUp() < whole / 3);
  await t.squashElsewhere();
  await add("and another");
  assert.ok(await backUp() > whole * 0.4); // the CSV begins as before, so the storage itself tells that it has it
  assert.deepEqual(t.hub.requests.filter(({ status }) => status === 400), []);
  await store.close();
});

Deno.test("another storage is sent everything", async () => {
  await using t = await start();
  const bytes = noise(SIZE);
  await t.upload(bytes);
  await using other = await start({ memory: t.memory });
  bytes[0]! ^= 1;
  assert.ok(await other.upload(bytes) > SIZE);
  assert.deepEqual(other.hub.requests.filter(({ status }) => status === 400), []);
});

Deno.test("squashing the history forgets what was sent", async () => {
  await using t = await start();
  const bytes = noise(SIZE);
  await t.upload(bytes);
  await t.withDataset((dataset) => dataset.squash("Squash"));
  bytes[0]! ^= 1;
  assert.ok(await t.upload(bytes) > SIZE);
});

for (const uploadMode of ["regular", "lfs", "multipart"] as const) {
  Deno.test(`storage of the kind ${uploadMode} gets every file byte for byte`, async () => {
    await using t = await start({ uploadMode });
    const bytes = noise(6_000_000);
    await t.upload(bytes);
    bytes[0]! ^= 1;
    await t.upload(bytes);
  });
}

Deno.test("a commit tells how far it is, up to the end", async () => {
  await using t = await start();
  const shares: number[] = [];
  await t.upload(noise(SIZE), (share) => shares.push(share));
  assert.deepEqual(shares, [...shares].sort((a, b) => a - b));
  assert.ok(shares.length > 5 && shares.length <= 100);
  assert.equal(shares.at(-1), 1);
});

interface StartOptions {
  uploadMode?: "regular" | "lfs" | "multipart" | "xet";
  memory?: string;
}

async function start({ uploadMode = "xet", memory }: StartOptions = {}) {
  const folder = await Deno.makeTempDir();
  const hub: Hub = await startHub({ uploadMode });
  const path = memory ?? `${folder}/sent_chunks`;
  hub.commitDirectly(REPO, { "README.md": new Uint8Array([1]) });

  const settings = { endpoint: hub.url, repo: REPO, token: "hf_local_write", private: true, sentChunks: path };
  const { signal } = new AbortController();

  /** Everything anew, as after a restart; only the file with the memory stays. */
  async function withDataset<T>(work: (dataset: Dataset) => Promise<T>): Promise<T> {
    return await work(openDataset(settings, signal));
  }

  return {
    hub,
    memory: path,
    withDataset,
    path: (name: string) => `${folder}/${name}`,
    /** Backs a database up and tells how many bytes were sent. */
    async backUp(database: string) {
      const options = {
        settings,
        database,
        workDir: `${folder}/work`,
        readFirst: false,
        now: () => new Date(),
        signal,
      };
      return (await runBackup({ ...options, onEvent: () => {} })).bytesSent;
    },
    /** Commits `bytes` as reviews.db, checks that they arrived, and tells how many bytes were sent. */
    upload: (bytes: Uint8Array<ArrayBuffer>, onProgress = (_: number) => {}) =>
      withDataset(async (dataset) => {
        const file = `${folder}/reviews.db`;
        await Deno.writeFile(file, bytes);
        const files = [{ path: "reviews.db", content: new FileBlob(file) }];
        await dataset.commit({ parent: hub.repo(REPO)!.head, title: "Backup", files, onProgress });
        assert.deepEqual(hub.repo(REPO)!.file("reviews.db"), bytes);
        return dataset.bytesSent();
      }),
    async squashElsewhere() {
      const answer = await fetch(`${hub.url}/api/datasets/${REPO}/super-squash/main`, {
        method: "POST",
        headers: { Authorization: "Bearer hf_local_write", "Content-Type": "application/json" },
        body: JSON.stringify({ message: "Squash" }),
      });
      await answer.body?.cancel();
    },
    async [Symbol.asyncDispose]() {
      await hub.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
