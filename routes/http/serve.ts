// Listens, and stops so that nobody is cut off: neither who is being answered nor who listens for events.
import type { App } from "../app.tsx";

/** Where to listen, and who hears at which address that is. */
export interface ServeOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  onListen: (address: string) => void;
}

/** A server that is listening. */
export interface RunningServer {
  /** Answers what has arrived, closes the application and stops listening; aborting `patience` ends the waiting. */
  close(patience: AbortSignal): Promise<void>;
}

/** Serves `app` from now on. Throws where the port is taken. */
export function serve(app: App, { host, port, onListen }: ServeOptions): RunningServer {
  const inFlight = new Set<Promise<Response>>();
  const listening = (address: Deno.NetAddr) => onListen(`http://${shownHost(host)}:${address.port}/`);
  const server = Deno.serve({ hostname: host, port, onListen: listening }, (request, info) => {
    const answer = Promise.resolve(app.fetch(request, info)).finally(() => inFlight.delete(answer));
    inFlight.add(answer);
    return answer;
  });
  return {
    async close(patience) {
      const impatient = aborted(patience);
      await Promise.race([Promise.allSettled(inFlight), impatient]); // shutdown() cuts off bodies that are still being read
      await app.close(); // and never returns while an event stream is open
      await Promise.race([server.shutdown(), impatient]);
    },
  };
}

/** Resolves once `signal` is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

// An address that listens everywhere is none that a browser opens.
function shownHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
