// The fetch under the Hub's client, against real servers that are slow, cut off or refuse.
import assert from "node:assert/strict";
import { createHubFetch, type HubFetch, secondsToWait } from "../../sync/hub/hub_fetch.ts";
import { SyncError } from "../../sync/sync_error.ts";

Deno.test("secondsToWait() believes the text before the headers", () => {
  const headers = new Headers({ "Retry-After": "12", RateLimit: '"api";r=0;t=55' });
  const text =
    "You have exceeded the rate limit for repository commits (128 per hour). Retry this action in about 43 minutes.";
  assert.equal(secondsToWait(headers, text), 43 * 60);
  assert.equal(secondsToWait(headers, "retry in an hour"), 3600);
  assert.equal(secondsToWait(headers, "Too many requests"), 12);
  assert.equal(secondsToWait(new Headers({ RateLimit: '"api";r=0;t=55' }), "Too many requests"), 55);
  assert.equal(secondsToWait(new Headers(), "Too many requests"), undefined);
});

Deno.test("hubFetch tells 401, 403, 404, 409, 412, 429 and 500 apart", async () => {
  const answers: Record<string, [string, boolean]> = {
    "401": ["token", false],
    "403": ["rights", false],
    "404": ["missing", false],
    "409": ["conflict", true],
    "412": ["conflict", true],
    "429": ["rate_limited", true],
    "500": ["unreachable", true],
    "503": ["unreachable", true],
  };
  await withServer((request) => {
    const status = Number(new URL(request.url).pathname.split("/").at(-1));
    const headers: HeadersInit = status === 404 ? { "X-Error-Code": "RepoNotFound" } : {};
    return Response.json({ error: "no" }, { status, headers });
  }, async (hub, url) => {
    for (const [status, [kind, retry]] of Object.entries(answers)) {
      const error = await failureOf(hub.fetch(`${url}/api/${status}`));
      assert.deepEqual([error.kind, error.retry, error.status], [kind, retry, Number(status)], status);
    }
  });
});

Deno.test("hubFetch takes a 404 without the Hub's own code for no proof that the dataset is missing", async () => {
  await withServer(() => new Response("<html>not here</html>", { status: 404 }), async (hub, url) => {
    assert.equal((await failureOf(hub.fetch(`${url}/api/datasets/ada/reviews`))).kind, "unreachable");
  });
});

Deno.test("hubFetch says of a failed commit that it may have taken effect, and of a refused one that it has not", async () => {
  let status = 500;
  await withServer(() => new Response("", { status }), async (hub, url) => {
    const commit = () =>
      failureOf(hub.fetch(`${url}/api/datasets/ada/reviews/commit/main`, { method: "POST", body: "{}" }));
    assert.equal((await commit()).uncertain, true);
    status = 412;
    assert.equal((await commit()).uncertain, false);
    status = 500;
    assert.equal((await failureOf(hub.fetch(`${url}/api/datasets/ada/reviews`))).uncertain, false);
  });
});

Deno.test("hubFetch gives up on a server that never answers", async () => {
  const { promise: never, resolve: release } = Promise.withResolvers<Response>();
  await withServer(() => never, async (hub, url) => {
    const error = await failureOf(hub.fetch(`${url}/api/slow`));
    assert.equal(error.message, "The Hub does not answer");
    release(new Response());
  });
});

Deno.test("hubFetch gives up on a body that stops coming", async () => {
  const { promise: never, resolve: release } = Promise.withResolvers<void>();
  const body = () =>
    new ReadableStream({
      async pull(controller) {
        controller.enqueue(new Uint8Array(10));
        await never;
        controller.close();
      },
    });
  await withServer(() => new Response(body()), async (hub, url) => {
    const failure = failureOf((await hub.fetch(`${url}/file`)).bytes());
    // What is collected as garbage meanwhile must not take the time limit along.
    for (let round = 0; round < 20; round++) await Promise.resolve(new Uint8Array(2 ** 26));
    assert.equal((await failure).kind, "unreachable");
    release();
  });
});

Deno.test("hubFetch notices a body that ends before the announced length", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = (async () => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(4096));
    await connection.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n0123456789"));
  })();
  const hub = makeHub(`http://127.0.0.1:${listener.addr.port}`, new AbortController().signal);
  const body = hub.fetch(`http://127.0.0.1:${listener.addr.port}/file`).then((response) => response.bytes());
  assert.equal((await failureOf(body)).kind, "unreachable");
  assert.equal(hub.takeFailure()?.kind, "unreachable");
  assert.equal(hub.takeFailure(), undefined);
  await served;
  listener.close();
});

Deno.test("hubFetch ends at once when the run is stopped", async () => {
  const { promise: never, resolve: release } = Promise.withResolvers<Response>();
  const stop = new AbortController();
  await withServer(() => {
    stop.abort();
    return never;
  }, async (hub, url) => {
    assert.equal((await failureOf(hub.fetch(`${url}/api/slow`))).message, "The backup was stopped");
    release(new Response());
  }, stop.signal);
});

async function withServer(
  handler: (request: Request) => Response | Promise<Response>,
  use: (hub: HubFetch, url: string) => Promise<void>,
  signal = new AbortController().signal,
): Promise<void> {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  const url = `http://127.0.0.1:${server.addr.port}`;
  await use(makeHub(url, signal), url);
}

function makeHub(endpoint: string, signal: AbortSignal): HubFetch {
  return createHubFetch({ endpoint, repo: "ada/reviews", signal, answerLimit: 1000, pauseLimit: 1000 });
}

async function failureOf(promise: Promise<unknown>): Promise<SyncError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof SyncError, `expected a SyncError, got ${error}`);
    return error;
  }
  throw new Error("expected a failure");
}
