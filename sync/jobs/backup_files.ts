// The files of a backup, under the names that the dataset and the folders here know them by.

/** The reviews, their erasures and the blank ledger, as SQLite. */
export const DATABASE_FILE = "reviews.db";
/** The same reviews as a table. */
export const CSV_FILE = "reviews.csv";
/** The dataset's card. */
export const CARD_FILE = "README.md";
