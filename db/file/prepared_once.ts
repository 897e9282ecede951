// Keeps statements that are needed again and again: preparing one takes longer than reading a page by it.
import type { DatabaseSync } from "node:sqlite";

/** `prepare`, but once for each text and connection. What it made is kept as long as the connection, so texts must be few and bind every value. */
export function preparedOnce<Prepared>(prepare: (db: DatabaseSync, text: string) => Prepared): typeof prepare {
  const all = new WeakMap<DatabaseSync, Map<string, Prepared>>();
  return (db, text) => {
    const kept = all.get(db) ?? new Map<string, Prepared>();
    const prepared = kept.get(text) ?? prepare(db, text);
    all.set(db, kept.set(text, prepared));
    return prepared;
  };
}

/** The statement of this SQL, prepared once for a connection. */
export const statementOf = preparedOnce((db, sql) => db.prepare(sql));
