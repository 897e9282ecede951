-- The first schema. Applied migrations are never edited: every database and every backup out there was made by this text.

-- The guide's five columns under the guide's names, so that its databases and people's own SQL go on working.
CREATE TABLE reviews (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL,
  name TEXT,
  review INTEGER,
  comments TEXT,
  uid TEXT NOT NULL UNIQUE,
  source TEXT
);
CREATE INDEX reviews_review ON reviews (review);
CREATE INDEX reviews_source ON reviews (source) WHERE source IS NOT NULL;

-- Reviews that are gone for good; a merge never brings them back.
CREATE TABLE erasures (
  uid TEXT PRIMARY KEY NOT NULL,
  erased_at TIMESTAMP NOT NULL
);

-- What this database knows of its backup, in its only row. Uploaded copies carry it blank.
CREATE TABLE backup (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  dataset TEXT,
  merged TEXT,
  revision INTEGER NOT NULL DEFAULT 0,
  backed_up INTEGER NOT NULL DEFAULT 0,
  upload_due INTEGER NOT NULL DEFAULT 0,
  commit_at TEXT,
  commit_id TEXT,
  db_sha256 TEXT,
  csv_sha256 TEXT,
  flawed INTEGER NOT NULL DEFAULT 0,
  drill_at TEXT,
  drill_ok INTEGER NOT NULL DEFAULT 0,
  drill_message TEXT,
  vanished INTEGER NOT NULL DEFAULT 0,
  unscrubbed INTEGER NOT NULL DEFAULT 0
);
INSERT INTO backup (id) VALUES (1);

-- A review removed by hand, without an erasure, means that the dataset is no longer contained here: uploading now would spread the
-- loss. So the dataset counts as unread and its rows come back by the merge. `vanished` tells a merge under way that it came too early.
CREATE TRIGGER reviews_vanished AFTER DELETE ON reviews
WHEN NOT EXISTS (SELECT 1 FROM erasures WHERE uid = OLD.uid)
BEGIN
  UPDATE backup SET merged = NULL, vanished = vanished + 1;
END;

-- SQLite may leave a text that was deleted in the gaps of other pages. In the same transaction, so that no crash forgets it.
CREATE TRIGGER reviews_unscrubbed AFTER DELETE ON reviews WHEN (SELECT unscrubbed = 0 FROM backup)
BEGIN
  UPDATE backup SET unscrubbed = 1;
END;
