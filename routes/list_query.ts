// Reads which reviews are asked for from an address; the page and the API understand the same words.
import { AppError, type FieldError } from "../db/app_error.ts";
import type { ReviewQuery } from "../db/store.ts";
import type { PageSettings } from "./deps.ts";

/** Which of the settings decide what may be asked for. */
export type ListRules = Pick<PageSettings, "publicNames">;

/** Turns `limit`, `cursor`, `q`, `rating` and `source` into a query; empty ones count as absent, wrong ones throw `invalid`. */
export function parseListQuery(params: URLSearchParams, { publicNames }: ListRules): ReviewQuery {
  const errors: FieldError[] = [];
  const text = (name: string) => params.get(name)?.trim() || undefined;
  const integer = (name: string, max: number) => {
    const value = text(name);
    if (value === undefined || (/^\d{1,3}$/.test(value) && Number(value) >= 1 && Number(value) <= max)) {
      return value === undefined ? undefined : Number(value);
    }
    errors.push({ field: name, message: `"${value}" is no whole number from 1 to ${max}` });
    return undefined;
  };
  const limit = integer("limit", 100) ?? 10;
  const rating = integer("rating", 5);
  const [q, source, cursor] = [text("q")?.normalize("NFC"), text("source"), text("cursor")];
  if (errors.length > 0) throw new AppError("invalid", "The list cannot be asked for like that", { fields: errors });
  return {
    limit,
    ...(rating !== undefined && { rating }),
    ...(q !== undefined && { q, namesToo: publicNames }),
    ...(source !== undefined && { source }),
    ...(cursor !== undefined && { cursor }),
  };
}
