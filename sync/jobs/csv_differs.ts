// Finds out whether a CSV that somebody else wrote says anything that the database beside it does not.
import { readCsv } from "../../db/file/csv.ts";
import { openReadOnly } from "../../db/file/open_database.ts";
import { readRows } from "../../db/file/read_rows.ts";
import { csvProblems } from "./csv_problems.ts";
import { COLUMNS, type StoredRow } from "../../db/row.ts";

/** What the CSV holds beyond the database, in words; null where that is nothing. */
export async function csvDiffers({ csv, database }: { csv: string; database: string }): Promise<string | null> {
  using db = openReadOnly(database);
  const rows = readCsv(csv);
  const inDatabase = readRows(db);
  let here = inDatabase.next();
  let others = 0;
  for await (const row of rows) {
    while (!here.done && here.value.id < row.id) here = inDatabase.next();
    if (here.done || asText(here.value) !== asText(row)) others++;
  }
  const more = others === 0 ? [] : [`${others} of its rows ${others === 1 ? "is" : "are"} not in reviews.db`];
  return [...more, csvProblems(rows.problems)].filter((part) => part !== null).join("; ") || null;
}

// A CSV tells no missing value from an empty one, and the guide's has no uids.
function asText(row: StoredRow): string {
  return JSON.stringify(COLUMNS.filter((column) => column !== "uid").map((column) => String(row[column] ?? "")));
}
