// Runs the guide's app and talks to it as Gradio's own clients do.
import { until } from "../../until.ts";

const APP = new URL("app.py", import.meta.url).pathname;

/** The guide's app on a free port of 127.0.0.1; leaving its scope ends it. */
export interface GradioApp extends AsyncDisposable {
  /** Ends in `/`. */
  url: string;
  pid: number;
}

/** Starts the app with a fresh database in `folder` and waits for its first page. */
export async function startGradioApp(python: string, folder: string): Promise<GradioApp> {
  const port = freePort();
  const url = `http://127.0.0.1:${port}/`;
  const process = new Deno.Command(python, {
    args: [APP, `${folder}/${port}.db`, String(port)],
    env: { GRADIO_ANALYTICS_ENABLED: "False" },
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  await until(async () => {
    try {
      const answer = await fetch(url);
      return (await answer.text()).length > 0 && answer.ok;
    } catch (error) {
      if (error instanceof TypeError) return false; // nobody listens yet
      throw error;
    }
  });
  return {
    url,
    pid: process.pid,
    async [Symbol.asyncDispose]() {
      process.kill("SIGTERM");
      await process.status;
    },
  };
}

/** Submits once, through Gradio's HTTP API and its queue. */
export async function submit({ url }: GradioApp): Promise<void> {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ data: ["Ada", 5, "The demo works well; it would be nicer with more examples"] });
  const call = await fetch(`${url}gradio_api/call/add`, { method: "POST", headers, body });
  const { event_id } = await call.json();
  const result = await fetch(`${url}gradio_api/call/add/${event_id}`);
  const text = await result.text();
  if (!text.includes("event: complete")) throw new Error(`Gradio refused a submit: ${text}`);
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
