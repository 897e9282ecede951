-- What the dataset holds or held and was not taken over whole. It travels with the reviews, because a disk may be lost: while a row is open
-- and its file is in the history alone, the history is not squashed.
CREATE TABLE unread (
  commit_id TEXT NOT NULL,
  path TEXT NOT NULL,
  kind TEXT NOT NULL,
  reason TEXT NOT NULL,
  kept_as TEXT, -- its name in the head; NULL where only the history holds it
  noticed_at TIMESTAMP NOT NULL,
  settled_at TIMESTAMP,
  PRIMARY KEY (commit_id, path)
);

-- Grows with each transaction by which a merge changed reviews, so that whoever keeps numbers about them can tell.
ALTER TABLE backup ADD COLUMN merges INTEGER NOT NULL DEFAULT 0;

-- Grows when the newest backup is found damaged, and travels: its replacement has other bytes, because storage that knows files by their
-- hash does not take one twice.
ALTER TABLE backup ADD COLUMN copy INTEGER NOT NULL DEFAULT 0;

-- The CSV is written whole now; nobody continues an earlier one.
DROP TRIGGER IF EXISTS csv_inserted;
DROP TRIGGER IF EXISTS csv_updated;
DROP TRIGGER IF EXISTS csv_deleted;
ALTER TABLE backup DROP COLUMN csv_mark;
ALTER TABLE backup DROP COLUMN csv_last;
