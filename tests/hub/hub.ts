// A Hugging Face Hub for tests and local work: a real HTTP server with repositories, storage on another host name and faults on order.
import { Hono } from "@hono/hono";
import { Access, type Grant } from "./access.ts";
import { commitApi } from "./commit_api.ts";
import { Contents } from "./contents.ts";
import { answerError, answerUnknown } from "./hub_error.ts";
import { type DirectAccess, directAccess } from "./direct_access.ts";
import { type Fault, Faults } from "./faults.ts";
import { faultRoutes } from "./fault_routes.ts";
import type { HubParts } from "./hub_parts.ts";
import { lfsApi, lfsStorage } from "./lfs.ts";
import { listen, type RequestLog } from "./listen.ts";
import { createOAuth, type OAuth } from "./oauth.ts";
import { type RateLimitOptions, RateLimits } from "./rate_limits.ts";
import { repoApi } from "./repo_api.ts";
import { RepoStore } from "./repo_store.ts";
import type { RepoView } from "./repo_view.ts";
import { resolveRoutes } from "./resolve.ts";
import { xetStorage, xetTokenApi } from "./xet_api.ts";
import { XetStore } from "./xet_store.ts";
import { REAL_RULES, type UploadMode, type UploadRules } from "./upload_rules.ts";

export type { Fault, Faults, Grant, RepoView, RequestLog, UploadMode };

/** Settings of {@linkcode startHub}; all are optional. */
export interface HubOptions {
  /** Port of the Hub on 127.0.0.1; 0, the default, takes a free one. */
  port?: number;
  /** Port of the storage on localhost; the same. */
  storagePort?: number;
  /** Keeps the data in this folder, which is made if need be; without it, in memory. */
  folder?: string;
  /** The clock for commit dates and rate limits; Xet tokens end by the machine's clock. */
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
export interface Hub extends DirectAccess, AsyncDisposable {
  /** Base URL of the Hub, such as `http://127.0.0.1:7870`. */
  readonly url: string;
  /** Base URL of the storage, such as `http://localhost:7871`. */
  readonly storageUrl: string;
  readonly faults: Faults;
  /** The sign-in for other sites. */
  readonly oauth: OAuth;
  /** Every request since the start, oldest first; `requests.length = 0` forgets them. */
  readonly requests: RequestLog[];
  close(): Promise<void>;
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

  const direct = directAccess(parts);
  const oauth = createOAuth({ url: parts.url, now });
  const requests: RequestLog[] = [];
  const shared = {
    faults: parts.faults,
    now,
    onRequest: (entry: RequestLog) => void requests.push(entry),
    onAnswered: options.onAnswered ?? (() => {}),
  };
  const hub = await listen({
    ...shared,
    host: "hub",
    port: options.port ?? 0,
    answer: hubApp(parts, { direct, oauth }).fetch,
  });
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
    oauth,
    requests,
    ...direct,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function hubApp(parts: HubParts, { direct, oauth }: { direct: DirectAccess; oauth: OAuth }): Hono {
  const app = new Hono();
  app.onError(answerError);
  app.notFound(answerUnknown);
  app.route("/", faultRoutes(parts.faults, direct));
  app.route("/", oauth.routes);
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
