// `deno task schemathesis`: lets a stranger's tool read the API document and try to catch a running Hearback at breaking its word.
import { preparePython } from "../conformance/python.ts";
import { temporaryFolder } from "../db/temporary_folder.ts";
import { startHearback } from "../process.ts";

// Events do not end, and MCP has its own rules of what is in a body.
const LEFT_OUT = ["getEvents", "mcp"];

// What the tool may not hold against us: words that a schema cannot say, such as "not empty once trimmed" and "of this form".
const CHECKS_LEFT_OUT = ["positive_data_acceptance", "negative_data_rejection"];

const python = await preparePython("schemathesis", ["schemathesis"]);
if (python === undefined) {
  console.error("Python 3.10 or newer (with venv) was not found, so NOTHING was checked. Install it and try again.");
  Deno.exit(1);
}
await using folder = await temporaryFolder();
await using hearback = await startHearback({
  DATA_DIR: folder.path("data"),
  RATE_LIMIT: "off",
  ADMIN_TOKEN: "swordfish",
});
const { code } = await new Deno.Command(python.replace(/python$/, "schemathesis"), {
  args: [
    "run",
    `${hearback.url}openapi.json`,
    "--header=Authorization: Bearer swordfish",
    `--exclude-checks=${CHECKS_LEFT_OUT.join()}`,
    ...LEFT_OUT.map((name) => `--exclude-operation-id=${name}`),
    "--request-timeout=10",
    "--generation-database=none",
    "--continue-on-failure",
    ...Deno.args,
  ],
  stdin: "null",
}).spawn().status;
await hearback.stop();
Deno.exitCode = code;
