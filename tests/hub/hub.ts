// A Hugging Face Hub for tests and local work: a real HTTP server with repositories, storage on another host name and faults on order.
import { Hono } from "@hono/hono";
import { Access, type Grant } from "./access.ts";
import { commitApi } from "./commit_api.ts";
import { Contents } from "./contents.ts";
import { answerError, answerUnknown } from "./hub_error.ts";
import { type Fault, Faults } from "./faults.ts";
import { faultRoutes } from "./fault_routes.ts";
import type { HubParts } from "./hub_parts.ts";
import { lfsApi, lfsStorage } from "./lfs.ts";
import { listen, type RequestLog } from "./listen.ts";
import { type RateLimitOptions, RateLimits } from "./rate_limits.ts";
import { repoApi } from "./repo_api.ts";
import { RepoStore } from "./repo_store.ts";
import { type RepoView, repoView } from "./repo_view.ts";
import { resolveRoutes } from "./resolve.ts";
import { xetStorage, xetTokenApi } from "./xet_api.ts";
import { XetStore } from "./xet_store.ts";
import { preuploadMode, REAL_RULES, type UploadMode, type UploadRules } from "./upload_rules.ts";

export type { Fault, Faults, Grant, RepoView, RequestLog, UploadMode };

/** Settings of {@linkcode startHub}; all are optional. */
export interface HubOptions {
  /** Port of the Hub on 127.0.0.1; 0, the default, takes a free one. */
  port?: number;
  /** Port of the storage on localhost; the same. */
  storagePort?: number;
  /** Keeps the data in this folder, which is made if need be; without it, in memory. */
  folder?: string;
  /** The clock for commit dates, token expiry and rate limits. */
  now?: () => Date;
  /** How files have to be uploaded. */
  uploadMode?: UploadMode;
  /** Most bytes of a file in the commit itself, for the mode `auto`. */
  regularUpTo?: UploadRules["regularUpTo"];
  rateLimits?: RateLimitOptions;
  /** Told of each request when it is over. */
  onAnswered?: (entry: RequestLog) => void;
}

/** A running Hub. */
export interface Hub extends AsyncDisposable {
  /** Base URL of the Hub, such as `http://127.0.0.1:7870`. */
  readonly url: string;
  /** Base URL of the storage, such as `http://localhost:7871`. */
  readonly storageUrl: string;
  readonly faults: Faults;
  /** Every request since the start, oldest first; `requests.length = 0` forgets them. */
  readonly requests: RequestLog[];
  /** Lets `token` in. `hf_local_write` and `hf_local_read`, both of user "ada", are there from the start. */
  addToken(token: string, grant: Grant): void;
  /** Makes `token` unknown, as when it was revoked. */
  removeToken(token: string): void;
  /** What `owner/name` holds now, or undefined without such a repository. */
  repo(name: string): RepoView | undefined;
  /** Commits as somebody else would and returns the id; null deletes a file. Creates the repository, private, if need be. */
  commitDirectly(
    repo: string,
    files: Record<string, Uint8Array<ArrayBuffer> | null>,
    options?: DirectCommit,
  ): string;
  /** Changes the stored bytes of a file while its declared size and hashes stay; by default one bit in the middle flips. */
  damageObject(
    repo: string,
    path: string,
    options?: { revision?: string; change?: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> },
  ): void;
  /** Cuts the stored bytes of a file down to `size` while its declared size and hashes stay. */
  truncateObject(repo: string, path: string, options: { revision?: string; size: number }): void;
  close(): Promise<void>;
}

/** How {@linkcode Hub.commitDirectly} commits. */
export interface DirectCommit {
  summary?: string;
  /** A new root: all history is left behind, as after a force-push. */
  unrelated?: boolean;
  /** Stores all files this way rather than by the Hub's rules. */
  as?: "regular" | "lfs";
}

/** Starts a Hub on the loopback interface. */
export async function startHub(options: HubOptions = {}): Promise<Hub> {
  const { now = () => new Date(), folder, rateLimits = {} } = options;
  const store = new RepoStore({ folder, now });
  const urls = { hub: "", storage: "" };
  const parts: HubParts = {
    store,
    contents: new Contents(store.blobs, new XetStore(store.blobs, folder)),
    access: new Access(store),
    faults: new Faults(),
    limits: new RateLimits(rateLimits, now),
    uploads: { mode: options.uploadMode ?? "auto", regularUpTo: options.regularUpTo ?? REAL_RULES.regularUpTo },
    now,
    url: () => urls.hub,
    storageUrl: () => urls.storage,
  };
  parts.access.addToken("hf_local_write", { user: "ada", write: true, orgs: ["lovelace"] });
  parts.access.addToken("hf_local_read", { user: "ada", write: false, orgs: ["lovelace"] });

  const requests: RequestLog[] = [];
  const shared = {
    faults: parts.faults,
    now,
    onRequest: (entry: RequestLog) => void requests.push(entry),
    onAnswered: options.onAnswered ?? (() => {}),
  };
  const hub = await listen({ ...shared, host: "hub", port: options.port ?? 0, answer: hubApp(parts).fetch });
  const storage = await listen({
    ...shared,
    host: "storage",
    port: options.storagePort ?? 0,
    answer: storageApp(parts).fetch,
  }).catch(async (error) => {
    await hub.close();
    throw error;
  });
  urls.hub = `http://127.0.0.1:${hub.port}`;
  urls.storage = `http://localhost:${storage.port}`;
  const close = async () => void await Promise.all([hub.close(), storage.close()]);
  return {
    url: urls.hub,
    storageUrl: urls.storage,
    faults: parts.faults,
    requests,
    ...directAccess(parts),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function hubApp(parts: HubParts): Hono {
  const app = new Hono();
  app.onError(answerError);
  app.notFound(answerUnknown);
  app.route("/", faultRoutes(parts.faults));
  app.use("/api/*", async (c, next) => {
    parts.limits.countRequest();
    await next();
    for (const [name, value] of Object.entries(parts.limits.headers())) c.header(name, value);
  });
  for (const routes of [repoApi, commitApi, lfsApi, xetTokenApi, resolveRoutes]) app.route("/", routes(parts));
  return app;
}

function storageApp(parts: HubParts): Hono {
  const app = new Hono();
  app.onError(answerError);
  app.notFound(answerUnknown);
  app.route("/", lfsStorage(parts));
  app.route("/", xetStorage(parts));
  return app;
}

function directAccess(parts: HubParts) {
  const { store, contents, access } = parts;
  const damage: Hub["damageObject"] = (name, path, { revision = "main", change = flipBit } = {}) => {
    const repo = store.get(name);
    const entry = repo && store.resolve(repo, revision).files[path];
    if (entry === undefined) throw new TypeError(`There is no "${path}" in "${name}" at "${revision}" to damage`);
    contents.damage(entry, change);
  };
  const commitDirectly: Hub["commitDirectly"] = (name, files, { summary = "By hand", unrelated = false, as } = {}) => {
    const repo = store.get(name) ?? store.create(name, { private: true, author: "someone" });
    const changes = Object.entries(files).map(([path, bytes]) => {
      if (bytes === null) return [path, null] as const;
      const mode = as ?? preuploadMode(parts.uploads, { size: bytes.length, sample: bytes.subarray(0, 512) });
      return [path, mode === "regular" ? store.putRegular(bytes) : contents.addLfs(store, bytes)] as const;
    });
    return store.commit(repo, { summary, author: "someone", changes: new Map(changes), root: unrelated }).id;
  };
  return {
    addToken: (token: string, grant: Grant) => access.addToken(token, grant),
    removeToken: (token: string) => access.removeToken(token),
    repo: (name: string) => repoView(parts, name),
    commitDirectly,
    damageObject: damage,
    truncateObject(name: string, path: string, { revision = "main", size }: { revision?: string; size: number }) {
      damage(name, path, { revision, change: (bytes) => bytes.subarray(0, size) });
    },
  };
}

function flipBit(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const middle = bytes.length >> 1;
  return bytes.map((byte, index) => index === middle ? byte ^ 1 : byte);
}
