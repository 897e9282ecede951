// Conformance with the JavaScript client: all it can do with a dataset, byte for byte, in each way a file can be stored.
import assert from "node:assert/strict";
import {
  checkRepoAccess,
  commit,
  countCommits,
  createRepo,
  datasetInfo,
  deleteFile,
  downloadFile,
  fileExists,
  HubApiError,
  listCommits,
  listFiles,
  pathsInfo,
  repoExists,
  uploadFiles,
  whoAmI,
} from "@huggingface/hub";
import { noise } from "../hub/call.ts";
import { sha256 } from "../hub/content_ids.ts";
import { startHub } from "../hub/hub.ts";
import { wholeFetch } from "../hub/whole_fetch.ts";

const repo = { type: "dataset", name: "ada/js" } as const;

for (const uploadMode of ["regular", "lfs", "multipart", "xet"] as const) {
  Deno.test(`the JavaScript client works with the Hub in mode ${uploadMode}`, async (t) => {
    await using hub = await startHub({ uploadMode });
    const access = { repo, hubUrl: hub.url, accessToken: "hf_local_write", fetch: wholeFetch };
    const contents = makeContents();
    const upload = (files: Record<string, Uint8Array<ArrayBuffer>>, parentCommit?: string) =>
      commit({
        ...access,
        title: "Upload",
        operations: Object.entries(files).map(([path, bytes]) => ({
          operation: "addOrUpdate",
          path,
          content: new Blob([bytes]),
        })),
        ...(parentCommit !== undefined && { parentCommit }),
      });
    const checkContents = async (files: Record<string, Uint8Array>, revision = "main") => {
      for (const [path, bytes] of Object.entries(files)) {
        // The client asks for the first byte to learn the size, which an empty file does not have.
        if (bytes.length === 0) continue;
        const blob = await downloadFile({ ...access, path, revision });
        assert.equal(sha256(new Uint8Array(await blob!.arrayBuffer())), sha256(bytes), path);
      }
    };
    const refused = (statusCode: number) => (error: unknown) =>
      error instanceof HubApiError && error.statusCode === statusCode;

    await t.step("creates a dataset and knows who it is", async () => {
      assert.equal((await whoAmI(access)).name, "ada");
      assert.equal(await repoExists(access), false);
      await assert.rejects(checkRepoAccess(access), refused(404));
      assert.equal((await createRepo({ ...access, visibility: "private" })).id, repo.name);
      await assert.rejects(createRepo({ ...access, visibility: "private" }), refused(409));
      assert.equal(await repoExists(access), true);
      await checkRepoAccess(access);
      assert.equal((await datasetInfo({ ...access, name: repo.name })).private, true);
    });

    await t.step("uploads and downloads byte for byte", async () => {
      const done = await upload(contents);
      assert.equal(done!.commit.oid, hub.repo(repo.name)!.head);
      assert.equal(
        (await datasetInfo({ ...access, name: repo.name, additionalFields: ["sha"] })).sha,
        done!.commit.oid,
      );
      await checkContents(contents);
      assert.equal(await fileExists({ ...access, path: "small.bin" }), true);
      assert.equal(await fileExists({ ...access, path: "missing" }), false);
      assert.equal(await downloadFile({ ...access, path: "missing" }), null);
    });

    await t.step("lists files and describes them", async () => {
      const listed = new Map<string, number>();
      for await (const file of listFiles({ ...access, recursive: true })) {
        if (file.type === "file") listed.set(file.path, file.size);
      }
      for (const [path, bytes] of Object.entries(contents)) assert.equal(listed.get(path), bytes.length, path);
      const [info] = await pathsInfo({ ...access, paths: ["data/large.bin"], expand: true });
      assert.equal(info!.lastCommit.id, hub.repo(repo.name)!.head);
      const hash = sha256(contents["data/large.bin"]!);
      assert.equal(info!.lfs?.oid, uploadMode === "regular" ? undefined : hash);
      assert.equal(info!.xetHash !== undefined, uploadMode === "xet");
    });

    await t.step("commits on a parent, refuses a stale one and reads older revisions", async () => {
      const { head } = hub.repo(repo.name)!;
      const changed = { ...contents, "data/large.bin": contents["data/large.bin"]!.slice(0, 5_900_000) };
      await upload(changed, head);
      await checkContents(changed);
      await checkContents(contents, head);
      await assert.rejects(upload(contents, head), refused(412));
      assert.equal(await countCommits(access), 3);
      const titles = [];
      for await (const { title } of listCommits({ ...access, batchSize: 2 })) titles.push(title);
      assert.deepEqual(titles, ["Upload", "Upload", "initial commit"]);
    });

    await t.step("edits a part of a file", async () => {
      const path = "data/large.bin";
      const before = hub.repo(repo.name)!.file(path)!;
      const originalContent = (await downloadFile({ ...access, path, parallelDownloads: false }))!;
      await commit({
        ...access,
        title: "Edit",
        operations: [{
          operation: "edit",
          path,
          originalContent,
          edits: [
            { start: 1_000_000, end: 1_000_100, content: new Blob(["in the middle"]) },
            { start: before.length, end: before.length, content: new Blob(["at the end"]) },
          ],
        }],
      });
      const parts = [before.slice(0, 1_000_000), "in the middle", before.slice(1_000_100), "at the end"];
      await checkContents({ [path]: await new Blob(parts).bytes() });
    });

    await t.step("deletes files", async () => {
      await deleteFile({ ...access, path: "small.bin" });
      assert.equal(await fileExists({ ...access, path: "small.bin" }), false);
      await assert.rejects(deleteFile({ ...access, path: "small.bin" }), refused(404));
    });

    await t.step("is told apart who may not", async () => {
      const files = [{ path: "a.txt", content: new Blob(["a"]) }];
      await assert.rejects(uploadFiles({ ...access, accessToken: "hf_local_read", files }), refused(403));
      await assert.rejects(uploadFiles({ ...access, accessToken: "hf_unknown", files }), refused(401));
      await assert.rejects(
        uploadFiles({ ...access, repo: { ...repo, name: "ada/missing" }, files }),
        refused(404),
      );
    });

    await t.step("finds the files after the history was squashed", async () => {
      const kept = hub.repo(repo.name)!.file("data/large.bin")!;
      const response = await wholeFetch(`${hub.url}/api/datasets/${repo.name}/super-squash/main`, {
        method: "POST",
        headers: { Authorization: "Bearer hf_local_write", "Content-Type": "application/json" },
        body: JSON.stringify({ message: "Squash" }),
      });
      assert.equal(response.status, 200);
      assert.equal(await countCommits(access), 1);
      await checkContents({ "data/large.bin": kept });
    });
  });
}

function makeContents(): Record<string, Uint8Array<ArrayBuffer>> {
  const numbers = new Uint32Array(200_000).map((_, index) => index);
  return {
    "empty.txt": new Uint8Array(),
    "ümläut 1.txt": new TextEncoder().encode("Grüße, 世界\n"),
    "small.bin": new Uint8Array(1024).map((_, index) => index),
    "data/large.bin": noise(6_000_000),
    "data/numbers.bin": new Uint8Array(numbers.buffer),
    "data/repeated.txt": new TextEncoder().encode("a line that comes again and again\n".repeat(10_000)),
  };
}
