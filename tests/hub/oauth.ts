// The Hub's sign-in for other sites: OpenID Connect with one app, whose person at the browser agrees at once.
import { type Context, Hono } from "@hono/hono";

/** The app, as a Space with `hf_oauth: true` is given it. */
export const OAUTH_APP = { clientId: "local-app", clientSecret: "local-secret" } as const;

/** The sign-in of a Hub. */
export interface OAuth {
  /** Who is signed in on the Hub; null says no to the app. */
  user: string | null;
  /** Change what the token endpoint answers, to see what a client makes of it. */
  spoil: ((idToken: Record<string, unknown>) => Record<string, unknown>) | undefined;
  readonly routes: Hono;
}

interface Grant {
  user: string;
  redirectUri: string;
  challenge: string;
  nonce: string;
}

/** Makes the sign-in of the Hub at `url()`. */
export function createOAuth({ url, now }: { url: () => string; now: () => Date }): OAuth {
  const grants = new Map<string, Grant>();
  const users = new Map<string, string>();
  let keys: Promise<CryptoKeyPair> | undefined;
  const signingKeys = () => keys ??= crypto.subtle.generateKey(RS256, true, ["sign", "verify"]);
  const app = new Hono();
  const oauth: OAuth = { user: "ada", spoil: undefined, routes: app };

  app.get("/.well-known/openid-configuration", (c) =>
    c.json({
      issuer: url(),
      authorization_endpoint: `${url()}/oauth/authorize`,
      token_endpoint: `${url()}/oauth/token`,
      userinfo_endpoint: `${url()}/oauth/userinfo`,
      jwks_uri: `${url()}/oauth/jwks`,
      response_types_supported: ["code"],
      code_challenge_methods_supported: ["S256"],
      id_token_signing_alg_values_supported: ["RS256"],
      subject_types_supported: ["public"],
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
    }));

  app.get("/oauth/authorize", (c) => {
    const asked = c.req.query();
    const { redirect_uri: redirectUri = "", state = "", nonce = "", code_challenge: challenge = "" } = asked;
    const fits = asked.client_id === OAUTH_APP.clientId && asked.response_type === "code" &&
      URL.canParse(redirectUri) && asked.code_challenge_method === "S256" && (asked.scope ?? "").includes("openid");
    if (!fits) return c.json({ error: "invalid_request" }, 400);
    const target = new URL(redirectUri);
    target.searchParams.set("state", state);
    if (oauth.user === null) target.searchParams.set("error", "access_denied");
    else {
      const code = crypto.randomUUID();
      grants.set(code, { user: oauth.user, redirectUri, challenge, nonce });
      target.searchParams.set("code", code);
    }
    return c.redirect(target.href, 303);
  });

  app.post("/oauth/token", async (c) => {
    const { code, redirect_uri, code_verifier } = await c.req.parseBody();
    if (!isApp(c)) return c.json({ error: "invalid_client" }, 401);
    const grant = grants.get(String(code));
    grants.delete(String(code)); // a code works once
    if (grant?.redirectUri !== redirect_uri || grant?.challenge !== await challengeOf(String(code_verifier))) {
      return c.json({ error: "invalid_grant" }, 400);
    }
    const accessToken = `hf_oauth_${crypto.randomUUID()}`;
    users.set(accessToken, grant!.user);
    const seconds = Math.floor(now().getTime() / 1000);
    const claims = {
      iss: url(),
      sub: `id-of-${grant!.user}`,
      aud: OAUTH_APP.clientId,
      iat: seconds,
      exp: seconds + 600,
      nonce: grant!.nonce,
    };
    const idToken = await signed(oauth.spoil?.(claims) ?? claims, (await signingKeys()).privateKey);
    return c.json({ access_token: accessToken, token_type: "bearer", expires_in: 600, id_token: idToken });
  });

  app.get("/oauth/userinfo", (c) => {
    const user = users.get(c.req.header("Authorization")?.replace(/^Bearer /i, "") ?? "");
    if (user === undefined) return c.json({ error: "invalid_token" }, 401);
    return c.json({ sub: `id-of-${user}`, name: user, preferred_username: user, orgs: [] });
  });

  app.get("/oauth/jwks", async (c) => {
    const key = await crypto.subtle.exportKey("jwk", (await signingKeys()).publicKey);
    return c.json({ keys: [{ ...key, use: "sig", alg: "RS256" }] });
  });
  return oauth;
}

const RS256 = {
  name: "RSASSA-PKCS1-v1_5",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: "SHA-256",
};

function isApp(c: Context): boolean {
  const sent = atob((c.req.header("Authorization") ?? "").replace(/^Basic /, ""));
  // Both parts come in the encoding of forms, as the specification asks.
  return decodeURIComponent(sent) === `${OAUTH_APP.clientId}:${OAUTH_APP.clientSecret}`;
}

async function challengeOf(verifier: string): Promise<string> {
  return base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
}

async function signed(claims: Record<string, unknown>, key: CryptoKey): Promise<string> {
  const encode = (part: object) => base64url(new TextEncoder().encode(JSON.stringify(part)).buffer);
  const text = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
  return `${text}.${base64url(await crypto.subtle.sign(RS256.name, key, new TextEncoder().encode(text)))}`;
}

function base64url(bytes: ArrayBuffer): string {
  return new Uint8Array(bytes).toBase64({ alphabet: "base64url", omitPadding: true });
}
