// The uids of reviews that come from the guide's database: derived from content and id, the same wherever that is done.
import type { DatabaseSync } from "node:sqlite";
import { v5 as uuidv5 } from "uuid";
import { GUIDE_COLUMNS, type StoredRow, type StoredValue } from "../row.ts";

/** SQL expression for the uid of a guide's row; needs {@linkcode defineGuideUid}. */
export const GUIDE_UID = `guide_uid(id || ${
  GUIDE_COLUMNS.slice(1).map((column) => `' ' || typeof(${column}) || ':' || hex(${column})`).join(" || ")
})`;

/** Makes the function behind {@linkcode GUIDE_UID} known to a connection. */
export function defineGuideUid(db: DatabaseSync): void {
  db.function("guide_uid", { deterministic: true }, (content) => uidOf(String(content)));
}

/** The uid of a guide's row that was read elsewhere; the same as {@linkcode GUIDE_UID} makes of it. */
export function guideUid(row: Pick<StoredRow, typeof GUIDE_COLUMNS[number]>): string {
  const parts = [row.created_at, row.name, row.review, row.comments].map((value) => {
    const bytes = value instanceof Uint8Array ? value : new TextEncoder().encode(value === null ? "" : String(value));
    return ` ${typeName(value)}:${bytes.toHex().toUpperCase()}`;
  });
  return uidOf(row.id + parts.join(""));
}

function uidOf(content: string): string {
  return uuidv5(new TextEncoder().encode(content), NAMESPACE); // bytes both: the library takes twice as long with texts
}

const NAMESPACE = Uint8Array.fromHex("6f0c5b0e3a6d4f51a7c2d1e98b40f3aa"); // a constant of this project that may never change

function typeName(value: StoredValue): string {
  if (value === null) return "null";
  if (value instanceof Uint8Array) return "blob";
  if (typeof value === "string") return "text";
  return typeof value === "bigint" || Number.isInteger(value) ? "integer" : "real";
}
