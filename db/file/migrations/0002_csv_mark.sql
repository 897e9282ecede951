-- Lets a backup go on with the CSV of the last one.

ALTER TABLE backup ADD COLUMN csv_mark TEXT;
ALTER TABLE backup ADD COLUMN csv_last INTEGER;

-- A mark stands for the reviews up to the id `csv_last` just as they were when it was set, so that what the CSV says of them need not be
-- written again. Anything but a new review above them clears it.
CREATE TRIGGER csv_inserted AFTER INSERT ON reviews WHEN (SELECT NEW.id <= csv_last AND csv_mark IS NOT NULL FROM backup)
BEGIN
  UPDATE backup SET csv_mark = NULL;
END;
CREATE TRIGGER csv_updated AFTER UPDATE ON reviews WHEN (SELECT csv_mark IS NOT NULL FROM backup)
BEGIN
  UPDATE backup SET csv_mark = NULL;
END;
CREATE TRIGGER csv_deleted AFTER DELETE ON reviews WHEN (SELECT csv_mark IS NOT NULL FROM backup)
BEGIN
  UPDATE backup SET csv_mark = NULL;
END;
