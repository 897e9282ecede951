// Writes a time out in full, for those whom "12 minutes ago" is not enough.

/** `iso` (ISO 8601 in UTC) as "2026-11-22 12:00:00 UTC"; what is no such time is given back. */
export function utcTime(iso: string): string {
  return iso.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/, "$1 $2 UTC"); // old rows may hold anything
}
