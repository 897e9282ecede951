// Checks of the token and, since the same answer tells the Hub's time, of the clock.
import { HubApiError, whoAmI } from "@huggingface/hub";
import type { DatasetSettings } from "../hub/dataset_settings.ts";
import type { Finding } from "./finding.ts";

/** What the Hub says of a token. */
export interface TokenReport {
  /** Left out where the Hub told no time. */
  clock: Finding | undefined;
  account: Finding;
  /** Under which names the account may have datasets; undefined where the token is of no use. */
  owners: string[] | undefined;
  /** False where the token says of itself that it may only read. */
  canWrite: boolean;
}

const PATIENCE_MS = 20_000;
const TOLERANCE_SECONDS = 120;

/** Asks the Hub whose the token is. */
export async function checkToken({ token, endpoint }: DatasetSettings, now: () => Date): Promise<TokenReport> {
  let date: string | null = null;
  const watched = async (input: RequestInfo | URL, init?: RequestInit) => {
    const response = await fetch(input, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
    date = response.headers.get("Date");
    return response;
  };
  try {
    const account = await whoAmI({ accessToken: token, hubUrl: endpoint, fetch: watched as typeof fetch });
    const orgs = account.type === "user" ? account.orgs.map(({ name }) => name) : [];
    const role = account.auth.accessToken?.role;
    return {
      clock: checkClock(date, now()),
      account: { verdict: "ok", text: `the Hub knows it: it belongs to ${account.name}` },
      owners: [account.name, ...orgs],
      canWrite: role !== "read",
    };
  } catch (error) {
    return { clock: checkClock(date, now()), account: failure(error, endpoint), owners: undefined, canWrite: false };
  }
}

function failure(error: unknown, endpoint: string): Finding {
  if (error instanceof HubApiError && error.statusCode === 401) {
    return {
      verdict: "problem",
      text: "the Hub does not accept it",
      advice: `Make a new one with write access at ${endpoint}/settings/tokens and set it as HF_TOKEN`,
    };
  }
  if (error instanceof HubApiError) {
    return { verdict: "problem", text: `the Hub answered ${error.statusCode}`, advice: "Try again in a few minutes" };
  }
  return {
    verdict: "problem",
    text: `the Hub at ${endpoint} cannot be reached (${error instanceof Error ? error.name : error})`,
    advice: "Look at HF_ENDPOINT, the network, the proxy and the name server of this machine",
  };
}

function checkClock(date: string | null, now: Date): Finding | undefined {
  if (date === null || Number.isNaN(Date.parse(date))) return undefined;
  const seconds = Math.round((now.getTime() - Date.parse(date)) / 1000);
  if (Math.abs(seconds) <= TOLERANCE_SECONDS) return { verdict: "ok", text: "it goes as the Hub's does" };
  return {
    verdict: "warning",
    text: `it is ${Math.abs(seconds)} seconds ${seconds > 0 ? "ahead of" : "behind"} the Hub's`,
    advice: "Turn on time synchronisation; reviews carry the time of this clock",
  };
}
