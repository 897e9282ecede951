/// <reference lib="deno.worker" />
// A Worker that holds event streams open, so that reading them does not slow what the benchmark times.

/** What the benchmark asks for. */
export interface Listening {
  url: string;
  /** How many streams. */
  number: number;
  /** The review whose arrival ends a stream's part. */
  last: string;
}

self.onmessage = async ({ data: { url, number, last } }: MessageEvent<Listening>) => {
  const readers = [];
  for (let n = 0; n < number; n++) readers.push(hears(await fetch(`${url}api/events`), last));
  self.postMessage("open");
  const heard = await Promise.all(readers);
  self.postMessage(heard.filter(Boolean).length);
};

async function hears(response: Response, uid: string): Promise<boolean> {
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    if (text.includes(uid)) return true;
  }
  return false;
}
