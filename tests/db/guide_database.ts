// Databases as the app of Gradio's guide writes them.
import { DatabaseSync } from "node:sqlite";

/** A database that the guide's app wrote: seven reviews, under ids with gaps. */
export const GUIDE_FILE = new URL("../fixtures/guide_reviews.db", import.meta.url);

/** Makes a guide's database out of rows given in SQL: `(id, created_at, name, review, comments)`. */
export function guideDatabase(path: string, rows: string[]): void {
  using db = new DatabaseSync(path);
  db.exec(`CREATE TABLE reviews (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL, name TEXT, review INTEGER, comments TEXT)`);
  for (const row of rows) db.exec(`INSERT INTO reviews VALUES ${row}`);
}
