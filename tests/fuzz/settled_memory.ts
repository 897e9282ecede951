// Weighs what a running Hearback keeps: what it has only not cleared away yet says nothing about a leak.

/** Memory in MB, once everything is collected that nothing refers to. */
export interface SettledMemory {
  resident: number;
  heap: number;
}

/** Weighs one process; close it when done. */
export interface Scales {
  weigh(): Promise<SettledMemory>;
  close(): Promise<void>;
}

/** Connects to a process that runs with `--inspect` by what it printed. */
export async function openScales(output: string): Promise<Scales> {
  const [address] = /ws:\/\/127\.0\.0\.1:\d+\/\S+/.exec(output) ?? [];
  if (address === undefined) throw new Error(`No debugger listens:\n${output}`);
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => Object.assign(socket, { onopen: resolve, onerror: reject }));
  let calls = 0;
  const call = async (method: string, params = {}) => {
    const id = ++calls;
    const answered = new Promise<unknown>((resolve) => {
      socket.addEventListener("message", function onMessage({ data }) {
        const answer = JSON.parse(data);
        if (answer.id !== id) return;
        socket.removeEventListener("message", onMessage);
        resolve(answer.result?.result?.value);
      });
    });
    socket.send(JSON.stringify({ id, method, params }));
    return await answered;
  };

  return {
    async weigh() {
      await call("HeapProfiler.collectGarbage");
      const usage = await call("Runtime.evaluate", { expression: "JSON.stringify(Deno.memoryUsage())" });
      const { rss, heapUsed, external } = JSON.parse(String(usage));
      return { resident: rss / 1e6, heap: (heapUsed + external) / 1e6 };
    },
    async close() {
      const closed = new Promise((resolve) => socket.onclose = resolve);
      socket.close();
      await closed;
    },
  };
}

/**
 * By which factor memory grew in the later half: the mean of the last three weighings over that of the three before the middle.
 * Memory that is kept goes on growing; what a process needs to get going does not.
 */
export function laterGrowth(weighings: SettledMemory[], of: keyof SettledMemory): number {
  const mean = (part: SettledMemory[]) => part.reduce((sum, weighing) => sum + weighing[of], 0) / part.length;
  const middle = Math.floor(weighings.length / 2);
  return mean(weighings.slice(-3)) / mean(weighings.slice(middle - 3, middle));
}
