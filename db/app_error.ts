// The one class for failures that are expected: what went wrong, in words for people, under a code that routes map to a status.

/** What kind of expected failure it is; `routes/` holds the one table from code to HTTP status. */
export type AppErrorCode =
  | "malformed" // the request cannot be read
  | "unauthorized"
  | "forbidden"
  | "not_found"
  | "method_not_allowed"
  | "too_slow" // the request did not arrive in time
  | "too_large"
  | "unsupported_media"
  | "invalid" // read, but its fields break the rules; see `fields`
  | "too_many" // see `retryAfter`
  | "busy" // the store cannot take it just now; see `retryAfter`
  | "disk_full"
  | "incompatible" // a database that this version must not touch
  | "damaged" // a database or file whose contents cannot be trusted
  | "foreign"; // a whole database, but neither ours nor the guide's

/** One field that breaks a rule, with a sentence for the person who filled it in. */
export interface FieldError {
  field: string;
  message: string;
}

/** Extra facts about an {@linkcode AppError}. */
export interface AppErrorOptions extends ErrorOptions {
  /** Fields at fault, for the code `invalid`. */
  fields?: FieldError[];
  /** Seconds after which trying again makes sense. */
  retryAfter?: number;
}

/** An expected failure. People are shown `message`; the log also gets `cause`. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: AppErrorCode;
  readonly fields: FieldError[];
  readonly retryAfter: number | undefined;

  constructor(code: AppErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.fields = options.fields ?? [];
    this.retryAfter = options.retryAfter;
  }
}
