// `deno task hub`: a Hub for local work that prints what to give to its clients.
import { type RequestLog, startHub, type UploadMode } from "./hub.ts";
import { REAL_LIMITS } from "./rate_limits.ts";

const port = Number(Deno.env.get("HUB_PORT") ?? 7870);
const folder = Deno.env.get("HUB_DIR");
const hub = await startHub({
  port,
  storagePort: port === 0 ? 0 : port + 1,
  ...(folder && { folder }),
  uploadMode: (Deno.env.get("HUB_UPLOAD") ?? "auto") as UploadMode,
  rateLimits: Deno.env.get("HUB_LIMITS") === "real" ? REAL_LIMITS : {},
  onAnswered: logRequest,
});
console.log(`Hub at ${hub.url}, storage at ${hub.storageUrl}, data ${folder ? `in ${folder}` : "in memory"}
Give Hearback:  HF_ENDPOINT=${hub.url} HF_TOKEN=hf_local_write DATASET_REPO=ada/reviews
Read only:      HF_TOKEN=hf_local_read
Order a fault:  curl -X POST ${hub.url}/_faults -d '{"match": {"path": "/commit/"}, "status": 500, "times": 1}'
Forget faults:  curl -X DELETE ${hub.url}/_faults`);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, async () => {
    await hub.close();
    Deno.exit(0);
  });
}

function logRequest({ host, method, path, status, at, bytesIn, bytesOut }: RequestLog): void {
  const shown = path.replace(/signature=\w+/, "signature=…");
  console.log(`${at.toISOString()} ${host} ${method} ${shown} ${status || "no answer"} in ${bytesIn} out ${bytesOut}`);
}
