// The Hugging Face dataset that holds the backup, through the Hub's own client: reading, checking what was read, and commits on a parent.
import {
  commit,
  type CommitOperation,
  countCommits,
  createRepo,
  datasetInfo,
  downloadFile,
  listCommits,
  listFiles,
  pathsInfo,
  whoAmI,
} from "@huggingface/hub";
import { short } from "./commit_id.ts";
import { type DeclaredContent, saveDeclared } from "./content_hash.ts";
import type { DatasetSettings } from "./dataset_settings.ts";
import { FileBlob } from "./file_blob.ts";
import { createHubFetch } from "./hub_fetch.ts";
import { rememberChunks } from "./sent_chunks.ts";
import { SyncError, toSyncError } from "../sync_error.ts";

/** A file as a commit declares it. */
export interface RemoteFile extends DeclaredContent {
  path: string;
  /** Whether the commit that wrote it is Hearback's; false where that was not asked for or not told. */
  isOwn: boolean;
}

/** The newest commit of the dataset. */
export interface Head {
  commit: string;
  at: Date;
  /** Whether only those who have access can read it. */
  isPrivate: boolean;
}

/** A commit of the dataset's history. */
export interface RemoteCommit {
  id: string;
  title: string;
  date: Date;
  /** Whether Hearback made it. */
  isOwn: boolean;
}

/** What one commit of ours consists of. */
export interface NewCommit {
  /** The commit it must stand on; anything else is refused by the Hub. */
  parent: string;
  title: string;
  files: { path: string; content: Blob }[];
  /** Paths to delete. */
  deletes?: string[];
  /** Told of the share done, 0 to 1, at most a hundred times. */
  onProgress?: (share: number) => void;
}

/** Where a file comes from and where it goes. */
export interface DownloadOptions {
  /** The commit that declares it. */
  revision: string;
  /** Path of the file to write. */
  target: string;
  /** Told of the share done, 0 to 1. */
  onProgress?: (share: number) => void;
}

/** The dataset. Every method throws a `SyncError`. */
export type Dataset = ReturnType<typeof openDataset>;

const ANSWER_LIMIT = 60_000;
const PAUSE_LIMIT = 30_000;
const DOWNLOAD_TRIES = 3;

/** Opens `settings.repo`; makes no request yet. Aborting `signal` ends whatever is under way. */
export function openDataset(settings: DatasetSettings, signal: AbortSignal) {
  const { repo: name, endpoint: hubUrl, token: accessToken } = settings;
  const repo = { type: "dataset", name } as const;
  const hub = createHubFetch({
    endpoint: hubUrl,
    repo: name,
    signal,
    answerLimit: ANSWER_LIMIT,
    pauseLimit: PAUSE_LIMIT,
  });
  const sent = rememberChunks({ fetch: hub.fetch, path: settings.sentChunks });
  const access = { hubUrl, accessToken, fetch: sent.fetch };

  return {
    head,
    create,
    files,
    paths,
    download,
    commits,
    countCommits: count,
    commit: makeCommit,
    squash,
    account,
    mayWrite,
    forgetSent: sent.forget,
    name,
    url: `${hubUrl}/datasets/${name}`,
    bytesSent: hub.bytesSent,
    hubTime: hub.hubTime,
  };

  /** The newest commit, or null where the Hub says that there is no such dataset. */
  async function head(): Promise<Head | null> {
    try {
      const info = await told(datasetInfo({ ...access, name, revision: "main", additionalFields: ["sha"] }));
      if (/^[0-9a-f]{40}$/.test(info.sha)) return { commit: info.sha, at: info.updatedAt, isPrivate: info.private };
    } catch (error) {
      if (error instanceof SyncError && error.kind === "missing") return null;
      throw error;
    }
    throw new SyncError("unreachable", "The Hub's answer names no commit");
  }

  /** Creates the dataset; one that somebody else just created is fine too. */
  async function create(): Promise<void> {
    try {
      await createRepo({ ...access, repo, visibility: settings.private ? "private" : "public" });
    } catch (error) {
      const failure = known(error);
      if (failure.status === 409) return;
      if (failure.kind !== "rights") throw failure;
      throw new SyncError("rights", `The token may not create the dataset ${name}`, {
        cause: error,
        retry: false,
        hint: `Create ${name} by hand or give the token write access; no restart is needed`,
      });
    }
  }

  /** Which of `paths` a commit holds, by path. */
  async function files(revision: string, paths: string[]): Promise<Map<string, RemoteFile>> {
    const found = await told(pathsInfo({ ...access, repo, revision, paths, expand: true }));
    return new Map(found.map(({ path, type, size, oid, lfs, lastCommit }) => {
      if (typeof path !== "string" || typeof size !== "number" || type !== "file") {
        throw new SyncError("unreachable", "The Hub's answer does not say which files a commit holds");
      }
      const isOwn = isOwnTitle(lastCommit?.title ?? "");
      return [path, { path, size: lfs?.size ?? size, hash: lfs?.oid ?? oid ?? "", isOwn }];
    }));
  }

  /** The paths of all files that a commit holds outside of folders. */
  async function paths(revision: string): Promise<Set<string>> {
    try {
      const found = new Set<string>();
      for await (const { path } of listFiles({ ...access, repo, revision })) found.add(path);
      return found;
    } catch (error) {
      throw known(error);
    }
  }

  /** Writes a file of a commit to `target` once size and hash are as the commit declares; else throws with kind `damaged`. */
  async function download(file: RemoteFile, { revision, target, onProgress }: DownloadOptions): Promise<void> {
    // The client asks for the first byte to begin with, which the Hub refuses where there is none.
    if (file.size === 0) return await Deno.writeFile(target, new Uint8Array());
    for (let tries = 1;; tries++) {
      try {
        hub.takeFailure();
        const blob = await downloadFile({ ...access, repo, path: file.path, revision });
        if (blob === null) {
          const message = `The Hub does not give ${file.path} of commit ${short(revision)}, which declares it`;
          throw new SyncError("unreachable", message, { denied: true });
        }
        if (await saveDeclared(blob.stream(), file, { target, onProgress })) return;
        throw new SyncError(
          "damaged",
          `${file.path} of commit ${short(revision)} is not what was committed: size or hash differ`,
        );
      } catch (error) {
        const failure = known(error);
        const passing = failure.kind === "damaged" || failure.kind === "unreachable";
        if (!passing || tries === DOWNLOAD_TRIES || signal.aborted) throw failure;
      }
    }
  }

  /** The commits of the dataset, newest first. */
  async function* commits(): AsyncGenerator<RemoteCommit> {
    try {
      for await (const { oid, title, message, date } of listCommits({ ...access, repo, revision: "main" })) {
        const isOwn = (message ?? "").split("\n").includes(MADE_BY) || isOwnTitle(title);
        yield { id: oid, title, date, isOwn };
      }
    } catch (error) {
      throw known(error);
    }
  }

  /** How many commits the dataset has. */
  function count(): Promise<number> {
    return told(countCommits({ ...access, repo, revision: "main" }));
  }

  /** Makes one commit and returns its id. Status 412: the parent is no longer the head. 409: another commit is in progress. */
  async function makeCommit({ parent, title, files, deletes = [], onProgress }: NewCommit): Promise<string> {
    for (let tries = 1;; tries++) {
      try {
        hub.takeFailure();
        const operations: CommitOperation[] = [
          ...withProgress(files, onProgress).map((file) => ({ operation: "addOrUpdate" as const, ...file })),
          ...deletes.map((path) => ({ operation: "delete" as const, path })),
        ];
        const words = { title, description: MADE_BY };
        const made = await orFailure((fetch) =>
          commit({ ...access, fetch, repo, ...words, operations, parentCommit: parent, abortSignal: signal })
        );
        if (made === undefined) {
          throw new SyncError("internal", "The Hub's client told of no commit", { uncertain: true });
        }
        return made.commit.oid;
      } catch (error) {
        const failure = known(error);
        if (!sent.takeMistake() || tries > 1 || signal.aborted) throw failure;
      }
    }
  }

  // The client can lose the failure of an upload and then never end, or leave it unhandled, which would end the Worker. So a request that
  // fails ends the commit from here, the others with it, and the client hears nothing of an upload that failed. What it asks of the Hub it
  // remembers for later commits, so there it must hear.
  function orFailure<T>(send: (fetch: typeof access.fetch) => Promise<T>): Promise<T> {
    const failed = Promise.withResolvers<never>();
    const ended = new AbortController();
    const sending = send((input, init) => {
      const signals = [ended.signal, ...(init?.signal ? [init.signal] : [])];
      return access.fetch(input, { ...init, signal: AbortSignal.any(signals) }).catch((error) => {
        failed.reject(error);
        ended.abort();
        const { origin } = new URL(input instanceof Request ? input.url : input);
        if (origin === new URL(hubUrl).origin) throw error;
        return new Promise<never>(() => {});
      });
    });
    return Promise.race([sending, failed.promise]);
  }

  /** Makes the dataset's history one single commit and returns it. The client has no function for this. */
  async function squash(title: string): Promise<Head> {
    await hub.fetch(`${hubUrl}/api/datasets/${name}/super-squash/main`, {
      method: "POST",
      headers: { Authorization: `Bearer ${accessToken}`, "Content-Type": "application/json" },
      body: JSON.stringify({ message: `${title}\n\n${MADE_BY}` }),
    }).then((response) => response.body?.cancel());
    const now = await head();
    if (now === null) throw new SyncError("missing", `There is no dataset ${name} after squashing its history`);
    sent.forget(); // what only old commits held may be gone, and a whole upload mends what many small ones have scattered
    return now;
  }

  /** The name of the account that the token belongs to. */
  async function account(): Promise<string> {
    const { name } = await told(whoAmI(access));
    return name;
  }

  /** Asks what every upload asks before it begins; false where there is no dataset. Throws with kind `rights` where the token may not write. */
  async function mayWrite(): Promise<boolean> {
    try {
      await hub.fetch(`${hubUrl}/api/datasets/${name}/preupload/main`, {
        method: "POST",
        headers: { Authorization: `Bearer ${accessToken}`, "Content-Type": "application/json" },
        body: JSON.stringify({ files: [{ path: "reviews.csv", size: 1, sample: btoa("i") }] }),
      }).then((response) => response.body?.cancel());
      return true;
    } catch (error) {
      const failure = known(error);
      if (failure.kind === "missing") return false;
      throw failure;
    }
  }

  async function told<T>(answer: Promise<T>): Promise<T> {
    return await answer.catch((error) => {
      throw known(error);
    });
  }

  // The client hides some failures of our fetch behind a bare text; the fetch remembers them.
  function known(error: unknown): SyncError {
    const hidden = hub.takeFailure();
    if (error instanceof SyncError) return error;
    if (hidden !== undefined) return hidden;
    const here = toSyncError(error); // such as a disk without room for what is downloaded
    if (here.kind === "disk") return here;
    return new SyncError("unreachable", "The Hub's answer could not be read", { cause: error });
  }
}

// The client tells of no progress, but it reads every file twice: for its hash and to send it.
function withProgress(files: NewCommit["files"], onProgress: NewCommit["onProgress"]): NewCommit["files"] {
  const total = 2 * files.reduce((sum, { content }) => sum + content.size, 0);
  let read = 0;
  let told = 0;
  const onRead = (bytes: number) => {
    read += bytes;
    const percent = Math.min(100, Math.floor(100 * read / total));
    if (percent > told) onProgress?.((told = percent) / 100);
  };
  return files.map(({ path, content }) => ({
    path,
    content: content instanceof FileBlob ? content.watched(onRead) : content,
  }));
}

// In the description of every commit of ours; those of version 0.1.0 are known by their titles alone.
const MADE_BY = "Made-by: Hearback";

function isOwnTitle(title: string): boolean {
  return /^Backup of \d+ reviews?(, .*)?$/.test(title);
}
