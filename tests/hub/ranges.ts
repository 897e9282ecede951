// Answers a request for bytes, whole or in part, as RFC 9110 says.

/** Answers with `bytes`, or with the one range that the request asks for: 206, or 416 when there is no such range. */
export function answerBytes(
  request: Request,
  bytes: Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
): Response {
  const range = parseRange(request.headers.get("Range"), bytes.length);
  if (range === undefined) {
    return new Response(bytes, {
      headers: { "Accept-Ranges": "bytes", "Content-Length": String(bytes.length), ...headers },
    });
  }
  if (range === "unsatisfiable") {
    return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${bytes.length}` } });
  }
  return new Response(bytes.subarray(range.start, range.end), {
    status: 206,
    headers: {
      "Accept-Ranges": "bytes",
      "Content-Length": String(range.end - range.start),
      "Content-Range": `bytes ${range.start}-${range.end - 1}/${bytes.length}`,
      ...headers,
    },
  });
}

/** The bytes `[start, end)` that a `Range` header of one range asks for; undefined when it asks for none. */
export function parseRange(
  header: string | null,
  size: number,
): { start: number; end: number } | "unsatisfiable" | undefined {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  const start = first === "" ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(Number(last) + 1, size);
  return start < end ? { start, end } : "unsatisfiable";
}
