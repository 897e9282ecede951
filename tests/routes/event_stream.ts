// Reads a stream of server-sent events as a browser would.

/** One event. */
export interface StreamEvent {
  id: string | undefined;
  event: string;
  data: unknown;
}

/** The events of `response`, one after the other. */
export async function* eventsOf(response: Response): AsyncGenerator<StreamEvent> {
  let text = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = new Map(block.split("\n").map((line) => line.split(/: ?(.*)/s, 2) as [string, string]));
      const event = fields.get("event");
      if (event !== undefined) yield { id: fields.get("id"), event, data: JSON.parse(fields.get("data") ?? "null") };
    }
  }
}
