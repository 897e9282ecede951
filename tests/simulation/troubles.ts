// What can go wrong with a request to the Hub, as a simulation draws it.
import type { Fault } from "../hub/hub.ts";
import type { Dice } from "./dice.ts";

/** A fault that happens to one request. */
export interface HubTrouble {
  weight: number;
  name: string;
  fault: Fault;
}

const COMMITS = { match: { path: /\/commit\// } };
const BUSY = { error: "Another commit operation is in progress for this repository." };
const NO_REPO = { "X-Error-Code": "RepoNotFound" };

const NOTHING = { body: "[]", headers: { "Content-Type": "application/json" } };

const TROUBLES: HubTrouble[] = [
  { weight: 4, name: "500", fault: { status: 500 } },
  { weight: 4, name: "500 after it took effect", fault: { status: 500, after: true } },
  { weight: 2, name: "503 after it took effect", fault: { status: 503, after: true } },
  { weight: 3, name: "500 at the commit", fault: { ...COMMITS, status: 500 } },
  { weight: 4, name: "500 after the commit", fault: { ...COMMITS, status: 500, after: true } },
  { weight: 3, name: "cut before the commit", fault: { ...COMMITS, cut: 0 } },
  { weight: 4, name: "cut after the commit", fault: { ...COMMITS, cut: 0, after: true } },
  { weight: 3, name: "half an answer to the commit", fault: { ...COMMITS, cut: 20 } },
  { weight: 4, name: "cut", fault: { cut: 0 } },
  { weight: 4, name: "cut after it took effect", fault: { cut: 0, after: true } },
  { weight: 4, name: "half an answer", fault: { cut: 20 } },
  { weight: 3, name: "429", fault: { status: 429, headers: { "Retry-After": "7" } } },
  { weight: 1, name: "401", fault: { status: 401 } },
  { weight: 1, name: "403", fault: { status: 403 } },
  { weight: 1, name: "404 from something in between", fault: { status: 404 } },
  { weight: 1, name: "404, no such repo", fault: { status: 404, headers: NO_REPO } },
  { weight: 1, name: "429 for a month", fault: { status: 429, headers: { "Retry-After": "2592000" } } },
  { weight: 3, name: "an empty list of paths", fault: { match: { path: /\/paths-info\// }, status: 200, ...NOTHING } },
  { weight: 1, name: "409", fault: { ...COMMITS, status: 409, body: BUSY } },
];

/** Draws one of the Hub's moods. */
export function drawTrouble(dice: Dice): HubTrouble {
  return dice.pickWeighted(TROUBLES);
}
