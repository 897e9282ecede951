// The row about the export of every review.
import type { Row } from "./bench_row.ts";
import { startServer } from "./server.ts";

/** Every review as one CSV. */
export const exported: Row = {
  what: "`GET /reviews.csv` with 1,000,000 reviews, not compressed",
  against: "`sqlite3 -csv` on the same file",
  unit: "s",
  goal: { atMost: 1.5 },
  rounds: 3,
  needs: ["sqlite3"],
  async prepare(bench) {
    const dataDir = await bench.dataDir(1_000_000);
    const hearback = await bench.use(startServer({ DATA_DIR: dataDir }));
    const sql = "SELECT id, created_at, name, review, comments, uid, source FROM reviews ORDER BY id";
    const args = ["-csv", "-header", "-readonly", `${dataDir}/reviews.db`, sql];
    return {
      ours: () => timeOf(() => fetch(`${hearback.url}reviews.csv`, { headers: { "Accept-Encoding": "identity" } })),
      theirs: () => timeOf(() => ({ body: new Deno.Command("sqlite3", { args, stdout: "piped" }).spawn().stdout })),
    };
  },
};

/** Seconds until the last byte is read. */
async function timeOf(open: () => Pick<Response, "body"> | Promise<Response>): Promise<number> {
  const began = performance.now();
  let bytes = 0;
  for await (const piece of (await open()).body ?? []) bytes += piece.length;
  if (bytes < 100_000_000) throw new Error(`The export was only ${bytes} bytes long`);
  return (performance.now() - began) / 1000;
}
