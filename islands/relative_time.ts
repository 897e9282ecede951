// Says how long ago something was, in the same words on the server and in the browser.

const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3600], ["minute", 60]] as const;
const format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** Words for the time from `iso` (ISO 8601) to `now`, such as "12 minutes ago"; what lies ahead is "just now", and what is no time is given back. */
export function relativeTime(iso: string, now: Date): string {
  const seconds = Math.floor((now.getTime() - Date.parse(iso)) / 1000);
  if (Number.isNaN(seconds)) return iso; // as old rows from elsewhere may hold
  for (const [unit, length] of UNITS) {
    if (seconds >= length) return format.format(-Math.floor(seconds / length), unit);
  }
  return seconds >= 5 ? format.format(-seconds, "second") : "just now";
}
