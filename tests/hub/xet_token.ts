// Tokens of the Xet storage; they are signed and nothing is remembered, so that they outlive a restart as real ones do.
import { createHmac } from "node:crypto";
import { HubError } from "./hub_error.ts";

// Everything here is for tests; a fixed key keeps tokens and links valid after a restart.
const KEY = "local hub";
const LIFETIME = 15 * 60;

/** What the Hub tells about the storage. */
export interface XetToken {
  casUrl: string;
  accessToken: string;
  /** Seconds since 1970. */
  exp: number;
}

/** Issues a token; it ends by the machine's clock, since that is what clients compare it with. */
export function issueXetToken(casUrl: string, scope: "read" | "write"): XetToken {
  const exp = Math.floor(Date.now() / 1000) + LIFETIME;
  return { casUrl, accessToken: `xet_${scope}_${exp}_${sign(`${scope} ${exp}`)}`, exp };
}

/** Refuses a request to the storage without a valid token of that scope; a token for writing may read as well. */
export function checkXetToken(request: Request, scope: "read" | "write"): void {
  const token = request.headers.get("Authorization") ?? "";
  const [, granted = "", exp = "", signature] = /^Bearer xet_(read|write)_(\d+)_(\w+)$/.exec(token) ?? [];
  if (signature !== sign(`${granted} ${exp}`) || Number(exp) * 1000 < Date.now()) {
    throw new HubError(401, "The Xet token is missing, wrong or expired");
  }
  if (scope === "write" && granted !== "write") throw new HubError(403, "The Xet token does not allow writing");
}

/** Signs a text, such as the path of a link. */
export function sign(text: string): string {
  return createHmac("sha256", KEY).update(text).digest("hex").slice(0, 32);
}
