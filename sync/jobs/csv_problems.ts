// Puts what a CSV holds and was not understood into words.
import type { CsvProblems } from "../../db/file/csv_rows.ts";

/** The problems as a phrase; null where there are none. */
export function csvProblems({ unread, first, cut, leftOver }: CsvProblems): string | null {
  const parts = [
    ...(unread > 0 ? [`${unread} of its rows could not be read`] : []),
    ...(first === null ? [] : [first]),
    ...(cut && first === null ? ["it is cut off"] : []),
    ...(leftOver.length > 0 ? [`it also holds ${leftOver.join(", ")}`] : []),
  ];
  return parts.length === 0 ? null : parts.join("; ");
}
