// The row about the export of every review.
import { inTurn, type Row } from "./bench_row.ts";
import { startServer } from "./server.ts";

/** Every review as one CSV. */
export const exported: Row = {
  what: "`GET /reviews.csv` with 1,000,000 reviews, not compressed",
  against: "`sqlite3 -csv` on the same file",
  goal: { atMost: 1.5 },
  needs: ["sqlite3"],
  async measure(bench) {
    const dataDir = await bench.dataDir(1_000_000);
    await using hearback = await startServer({ DATA_DIR: dataDir });
    const ours = () =>
      timeOf(async () => {
        const answer = await fetch(`${hearback.url}reviews.csv`, { headers: { "Accept-Encoding": "identity" } });
        return answer.body;
      });
    const theirs = () =>
      timeOf(() => {
        const sql = "SELECT id, created_at, name, review, comments, uid, source FROM reviews ORDER BY id";
        const args = ["-csv", "-header", "-readonly", `${dataDir}/reviews.db`, sql];
        return new Deno.Command("sqlite3", { args, stdout: "piped" }).spawn().stdout;
      });
    return await inTurn("s", { rounds: 3, ours, theirs });
  },
};

/** Seconds until the last byte is read. */
async function timeOf(
  open: () => ReadableStream<Uint8Array> | null | Promise<ReadableStream<Uint8Array> | null>,
): Promise<number> {
  const began = performance.now();
  let bytes = 0;
  for await (const piece of await open() ?? []) bytes += piece.length;
  if (bytes < 100_000_000) throw new Error(`The export was only ${bytes} bytes long`);
  return (performance.now() - began) / 1000;
}
