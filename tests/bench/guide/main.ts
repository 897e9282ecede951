// `deno task bench:guide [ROW …]`: Hearback beside the app of Gradio's guide that it takes the place of.
import { browserPath } from "../../browser/browser.ts";
import { preparePython } from "../../conformance/python.ts";
import { alike, type Bench, type Row } from "../bench_row.ts";
import { runRows } from "../bench_rows.ts";
import { inParallel } from "../in_parallel.ts";
import { BROWSER, REVIEW, SUBMIT } from "../request_rows.ts";
import { megabytesOf, post, type Server } from "../server.ts";
import { timeToPage } from "../start_row.ts";
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
  unit: "a second",
  goal: { atLeast: 300 },
  rounds: 3,
  needs: ["wrk"],
  async prepare(bench) {
    const [hearback, app] = await startBoth(bench);
    return { ours: () => ourSubmits(hearback), theirs: () => theirSubmits(app) };
  },
};

const pages: Row = {
  what: `page loads, ${CONNECTIONS} connections`,
  against: "the guide's app",
  unit: "a second",
  goal: { atLeast: 50 },
  rounds: 3,
  needs: ["wrk"],
  prepare: async (bench) => alike(await startBoth(bench), pageRate),
};

const start: Row = {
  what: "time from start to the first page",
  against: "the guide's app",
  unit: "ms",
  goal: { atMost: 0.05 },
  rounds: 3,
  async prepare(bench) {
    const [dataDir, folder] = [await bench.dataDir(10), await bench.folder()];
    const theirs = async () => {
      const began = performance.now();
      await using _app = await startGradioApp(python, folder);
      return performance.now() - began;
    };
    return { ours: () => timeToPage(dataDir), theirs };
  },
};

const memory: Row = {
  what: `memory after ${REQUESTS} submits and as many pages`,
  against: "the guide's app",
  unit: "MB",
  goal: { atMost: 0.5 },
  rounds: 1,
  async prepare(bench) {
    const [hearback, app] = await startBoth(bench);
    const all = { times: REQUESTS, atOnce: CONNECTIONS };
    await inParallel(all, () => post(hearback, "api/reviews", REVIEW));
    await inParallel(all, () => submit(app));
    for (const { url } of [hearback, app]) await inParallel(all, () => readPage(url));
    return alike([hearback, app], megabytesOf);
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

async function startBoth(bench: Bench): Promise<[Server, GradioApp]> {
  return [await bench.hearback(), await bench.use(startGradioApp(python!, await bench.folder()))];
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

async function readPage(url: string): Promise<void> {
  const answer = await fetch(url, { headers: BROWSER });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${url} answered with ${answer.status}`);
}

function visitRow(what: string, unit: string, part: (visit: FirstVisit) => number): Row {
  return {
    what,
    against: "the guide's app",
    unit,
    rounds: 1,
    prepare: async (bench) => alike(await startBoth(bench), async ({ url }) => part(await firstVisit(url))),
  };
}

async function versionOf(python: string): Promise<string> {
  const code = "from importlib.metadata import version; print(version('gradio'))";
  const { stdout } = await new Deno.Command(python, { args: ["-c", code] }).output();
  return new TextDecoder().decode(stdout).trim();
}
