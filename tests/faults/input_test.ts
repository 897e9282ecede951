// What people and programs send that is no review, or an odd one, to a real server.
import assert from "node:assert/strict";
import { startHearback } from "../process.ts";
import { readFile, tempDir } from "./instance.ts";

const MEGABYTES = "x".repeat(2_000_000);

Deno.test("F33 odd input is refused with a clear message or stored and shown safely, and never a 5xx", async () => {
  await using dir = await tempDir();
  await using hearback = await startHearback({ DATA_DIR: dir.path, RATE_LIMIT: "off" });
  const post = async (body: string, type = "application/json") => {
    const answer = await fetch(`${hearback.url}api/reviews`, {
      method: "POST",
      body,
      headers: { "Content-Type": type },
    });
    return { status: answer.status, body: await answer.json() };
  };

  const refused: [number, unknown][] = [
    [413, { rating: 5, name: MEGABYTES }],
    [422, { rating: 5, name: "x".repeat(101) }],
    [422, { rating: 5, comments: "x".repeat(5001) }],
    [422, { rating: 5, comments: "bell \u0007" }],
    [422, { rating: 5, comments: "nul \u0000" }],
    [422, { rating: 5, name: "lone \ud800 surrogate" }],
    [422, { rating: 0 }],
    [422, { rating: 6 }],
    [422, { rating: 4.5 }],
    [422, { rating: 1e308 }],
    [422, { rating: "5" }],
    [422, { rating: true }],
    [422, { rating: [5] }],
    [422, { rating: { $gt: 0 } }],
    [422, { rating: 5, comments: 7 }],
    [422, { rating: 5, uid: "../../etc/passwd" }],
    [422, { rating: 5, uid: 1 }],
    [422, {}],
    [422, []],
    [422, null],
    [422, "text"],
  ];
  for (const [status, input] of refused) {
    const answer = await post(JSON.stringify(input));
    const label = JSON.stringify(input).slice(0, 60);
    assert.equal(answer.status, status, label);
    assert.ok(answer.body.errors?.[0]?.message ?? answer.body.detail, label);
  }
  assert.equal((await post('{"rating":5')).status, 400);
  assert.equal((await post("\ufeff{]")).status, 400);
  assert.equal((await post("rating=5", "text/plain")).status, 415);

  const stored = [
    '=HYPERLINK("http://example.com";"click")',
    "+1-1",
    "@SUM(A1)",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "'; DROP TABLE reviews; --",
    "\u202eright to left\u202c and 👩‍👩‍👧‍👦 and Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
    "\u{10ffff} \u{1f3f4}\u{e0067}\u{e007f} \ufdfd",
    "%s %n {{7*7}} ${7*7}",
    "tab\there\nand a line",
    "x".repeat(5000),
  ];
  for (const comments of stored) {
    const answer = await post(JSON.stringify({ rating: 5, comments, name: comments.slice(0, 20), extra: { a: 1 } }));
    assert.equal(answer.status, 201, comments.slice(0, 60));
    assert.equal(answer.body.comments, comments.normalize("NFC"));
  }
  const page = await (await fetch(hearback.url)).text();
  assert.equal(page.includes("<script>alert"), false);
  assert.equal(page.includes("<img src=x"), false);
  const csv = await fetch(`${hearback.url}reviews.csv`);
  const lines = await csv.text();
  if (csv.status === 200) assert.doesNotMatch(lines, /(^|,)"?[=+@]/m);

  const rows = readFile<{ comments: string }>(`${dir.path}/reviews.db`, "SELECT comments FROM reviews ORDER BY id");
  assert.deepEqual(rows.map(({ comments }) => comments), stored.map((comments) => comments.normalize("NFC")));
  assert.equal(await hearback.stop(), 0);
});

Deno.test("F33 odd forms and addresses get an answer below 500", async () => {
  await using dir = await tempDir();
  await using hearback = await startHearback({ DATA_DIR: dir.path, RATE_LIMIT: "off" });
  const form = (body: BodyInit, type: string | null = "application/x-www-form-urlencoded") =>
    fetch(`${hearback.url}reviews`, {
      method: "POST",
      body,
      redirect: "manual",
      ...(type !== null && { headers: { "Content-Type": type } }),
    });
  const upload = new FormData();
  upload.append("rating", "5");
  upload.append("comments", new File(["\u0000\u0001"], "evil.bin"));
  const requests = [
    form("rating=%ff%fe&comments=%00"),
    form("rating=NaN"),
    form("rating=Infinity&comments=x"),
    form("&&&==%"),
    form(MEGABYTES),
    form("{}", "application/json"),
    form("--x", "multipart/form-data; boundary=y"),
    form("--x", "multipart/form-data"),
    form(upload, null),
    ...[
      "?rating=NaN",
      "?cursor=%00",
      "?q=%",
      "?q=%25_%5C",
      "?limit=1e9",
      "%ff",
      "api/reviews/%00",
      "api/reviews?limit=-1",
    ]
      .map((path) => fetch(hearback.url + path)),
    fetch(hearback.url, { method: "PROPFIND" }),
    fetch(`${hearback.url}api/reviews`, { method: "PUT", body: MEGABYTES }),
  ];
  for (const request of requests) {
    const answer = await request;
    await answer.body?.cancel();
    assert.ok(answer.status < 500, `${answer.status} for ${answer.url}`);
  }
  assert.equal(await hearback.stop(), 0);
});
