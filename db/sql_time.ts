// Times as the table holds them, and as the API shows them; both in UTC with whole seconds.

/** `YYYY-MM-DD HH:MM:SS`, as SQLite's CURRENT_TIMESTAMP writes it. */
export function toSqlTime(time: Date): string {
  return time.toISOString().slice(0, 19).replace("T", " ");
}

/** The ISO 8601 form of {@linkcode toSqlTime}; a text of another form comes back as it is. */
export function toIso(sqlTime: string): string {
  return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.test(sqlTime)
    ? `${sqlTime.slice(0, 10)}T${sqlTime.slice(11, 19)}Z`
    : sqlTime;
}
