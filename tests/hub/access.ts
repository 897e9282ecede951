// Who may do what: tokens, the user behind each, and the answers to those who may not.
import { HubError } from "./hub_error.ts";
import type { Repo, RepoStore } from "./repo_store.ts";

/** What a token stands for. */
export interface Grant {
  user: string;
  write: boolean;
  /** The token is fine-grained: it reaches these repositories alone (`owner/name`). */
  repos?: string[];
  /** Organizations whose repositories the user may read and write. */
  orgs?: string[];
}

/** The tokens of a Hub and the checks made with them. */
export class Access {
  readonly #tokens = new Map<string, Grant>();
  readonly #store: RepoStore;

  constructor(store: RepoStore) {
    this.#store = store;
  }

  addToken(token: string, grant: Grant): void {
    this.#tokens.set(token, grant);
  }

  removeToken(token: string): void {
    this.#tokens.delete(token);
  }

  /** The grant behind the request's token, undefined without a token; a token nobody knows is a 401. */
  grant(request: Request): Grant | undefined {
    const token = request.headers.get("Authorization")?.replace(/^Bearer\s+/i, "");
    if (token === undefined) return undefined;
    const grant = this.#tokens.get(token);
    if (grant === undefined) throw new HubError(401, "Invalid credentials in Authorization header");
    return grant;
  }

  /** The same, where the request is of no use without a token. */
  signedIn(request: Request): Grant {
    const grant = this.grant(request);
    if (grant === undefined) throw new HubError(401, "Invalid username or password.");
    return grant;
  }

  /** The repository, if the request may see it. A missing one and a hidden one look the same. */
  readable(request: Request, name: string): Repo {
    const grant = this.grant(request);
    const repo = this.#store.get(name);
    if (repo !== undefined && (!repo.private || (grant !== undefined && reaches(grant, name)))) return repo;
    if (grant === undefined) throw new HubError(401, "Invalid username or password.", { code: "RepoNotFound" });
    throw new HubError(404, "Repository not found", { code: "RepoNotFound" });
  }

  /** The repository, if the request may change it. */
  writable(request: Request, name: string): Repo {
    const grant = this.signedIn(request);
    const repo = this.readable(request, name);
    if (!grant.write) throw new HubError(403, "Forbidden: you must use a write token to upload to a repository.");
    if (!reaches(grant, name)) {
      throw new HubError(403, `Forbidden: pass \`create_pr=1\` as a query parameter to create a Pull Request`);
    }
    return repo;
  }

  /** Refuses those who may not create or delete `name`. */
  checkOwner(request: Request, name: string): Grant {
    const grant = this.signedIn(request);
    const [owner] = name.split("/");
    if (!grant.write || !reaches(grant, name)) {
      throw new HubError(403, `You don't have the rights to create a dataset under the namespace "${owner}"`);
    }
    return grant;
  }
}

function reaches(grant: Grant, name: string): boolean {
  if (grant.repos !== undefined && !grant.repos.includes(name)) return false;
  const [owner = ""] = name.split("/");
  return owner === grant.user || (grant.orgs ?? []).includes(owner);
}
