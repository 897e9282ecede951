// A refusal in the shape of the real Hub: status, `X-Error-Code`, `X-Error-Message` and a JSON body.

/** Codes of `X-Error-Code` that clients tell apart. */
export type ErrorCode = "RepoNotFound" | "RevisionNotFound" | "EntryNotFound";

/** Thrown by any handler to refuse the request. */
export class HubError extends Error {
  override readonly name = "HubError";
  readonly status: number;
  readonly code: ErrorCode | undefined;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    message: string,
    options: { code?: ErrorCode; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = options.code;
    this.headers = options.headers ?? {};
  }

  toResponse(): Response {
    return Response.json({ error: this.message }, {
      status: this.status,
      headers: {
        ...(this.code && { "X-Error-Code": this.code }),
        "X-Error-Message": this.message,
        ...this.headers,
      },
    });
  }
}

/** Answers a request for which there is no route; made for `app.notFound()`. */
export function answerUnknown(): Response {
  return new HubError(404, "Sorry, we can't find the page you are looking for.").toResponse();
}

/** Answers a {@linkcode HubError} in its own shape and anything else as a 500; made for `app.onError()`. */
export function answerError(error: Error): Response {
  if (error instanceof HubError) return error.toResponse();
  console.error(error);
  return Response.json({ error: "Internal Server Error" }, { status: 500 });
}
