// The sign-in by the Hub, against a Hub that speaks OpenID Connect: who gets in, and which returns are not believed.
import assert from "node:assert/strict";
import { type Hub, startHub } from "../hub/hub.ts";
import { OAUTH_APP } from "../hub/oauth.ts";
import { adminVisit } from "./admin_visit.ts";
import { type TestApp, testApp } from "./test_app.ts";

Deno.test("the owner signs in by the Hub, without a token", async () => {
  await using t = await withHub();
  const { answer, cookie } = await signIn(t);
  assert.equal(answer.headers.get("Location"), "/admin");
  const visit = await adminVisit(t.space);
  visit.cookie = cookie;
  const page = await visit.get("/admin");
  assert.equal(page.status, 200);
  assert.match(await page.text(), /Signed in: Ada/);
  const form = await (await visit.get("/admin/sign-in")).text();
  assert.match(form, /Sign in with Hugging Face/);
  assert.doesNotMatch(form, /type="password"/);
  assert.equal((await visit.post("/admin/sign-in", { token: "" })).status, 401);
});

Deno.test("of others on the Hub only those in ADMIN_USERS get in, and whoever says no does not", async () => {
  await using t = await withHub();
  t.hub.oauth.user = "grace";
  assert.equal((await signIn(t)).answer.status, 303);
  t.hub.oauth.user = "mallory";
  const { answer, cookie } = await signIn(t);
  assert.equal(answer.status, 403);
  assert.match(await answer.text(), /as mallory, who is not an admin here/);
  assert.equal(cookie, "");
  t.hub.oauth.user = null;
  assert.equal((await signIn(t)).answer.status, 403);
});

Deno.test("a return from the Hub counts once, in the browser that left, with its own state, nonce and code", async () => {
  await using t = await withHub();
  const [mine, other] = [await leave(t), await leave(t)];
  const wrong = [
    { path: mine.path, cookie: "" },
    { path: mine.path, cookie: other.cookie },
    { path: mine.path.replace(/code=[^&]*/, "code=guessed"), cookie: mine.cookie },
    { path: mine.path.replace(/code=[^&]*/, other.path.match(/code=[^&]*/)![0]), cookie: mine.cookie },
  ];
  for (const { path, cookie } of wrong) {
    const answer = await t.space.ask(path, { headers: { Cookie: cookie } });
    assert.equal(answer.status, 403, path);
    assert.doesNotMatch(answer.headers.get("Set-Cookie") ?? "", /hearback_admin/);
  }
  assert.equal((await comeBack(t, mine)).status, 303);
  assert.equal((await comeBack(t, mine)).status, 403, "the code was used");
  const late = await leave(t);
  t.space.clock.now = new Date(t.space.clock.now.getTime() + 10 * 60_000);
  assert.equal((await comeBack(t, late)).status, 403, "ten minutes are over");
});

Deno.test("an identity of another app, another Hub, another time or another sign-in is not believed", async () => {
  await using t = await withHub();
  for (const claim of [{ aud: "another-app" }, { iss: "https://evil.example" }, { exp: 1 }, { nonce: "another" }]) {
    t.hub.oauth.spoil = (claims) => ({ ...claims, ...claim });
    assert.equal((await signIn(t)).answer.status, 403, JSON.stringify(claim));
  }
});

Deno.test("while the Hub cannot be reached the sign-in says so", async () => {
  await using t = await withHub();
  await t.hub.close();
  const answer = await t.space.ask("/admin/oauth");
  assert.equal(answer.status, 503);
  assert.match(await answer.text(), /The Hub cannot be reached/);
});

interface Space extends AsyncDisposable {
  hub: Hub;
  space: TestApp;
}

async function withHub(): Promise<Space> {
  const hub = await startHub();
  hub.oauth.user = "Ada";
  const oauth = { ...OAUTH_APP, issuer: hub.url, origin: "http://localhost", admins: ["ada", "grace"] };
  const space = await testApp({ settings: { adminToken: undefined, oauth } });
  return {
    hub,
    space,
    async [Symbol.asyncDispose]() {
      await space[Symbol.asyncDispose]();
      await hub.close();
    },
  };
}

/** Goes to the Hub and agrees; what is left is to come back. */
async function leave({ space }: Space): Promise<{ path: string; cookie: string }> {
  const start = await space.ask("/admin/oauth");
  assert.equal(start.status, 303);
  const cookie = start.headers.get("Set-Cookie")?.split(";")[0] ?? "";
  const agreed = await fetch(start.headers.get("Location")!, { redirect: "manual" });
  await agreed.body?.cancel();
  const { pathname, search } = new URL(agreed.headers.get("Location")!);
  return { path: pathname + search, cookie };
}

function comeBack({ space }: Space, { path, cookie }: { path: string; cookie: string }): Promise<Response> {
  return space.ask(path, { headers: { Cookie: cookie } });
}

async function signIn(t: Space): Promise<{ answer: Response; cookie: string }> {
  const answer = await comeBack(t, await leave(t));
  const cookie = answer.headers.getSetCookie().find((cookie) => cookie.startsWith("hearback_admin=")) ?? "";
  return { answer, cookie: cookie.split(";")[0]! };
}
