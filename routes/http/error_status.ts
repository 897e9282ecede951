// The one table from the kind of a failure to its HTTP status, for JSON and HTML alike.
import type { AppErrorCode } from "../../db/app_error.ts";

/** HTTP status and short title of every expected failure. */
export const ERROR_STATUS = {
  malformed: [400, "Malformed request"],
  unauthorized: [401, "Not signed in"],
  forbidden: [403, "Not allowed"],
  not_found: [404, "Not found"],
  method_not_allowed: [405, "Method not allowed"],
  too_slow: [408, "Too slow"],
  too_large: [413, "Too large"],
  unsupported_media: [415, "Unsupported content type"],
  invalid: [422, "Some fields need attention"],
  too_many: [429, "Too many at once"],
  busy: [503, "Busy"],
  incompatible: [503, "Not available"],
  damaged: [503, "Not available"],
  foreign: [503, "Not available"],
  disk_full: [507, "No room left"],
} as const satisfies Record<AppErrorCode, readonly [number, string]>;
