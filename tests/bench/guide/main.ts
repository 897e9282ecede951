// `deno task bench:guide [ROW …]`: Hearback beside the app of Gradio's guide that it takes the place of.
import { browserPath } from "../../browser/browser.ts";
import { preparePython } from "../../conformance/python.ts";
import { startHearback } from "../../process.ts";
import { type Bench, inTurn, type Row } from "../bench_row.ts";
import { runRows } from "../bench_rows.ts";
import { inParallel } from "../in_parallel.ts";
import { BROWSER, SUBMIT } from "../request_rows.ts";
import { memoryOf, type Server, startServer } from "../server.ts";
import { load } from "../wrk.ts";
import { type FirstVisit, firstVisit } from "./first_visit.ts";
import { type GradioApp, startGradioApp, submit } from "./gradio_app.ts";

const CONNECTIONS = 16;
const SECONDS = 4;
const SUBMITS = 300; // a round, of the guide's app
const REQUESTS = 1000;

const python = await preparePython("guide", ["gradio"]);
if (python === undefined) {
  console.error("The guide's app needs Python 3.10 or newer with venv and pip (apt-get install python3-venv)");
  Deno.exit(1);
}

const submits: Row = {
  what: `submits, ${CONNECTIONS} connections`,
  against: "the guide's app, through Gradio's HTTP API and its queue",
  goal: { atLeast: 300 },
  needs: ["wrk"],
  measure: (bench) => beside(bench, { unit: "a second", ours: ourSubmits, theirs: theirSubmits }),
};

const pages: Row = {
  what: `page loads, ${CONNECTIONS} connections`,
  against: "the guide's app",
  goal: { atLeast: 50 },
  needs: ["wrk"],
  measure: (bench) => beside(bench, { unit: "a second", ours: pageRate, theirs: pageRate }),
};

const start: Row = {
  what: "time from start to the first page",
  against: "the guide's app",
  goal: { atMost: 0.05 },
  needs: [],
  async measure(bench) {
    const folder = await bench.folder();
    const dataDir = await bench.dataDir(10);
    const ours = async () => {
      await using hearback = await startHearback({ DATA_DIR: dataDir });
      await (await fetch(hearback.url)).text();
      return performance.now();
    };
    const theirs = async () => {
      await using _app = await startGradioApp(python, folder);
      return performance.now();
    };
    const timed = (run: () => Promise<number>) => async () => {
      const began = performance.now();
      return await run() - began;
    };
    return await inTurn("ms", { rounds: 3, ours: timed(ours), theirs: timed(theirs) });
  },
};

const memory: Row = {
  what: `memory after ${REQUESTS} submits and as many pages`,
  against: "the guide's app",
  goal: { atMost: 0.5 },
  needs: [],
  async measure(bench) {
    await using both = await startBoth(bench);
    const all = { times: REQUESTS, atOnce: CONNECTIONS };
    await inParallel(all, () => read(`${both.hearback.url}api/reviews`, SUBMIT));
    await inParallel(all, () => submit(both.app));
    for (const { url } of [both.hearback, both.app]) await inParallel(all, () => read(url, { headers: BROWSER }));
    const megabytes = async (server: { pid: number }) => await memoryOf(server) / 1e6;
    return [{ unit: "MB", ours: await megabytes(both.hearback), theirs: await megabytes(both.app) }];
  },
};

const bytes = visitRow("bytes of a first visit", "KB", ({ bytes }) => bytes / 1000);
const requests = visitRow("requests of a first visit", "", ({ requests }) => requests);

const gradio = await versionOf(python);
await runRows(
  { submits, pages, start, memory, ...(browserPath === undefined ? {} : { bytes, requests }) },
  `The guide's app was written anew from its description, runs on Gradio ${gradio} and backs up nothing; neither does Hearback here.
Hearback's submits and all pages are sent by wrk, Gradio's submits by Deno, which has to ask for each result.` +
    (browserPath === undefined
      ? "\n\nFirst visits were left out: there is no browser here (apt-get install chromium)."
      : ""),
);

async function beside(
  bench: Bench,
  { unit, ours, theirs }: {
    unit: string;
    ours: (server: Server) => Promise<number>;
    theirs: (app: GradioApp) => Promise<number>;
  },
): ReturnType<Row["measure"]> {
  await using both = await startBoth(bench);
  return await inTurn(unit, { rounds: 3, ours: () => ours(both.hearback), theirs: () => theirs(both.app) });
}

async function startBoth(bench: Bench): Promise<{ hearback: Server; app: GradioApp } & AsyncDisposable> {
  const stack = new AsyncDisposableStack();
  const env = { DATA_DIR: await bench.dataDir(10), RATE_LIMIT: "off" };
  const hearback = stack.use(await startServer(env));
  const app = stack.use(await startGradioApp(python!, await bench.folder()));
  return { hearback, app, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function ourSubmits({ url }: Server): Promise<number> {
  return load(`${url}api/reviews`, { ...SUBMIT, connections: CONNECTIONS, seconds: SECONDS });
}

async function theirSubmits(app: GradioApp): Promise<number> {
  const began = performance.now();
  await inParallel({ times: SUBMITS, atOnce: CONNECTIONS }, () => submit(app));
  return SUBMITS * 1000 / (performance.now() - began);
}

function pageRate({ url }: { url: string }): Promise<number> {
  return load(url, { headers: BROWSER, connections: CONNECTIONS, seconds: SECONDS });
}

async function read(url: string, init: RequestInit): Promise<void> {
  const answer = await fetch(url, init);
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${url} answered with ${answer.status}`);
}

function visitRow(what: string, unit: string, part: (visit: FirstVisit) => number): Row {
  return {
    what,
    against: "the guide's app",
    needs: [],
    async measure(bench) {
      await using both = await startBoth(bench);
      const [ours, theirs] = [await firstVisit(both.hearback.url), await firstVisit(both.app.url)];
      return [{ unit, ours: part(ours), theirs: part(theirs) }];
    },
  };
}

async function versionOf(python: string): Promise<string> {
  const code = "from importlib.metadata import version; print(version('gradio'))";
  const { stdout } = await new Deno.Command(python, { args: ["-c", code] }).output();
  return new TextDecoder().decode(stdout).trim();
}
