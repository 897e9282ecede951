// Hearback as a process: how it starts, what it says when it cannot, and that stopping or killing it loses nothing.
import assert from "node:assert/strict";
import { temporaryFolder } from "./db/temporary_folder.ts";
import { sendReview } from "./faults/over_http.ts";
import { startHub } from "./hub/hub.ts";
import { hearbackCommand, type HearbackEnv, type RunningHearback, startHearback } from "./process.ts";
import { until } from "./until.ts";

const KILL_ROUNDS = 3;

Deno.test("Hearback starts on an empty disk, stores a review, and stops with 0; a new start shows it", async () => {
  await using folder = await temporaryFolder();
  let uid: string;
  {
    await using hearback = await startHearback({ DATA_DIR: folder.path("data") });
    const page = await fetch(hearback.url);
    assert.equal(page.status, 200);
    const html = await page.text();
    assert.match(html, /<form/);
    assert.match(html, /"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/, "uids are in the order of time");
    ({ uid } = await sendReview(hearback, "Fine"));
    assert.equal(await hearback.stop("SIGTERM"), 0, hearback.output());
    assert.match(hearback.output(), /"event":"backup-off"/);
  }
  await using again = await startHearback({ DATA_DIR: folder.path("data") });
  const review = await (await fetch(`${again.url}api/reviews/${uid}`)).json();
  assert.equal(review.comments, "Fine");
  assert.equal(await again.stop("SIGINT"), 0);
});

Deno.test("wrong settings end the start with code 2, all problems and no secret", async () => {
  await using folder = await temporaryFolder();
  const env = { DATA_DIR: folder.path("data"), PORT: "http", HF_TOKEN: "sesame", RATE_LIMIT: "often" };
  const { code, stdout, stderr } = await hearbackCommand(env).output();
  const said = new TextDecoder().decode(stderr);
  assert.equal(code, 2);
  assert.equal(stdout.length, 0);
  for (const name of ["PORT", "HF_TOKEN", "RATE_LIMIT"]) assert.match(said, new RegExp(`^- ${name} `, "m"));
  assert.doesNotMatch(said, /sesame/);
  assert.throws(() => Deno.statSync(env.DATA_DIR), Deno.errors.NotFound);
});

Deno.test("a port that is taken ends the start with code 1, the port and what to do", async () => {
  await using folder = await temporaryFolder();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { code, stdout } = await hearbackCommand({ DATA_DIR: folder.path("data"), PORT: String(taken.addr.port) })
    .output();
  assert.equal(code, 1);
  assert.match(
    new TextDecoder().decode(stdout),
    new RegExp(`"event":"failed","message":"Port ${taken.addr.port} is in use[^"]*, or set another PORT`),
  );
});

Deno.test("a start that fails says which setting it is about and what to do", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(folder.path("file"), "");
  await Deno.mkdir(folder.path("broken"));
  await Deno.writeTextFile(folder.path("broken/reviews.db"), "not a database".repeat(100));
  const cases: [HearbackEnv, RegExp][] = [
    [{ DATA_DIR: folder.path("file/data") }, /DATA_DIR .* cannot be used \(Not a directory\)\. Let the user/],
    [{ DATA_DIR: folder.path("broken") }, /The database file is damaged.*Move reviews\.db .* another folder/],
    [{ DATA_DIR: folder.path("data"), HOST: "192.0.2.1" }, /HOST .*192\.0\.2\.1.* is no address to listen on here/],
  ];
  for (const [env, said] of cases) {
    const { code, stdout } = await hearbackCommand(env).output();
    assert.equal(code, 1);
    assert.match(JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!).message, said);
  }
});

Deno.test("LOG_FORMAT=text prints lines for people: time, event, message and what else there is", async () => {
  await using folder = await temporaryFolder();
  await using hearback = await startHearback({ DATA_DIR: folder.path("data"), LOG_FORMAT: "text" });
  await (await fetch(`${hearback.url}healthz`)).body?.cancel();
  assert.equal(await hearback.stop(), 0);
  assert.match(
    hearback.output(),
    /^\d{4}-\d\d-\d\dT\S+Z request method="GET" route="\/healthz" status=200 ms=[\d.]+$/m,
  );
});

Deno.test("a request in flight is answered after SIGTERM, and what it stored is there", async () => {
  await using folder = await temporaryFolder();
  await using hearback = await startHearback({ DATA_DIR: folder.path("data") });
  const { hostname, port } = new URL(hearback.url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const body = JSON.stringify({ rating: 4, comments: "Sent slowly" });
  const head = `POST /api/reviews HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${body.length}\r\n\r\n`;
  const send = (text: string) => connection.write(new TextEncoder().encode(text));
  await send(head + body.slice(0, 10));
  await fetch(`${hearback.url}healthz`).then((answer) => answer.body?.cancel());
  hearback.kill("SIGTERM");
  await until(() => hearback.output().includes('"stopping"'));
  await send(body.slice(10));
  const answer = new Uint8Array(4096);
  const length = await connection.read(answer);
  assert.match(new TextDecoder().decode(answer.subarray(0, length ?? 0)), /^HTTP\/1.1 201/);
  assert.equal((await hearback.status).code, 0, hearback.output());
  await using again = await startHearback({ DATA_DIR: folder.path("data") });
  assert.equal((await (await fetch(`${again.url}api/reviews`)).json()).total, 1);
});

Deno.test("an open event stream ends on SIGTERM and does not hold up the stop", async () => {
  await using folder = await temporaryFolder();
  await using hearback = await startHearback({ DATA_DIR: folder.path("data") });
  const events = await fetch(`${hearback.url}api/events`);
  assert.equal(events.headers.get("Content-Type"), "text/event-stream");
  hearback.kill("SIGTERM");
  await events.text(); // resolves when the stream has ended in good order
  assert.equal((await hearback.status).code, 0, hearback.output());
  assert.match(hearback.output(), /"event":"stopped"/);
});

Deno.test("SIGTERM makes a last backup and exits 0, and signals that come together are one", async () => {
  await using hub = await startHub();
  for (const [repo, signals] of [["ada/term", ["SIGTERM"]], ["ada/both", ["SIGINT", "SIGTERM"]]] as const) {
    await using folder = await temporaryFolder();
    await using hearback = await startHearback({ ...backupTo(hub.url, repo), DATA_DIR: folder.path("data") });
    await settled(hearback);
    const { uid } = await sendReview(hearback, "Last words");
    for (const signal of signals) hearback.kill(signal);
    assert.equal((await hearback.status).code, 0, hearback.output());
    const csv = new TextDecoder().decode(hub.repo(repo)?.file("reviews.csv"));
    assert.match(csv, new RegExp(uid));
  }
});

Deno.test("when the last backup fails the exit code is 1, and the review stays on disk", async () => {
  await using hub = await startHub();
  await using folder = await temporaryFolder();
  await using hearback = await startHearback({ ...backupTo(hub.url, "ada/lost"), DATA_DIR: folder.path("data") });
  await settled(hearback);
  await sendReview(hearback, "Only here");
  hub.faults.add({ match: { path: /\/commit\// }, status: 500 });
  assert.equal(await hearback.stop(), 1, hearback.output());
  assert.match(
    hearback.output(),
    /"event":"stopped","saved":false,"pending":1,"message":"What no backup holds is in DATA_DIR/,
  );
});

Deno.test("a second signal ends the last backup at once, with code 1", async () => {
  await using hub = await startHub();
  await using folder = await temporaryFolder();
  await using hearback = await startHearback({ ...backupTo(hub.url, "ada/hangs"), DATA_DIR: folder.path("data") });
  await settled(hearback);
  await sendReview(hearback, "Waits for the Hub");
  const hang = hub.faults.add({ match: { path: /\/commit\// }, hang: true });
  hearback.kill("SIGTERM");
  await until(() => hang.hits > 0);
  let ended = false;
  hearback.status.then(() => ended = true);
  await until(() => {
    hearback.kill("SIGTERM");
    return ended;
  }, { withinMs: 10_000 }); // the last backup alone would take 20 s
  assert.equal((await hearback.status).code, 1, hearback.output());
});

Deno.test("F24 every review that was answered is there after kill -9 under 50 parallel submits", async () => {
  await using folder = await temporaryFolder();
  const answered: string[] = [];
  for (let round = 0; round < KILL_ROUNDS; round++) {
    await using hearback = await startHearback({ DATA_DIR: folder.path("data"), RATE_LIMIT: "off" });
    const killAt = answered.length + 1 + Math.floor(Math.random() * 1000);
    const senders = Array.from({ length: 50 }, async (_, sender) => {
      for (let i = 0;; i++) {
        const { uid } = await sendReview(hearback, `${round} ${sender} ${i}`);
        answered.push(uid);
        if (answered.length === killAt) hearback.kill("SIGKILL");
      }
    });
    await Promise.allSettled(senders); // each ends with the connection
    await hearback.status;
  }
  await using last = await startHearback({ DATA_DIR: folder.path("data") });
  const stored = new Set<string>();
  for (let cursor: string | null = ""; cursor !== null;) {
    const answer = await fetch(`${last.url}api/reviews?limit=100${cursor && `&cursor=${cursor}`}`);
    const page: { reviews: { uid: string }[]; next: string | null } = await answer.json();
    for (const { uid } of page.reviews) stored.add(uid);
    cursor = page.next;
  }
  assert.ok(answered.length >= KILL_ROUNDS);
  assert.deepEqual(answered.filter((uid) => !stored.has(uid)), []);
});

Deno.test("deno task start builds, runs in a folder of one's choice, and passes the signal and the exit code on", async () => {
  await using folder = await temporaryFolder();
  const env = { DATA_DIR: folder.path("with a space") };
  await using hearback = await startHearback(env, { args: ["task", "--quiet", "start"] });
  await sendReview(hearback, "Through the task");
  assert.equal(await hearback.stop("SIGTERM"), 0, hearback.output());
  assert.match(hearback.output(), /"event":"stopped"/);
  assert.ok(Deno.statSync(`${env.DATA_DIR}/reviews.db`).isFile);
});

function backupTo(endpoint: string, repo: string) {
  return { HF_ENDPOINT: endpoint, HF_TOKEN: "hf_local_write", DATASET_REPO: repo, BACKUP_SOON: "off" };
}

/** Waits until the dataset has been read and the first backup, if one is due, is over. */
async function settled({ url }: RunningHearback): Promise<void> {
  await until(async () => (await (await fetch(`${url}api/status`)).json()).state === "idle");
}
