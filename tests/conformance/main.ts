// `deno task conformance`: shows that clients nobody here wrote accept the Hub of `tests/hub/`.
import { startHub, type UploadMode } from "../hub/hub.ts";
import { loadersGetWhatIsStored } from "./loaders.ts";
import { preparePython, runScript } from "./python.ts";

const MODES: UploadMode[] = ["regular", "lfs", "multipart", "xet"];
const CONFORMANCE = new URL("python_conformance.py", import.meta.url);
const DEDUP = new URL("python_dedup.py", import.meta.url);

console.log("The JavaScript client");
const js = await new Deno.Command(Deno.execPath(), {
  args: ["test", "-P", "--quiet", new URL(".", import.meta.url).pathname],
}).spawn().status;
const failed = js.success ? [] : ["JavaScript"];

console.log("\nThe Python client");
const python = await preparePython();
if (python === undefined) {
  console.error(
    "Python 3.10 or newer (with venv) was not found, so the Python client was NOT checked. Install it and try again.",
  );
  failed.push("Python is missing");
} else {
  for (const uploadMode of MODES) {
    console.log(`\nPython, mode ${uploadMode}`);
    await using hub = await startHub({ uploadMode });
    const good = await runScript(python, CONFORMANCE, { hub, args: [uploadMode], xet: uploadMode === "xet" });
    if (!good) failed.push(`Python, mode ${uploadMode}`);
  }
  if (!await sendsOnlyWhatIsNew(python)) failed.push("Python, deduplication");
  if (!await loadersGetWhatIsStored(python)) failed.push("loaders");
}

console.log(failed.length === 0 ? "\nConformance: all good" : `\nConformance: FAILED (${failed.join("; ")})`);
Deno.exit(failed.length === 0 ? 0 : 1);

/** Each upload starts with an empty cache, so what the second leaves out it learnt from the Hub. */
async function sendsOnlyWhatIsNew(python: string): Promise<boolean> {
  await using hub = await startHub({ uploadMode: "xet" });
  const sent = [];
  for (const args of [[], ["changed"]]) {
    hub.requests.length = 0;
    if (!await runScript(python, DEDUP, { hub, args })) return false;
    sent.push(hub.requests.reduce((sum, { host, bytesIn }) => sum + (host === "storage" ? bytesIn : 0), 0));
  }
  console.log(`\nPython sent ${sent[0]} bytes for the file and ${sent[1]} after a small change in it`);
  return sent[0]! > 10_000_000 && sent[1]! < 1_000_000;
}
