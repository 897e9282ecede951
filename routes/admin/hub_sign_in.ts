// Signs people in through the Hugging Face Hub: OpenID Connect with PKCE, state and nonce, by a library that is nothing but the protocol.
import type { AuthorizationServer } from "oauth4webapi";
import { AppError } from "../../db/app_error.ts";

/** The Space's OAuth app; a Space with `hf_oauth: true` is given all of it. */
export interface OAuthSettings {
  /** Base URL of the Hub. */
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Origin of this Space, such as `https://ada-demo.hf.space`. */
  origin: string;
  /** User names of those who are let in. */
  admins: readonly string[];
}

/** What the browser keeps between leaving for the Hub and coming back. */
export interface SignInAttempt {
  state: string;
  nonce: string;
  verifier: string;
}

type OAuth = typeof import("oauth4webapi");

/** Where the Hub sends people back to. */
export const CALLBACK_PATH = "/admin/oauth/callback";

/** Starts a sign-in: the Hub's address to go to, and what to keep until the return. Throws `busy` where the Hub cannot be reached. */
export async function beginHubSignIn(settings: OAuthSettings): Promise<{ address: string; attempt: SignInAttempt }> {
  const oauth = await loadOAuth();
  const hub = await discover(settings);
  const attempt = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
  };
  const address = new URL(hub.authorization_endpoint ?? "");
  address.search = new URLSearchParams({
    client_id: settings.clientId,
    redirect_uri: settings.origin + CALLBACK_PATH,
    response_type: "code",
    scope: "openid profile",
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: "S256",
  }).toString();
  return { address: address.href, attempt };
}

/** Ends a sign-in with what the Hub sent back, and returns the user name. Throws `forbidden` where the Hub does not vouch for anybody. */
export async function endHubSignIn(
  settings: OAuthSettings,
  { attempt, answer }: { attempt: SignInAttempt; answer: URLSearchParams },
): Promise<string> {
  const oauth = await loadOAuth();
  const hub = await discover(settings);
  const client = { client_id: settings.clientId };
  try {
    const options = requestOptions(oauth, settings);
    const code = await oauth.authorizationCodeGrantRequest(
      hub,
      client,
      oauth.ClientSecretBasic(settings.clientSecret),
      oauth.validateAuthResponse(hub, client, answer, attempt.state),
      settings.origin + CALLBACK_PATH,
      attempt.verifier,
      options,
    );
    const tokens = await oauth.processAuthorizationCodeResponse(hub, client, code, {
      expectedNonce: attempt.nonce,
      requireIdToken: true,
    });
    const subject = oauth.getValidatedIdTokenClaims(tokens)?.sub ?? "";
    const info = await oauth.userInfoRequest(hub, client, tokens.access_token, options);
    const { preferred_username } = await oauth.processUserInfoResponse(hub, client, subject, info);
    if (preferred_username) return preferred_username;
    throw new Error("The Hub names no user");
  } catch (cause) {
    throw new AppError("forbidden", "The sign-in did not come through; please begin again", { cause });
  }
}

// With the first sign-in, because most starts never see one.
function loadOAuth(): Promise<OAuth> {
  return import("oauth4webapi");
}

async function discover(settings: OAuthSettings): Promise<AuthorizationServer> {
  const oauth = await loadOAuth();
  const issuer = new URL(settings.issuer);
  try {
    const answer = await oauth.discoveryRequest(issuer, requestOptions(oauth, settings));
    return await oauth.processDiscoveryResponse(issuer, answer);
  } catch (cause) {
    throw new AppError("busy", "The Hub cannot be reached for the sign-in just now", { cause, retryAfter: 30 });
  }
}

function requestOptions(oauth: OAuth, { issuer }: OAuthSettings) {
  return {
    // Only a Hub of one's own, such as the one of the tests, speaks plain HTTP.
    [oauth.allowInsecureRequests]: issuer.startsWith("http:"),
    signal: () => AbortSignal.timeout(10_000),
  };
}
