// Moderation: who gets in, what is erased and taken back, and what the buttons start.
import assert from "node:assert/strict";
import { adminVisit } from "./admin_visit.ts";
import { json, type TestApp, testApp } from "./test_app.ts";

Deno.test("without a token and without OAuth there is no /admin", async () => {
  await using t = await testApp({ settings: { adminToken: undefined } });
  for (const path of ["/admin", "/admin/sign-in", "/admin/backup", "/admin/oauth"]) {
    assert.equal((await t.ask(path)).status, 404, path);
  }
  assert.equal((await (await adminVisit(t)).post("/admin/sign-in", { token: "" })).status, 404);
});

Deno.test("nobody sees the admin's pages or presses a button there before signing in", async () => {
  await using t = await testApp();
  const uid = await add(t, "Fine");
  const visit = await adminVisit(t);
  for (const path of ["/admin", "/admin/backup"]) {
    const answer = await visit.get(path);
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.get("Location"), "/admin/sign-in");
  }
  for (const path of ["/admin/erase", "/admin/take-back", "/admin/forget", "/admin/backup"]) {
    assert.equal((await visit.post(path, { uid, do: "backup" })).headers.get("Location"), "/admin/sign-in", path);
  }
  assert.ok(await t.store.get(uid));
  assert.equal(t.backup.starts, 0);
});

Deno.test("the token signs in with a cookie that scripts, other sites and other hosts do not get, for eight hours", async () => {
  await using t = await testApp({ settings: { trustProxy: true } });
  const visit = await adminVisit(t);
  const plain = (await visit.post("/admin/sign-in", { token: "swordfish" })).headers.get("Set-Cookie") ?? "";
  assert.match(plain, /^hearback_admin=[^;]+; Max-Age=28800; Path=\/admin; HttpOnly; SameSite=Lax$/);
  const behindHttps = await t.ask("/admin/sign-in", {
    method: "POST",
    headers: { Origin: "https://localhost", "X-Forwarded-Proto": "https" },
    body: new URLSearchParams({ token: "swordfish" }),
  });
  const secure = behindHttps.headers.get("Set-Cookie") ?? "";
  assert.match(secure, /^__Host-hearback_admin=[^;]+; Max-Age=28800; Path=\/; HttpOnly; Secure; SameSite=Lax$/);

  visit.cookie = plain.split(";")[0]!;
  assert.equal((await visit.get("/admin")).status, 200);
  t.clock.now = new Date("2026-11-22T20:00:01Z");
  assert.equal((await visit.get("/admin")).status, 303);
});

Deno.test("a cookie that was changed, or used after signing out, is worth nothing", async () => {
  await using t = await testApp();
  const visit = await adminVisit(t, "swordfish");
  const { cookie } = visit;
  visit.cookie = cookie.replace(/=./, "=%20");
  assert.equal((await visit.get("/admin")).status, 303);
  visit.cookie = cookie;
  assert.equal((await visit.get("/admin")).status, 200);
  const answer = await visit.post("/admin/sign-out");
  assert.match(answer.headers.get("Set-Cookie") ?? "", /^hearback_admin=; Max-Age=0;/);
  assert.equal((await visit.get("/admin")).status, 303);
});

Deno.test("whoever guesses the token has to wait after ten tries, at the page and at the API alike", async () => {
  await using t = await testApp();
  const visit = await adminVisit(t);
  for (let i = 0; i < 5; i++) {
    const answer = await visit.post("/admin/sign-in", { token: `guess ${i}` });
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get("Set-Cookie"), null);
    assert.match(await answer.text(), /That is not the token/);
    const call = await t.ask("/api/backup", { method: "POST", headers: { Authorization: `Bearer guess${i}` } });
    assert.equal(call.status, 401);
  }
  for (
    const answer of [
      await visit.post("/admin/sign-in", { token: "swordfish" }),
      await t.ask("/api/backup", { method: "POST", headers: { Authorization: "Bearer swordfish" } }),
    ]
  ) {
    assert.equal(answer.status, 429);
    const wait = Number(answer.headers.get("Retry-After"));
    assert.ok(wait > 590 && wait <= 600, `${wait}`);
  }
});

Deno.test("guesses that come at once are counted one by one, and calls with the token are none", async () => {
  await using t = await testApp();
  const visit = await adminVisit(t);
  const call = async (token: string) =>
    (await t.ask("/api/backup", { method: "POST", headers: { Authorization: `Bearer ${token}` } })).status;
  const signIn = async (token: string) => (await visit.post("/admin/sign-in", { token })).status;
  const bare = async () => (await t.ask("/api/backup", { method: "POST" })).status;
  const twelve = Array.from({ length: 12 }, (_, n) => n);
  assert.deepEqual(new Set(await Promise.all(twelve.map(() => call("swordfish")))), new Set([202]));
  assert.deepEqual(new Set(await Promise.all(twelve.map(() => signIn("swordfish")))), new Set([303]));
  assert.deepEqual(new Set(await Promise.all(twelve.map(bare))), new Set([401]));
  const answers = await Promise.all(twelve.map((n) => n % 2 ? call(`guess ${n}`) : signIn(`guess ${n}`)));
  assert.deepEqual(answers.toSorted(), [...Array(10).fill(401), 429, 429]);
});

Deno.test("the admin's pages are framed by nobody, kept by no cache, and take forms from their own site alone", async () => {
  await using t = await testApp();
  const visit = await adminVisit(t, "swordfish");
  for (const path of ["/admin", "/admin/backup", "/admin/sign-in", "/admin/nowhere"]) {
    const { headers } = await visit.get(path);
    assert.match(headers.get("Content-Security-Policy") ?? "", /frame-ancestors 'none'/, path);
    assert.equal(headers.get("X-Frame-Options"), "DENY");
    assert.equal(headers.get("Cache-Control"), "no-store");
  }
  const uid = await add(t, "Fine");
  for (const origin of [undefined, "null", "https://evil.example", "http://localhost:1"]) {
    const answer = await t.ask("/admin/erase", {
      method: "POST",
      headers: { Cookie: visit.cookie, ...(origin && { Origin: origin }) },
      body: new URLSearchParams({ uid }),
    });
    assert.equal(answer.status, 403, origin);
  }
  assert.ok(await t.store.get(uid));
});

Deno.test("visitors get no cookie", async () => {
  await using t = await testApp();
  for (const path of ["/", "/embed", "/api/reviews", "/reviews.csv", "/docs", "/admin", "/admin/sign-in"]) {
    const answer = await t.ask(path);
    assert.equal(answer.headers.get("Set-Cookie"), null, path);
    await answer.body?.cancel();
  }
});

Deno.test("the admin searches in names too, where they are not public, and sees them", async () => {
  await using t = await testApp({ settings: { publicNames: false } });
  await add(t, "Fine", "Ada");
  await add(t, "Bad <b>&", "Grace");
  const visit = await adminVisit(t, "swordfish");
  const html = await (await visit.get("/admin?q=grace")).text();
  assert.match(html, /Grace/);
  assert.match(html, /Bad &lt;b>&amp;|Bad &lt;b&gt;&amp;/);
  assert.doesNotMatch(html, /Ada/);
  assert.equal((await visit.get("/admin?rating=9")).status, 422);
});

Deno.test("what is ticked is erased at once, and can be taken back for ten minutes", async () => {
  await using t = await testApp();
  const [one, two, three] = [await add(t, "One"), await add(t, "Two"), await add(t, "Three")];
  const visit = await adminVisit(t, "swordfish");
  const erased = await visit.post("/admin/erase", [["uid", one], ["uid", two], ["back", "q=o"]]);
  assert.equal(erased.status, 303);
  assert.equal(erased.headers.get("Location"), "/admin?q=o&erased=2");
  assert.deepEqual([await t.store.get(one), await t.store.get(two)], [undefined, undefined]);
  assert.equal((await t.store.stats()).total, 1);

  const page = await (await visit.get("/admin?erased=2")).text();
  assert.match(page, /2 reviews are erased\./);
  assert.match(page, /until 12:10 UTC/);
  const before = t.clock.now;
  t.clock.now = new Date("2026-11-22T12:05:00Z");
  const back = await visit.post("/admin/take-back", { uid: one });
  assert.equal(back.headers.get("Location"), "/admin?back=1");
  const { reviews } = await t.store.list({ limit: 10 });
  assert.deepEqual(reviews.map(({ id, comments }) => [id, comments]), [[3, "Three"], [1, "One"]]);
  assert.equal(reviews[1]?.createdAt, before.toISOString().replace(".000", ""));
  assert.equal((await visit.post("/admin/take-back", { uid: one })).headers.get("Location"), "/admin?back=0");

  t.clock.now = new Date("2026-11-22T12:10:00Z");
  assert.equal((await visit.post("/admin/take-back", { uid: two })).headers.get("Location"), "/admin?back=0");
  assert.doesNotMatch(await (await visit.get("/admin")).text(), /Two/);
  assert.ok(await t.store.get(three));
});

Deno.test("a take-back that cannot be stored can be tried again", async () => {
  await using t = await testApp({
    deps: ({ store }) => {
      const { putBack } = store;
      let full = true;
      store.putBack = (review, uid) => {
        if (!full) return putBack.call(store, review, uid);
        full = false;
        return Promise.reject(new Error("the disk is full"));
      };
      return {};
    },
  });
  const uid = await add(t, "One");
  const visit = await adminVisit(t, "swordfish");
  await visit.post("/admin/erase", { uid });
  assert.equal((await visit.post("/admin/take-back", { uid })).status, 500);
  assert.equal((await visit.post("/admin/take-back", { uid })).headers.get("Location"), "/admin?back=1");
});

Deno.test("all that was erased can be taken back at once, however many", async () => {
  await using t = await testApp();
  const all: string[][] = [];
  for (let n = 0; n < 120; n++) all.push(["uid", await add(t, `No. ${n}`)]);
  const visit = await adminVisit(t, "swordfish");
  assert.equal((await visit.post("/admin/erase", all)).headers.get("Location"), "/admin?erased=120");
  assert.equal((await visit.post("/admin/take-back", all)).headers.get("Location"), "/admin?back=120");
});

Deno.test("what was erased is forgotten on request, and when the history is erased", async () => {
  await using t = await testApp();
  const visit = await adminVisit(t, "swordfish");
  for (const [path, fields] of [["/admin/forget", {}], ["/admin/backup", { do: "squash", sure: "yes" }]] as const) {
    const uid = await add(t, "One");
    await visit.post("/admin/erase", { uid });
    assert.equal((await visit.post(path, fields)).status, 303);
    assert.equal((await visit.post("/admin/take-back", { uid })).headers.get("Location"), "/admin?back=0", path);
  }
});

Deno.test("the backup page tells how it stands and lists the history with links", async () => {
  const commit = "4f8a1c07d2e94f8a1c07d2e94f8a1c07d2e94f8a";
  const url = `https://hub.example/datasets/ada/reviews/commit/${commit}`;
  const entry = { commit, at: "2026-11-22T11:59:48Z", title: "Backup of 3 reviews", url };
  await using t = await testApp({ deps: () => ({ history: () => Promise.resolve([entry]) }) });
  const visit = await adminVisit(t, "swordfish");
  assert.match(await (await visit.get("/admin/backup")).text(), /Set HF_TOKEN and DATASET_REPO/);
  t.backup.become({
    state: "failing",
    dataset: "ada/reviews",
    lastBackup: { at: entry.at, commit, url },
    pending: 3,
    nextTryAt: "2026-11-22T12:01:00Z",
    failure: { kind: "token", since: "2026-11-22T12:00:00Z", message: "The token", hint: "Renew it", retry: false },
    notice: "A damaged backup was passed over",
    drill: { at: entry.at, ok: true, message: "Commit 4f8a1c0 was fetched" },
  });
  const html = await (await visit.get("/admin/backup")).text();
  for (
    const part of [
      "Backup failing",
      "Renew it",
      "12:01:00 UTC",
      "passed over",
      "passed: Commit 4f8a1c0",
      "of 3 reviews",
      "<dt>Not backed up</dt><dd>3 changes</dd>",
      'type="password" name="token"',
      url,
    ]
  ) assert.ok(html.includes(part), part);
  t.backup.become({ nextTryAt: null });
  assert.match(await (await visit.get("/admin/backup")).text(), /under way; load this page again/);
});

Deno.test("a history that cannot be read leaves the rest of the backup page", async () => {
  await using t = await testApp({
    deps: () => ({ history: () => Promise.reject(new Error("The Hub does not accept the token")) }),
  });
  t.backup.become({ state: "idle", dataset: "ada/reviews" });
  const answer = await (await adminVisit(t, "swordfish")).get("/admin/backup");
  assert.equal(answer.status, 200);
  assert.match(await answer.text(), /The history cannot be shown: The Hub does not accept the token\./);
});

Deno.test("the buttons start a backup, a drill, a restore or the erasing of the history, and that asks twice", async () => {
  await using t = await testApp();
  const visit = await adminVisit(t, "swordfish");
  const commit = "4f8a1c07d2e94f8a1c07d2e94f8a1c07d2e94f8a";
  const sent = [{ do: "backup" }, { do: "drill" }, { do: "restore", commit }, { do: "squash", sure: "yes" }, {
    do: "token",
    token: " hf_fresh ",
  }];
  for (const fields of sent) {
    const answer = await visit.post("/admin/backup", fields);
    assert.equal(answer.headers.get("Location"), `/admin/backup?done=${fields.do}`);
  }
  assert.deepEqual(t.backup.asked, [undefined, { drill: true }, { merge: commit }, { squash: true }, {
    token: "hf_fresh",
  }]);
  for (
    const fields of [{ do: "squash" }, { do: "restore", commit: "main" }, { do: "explode" }, {
      do: "token",
      token: "fresh",
    }, {}]
  ) {
    assert.equal((await visit.post("/admin/backup", fields)).status, 400);
  }
  assert.equal(t.backup.starts, 5);
});

async function add({ ask }: TestApp, comments: string, name = ""): Promise<string> {
  const answer = await ask("/api/reviews", json({ rating: 4, comments, name }));
  assert.equal(answer.status, 201);
  return (await answer.json()).uid;
}
