-- Files: uploads on their way, what lies in the folder of blobs, the messages that show it, what is held back.
-- Times are milliseconds since 1970 in UTC. Sizes are sealed bytes.

-- The card of a message's file as the wire has it; kind 6 is a file, its body the caption.
ALTER TABLE entries ADD COLUMN file BLOB NOT NULL DEFAULT x'';
-- The same of a message that waits; kind 2 is a file.
ALTER TABLE held ADD COLUMN file BLOB NOT NULL DEFAULT x'';

-- A row stands for a file in the folder, which was there and safe on disk before the row was.
CREATE TABLE blobs (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    hash  BLOB    NOT NULL UNIQUE,
    size  INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    -- Messages and uploads that hold it; the triggers below count.
    refs  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX blobs_unused ON blobs (refs, id) WHERE refs = 0;

-- What an account brings; when it is complete, the row holds the blob until a message shows it.
CREATE TABLE uploads (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    account       INTEGER NOT NULL REFERENCES accounts (id),
    hash          BLOB    NOT NULL,
    room          INTEGER NOT NULL REFERENCES rooms (id),
    size          INTEGER NOT NULL,
    -- 0 while it is on its way.
    blob          INTEGER NOT NULL DEFAULT 0,
    -- The message that shows it and waits for a decision; 0 for none.
    held          INTEGER NOT NULL DEFAULT 0,
    begun_at_ms   INTEGER NOT NULL,
    touched_at_ms INTEGER NOT NULL,
    UNIQUE (account, hash)
) STRICT;
CREATE INDEX uploads_by_rest ON uploads (touched_at_ms) WHERE held = 0;
CREATE INDEX uploads_by_hash ON uploads (hash);
CREATE INDEX uploads_by_held ON uploads (held) WHERE held <> 0;
CREATE INDEX uploads_by_room ON uploads (room);

-- Which entries show which blob.
CREATE TABLE file_refs (
    entry   INTEGER PRIMARY KEY REFERENCES entries (id),
    blob    INTEGER NOT NULL REFERENCES blobs (id),
    room    INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    account INTEGER NOT NULL,
    -- Whether the room is an open one: of others nothing is listed.
    open    INTEGER NOT NULL,
    size    INTEGER NOT NULL,
    at_ms   INTEGER NOT NULL,
    -- Empty under a passphrase.
    name    TEXT    NOT NULL,
    media   TEXT    NOT NULL
) STRICT;
CREATE INDEX file_refs_by_blob ON file_refs (blob, account, entry);
CREATE INDEX file_refs_listed ON file_refs (open, entry);
CREATE INDEX file_refs_by_room ON file_refs (room, open, entry);
CREATE INDEX file_refs_by_account ON file_refs (account, open, entry);

-- Files that nobody gets: by hash, so that bringing one again does not help.
CREATE TABLE blob_blocks (
    hash       BLOB    NOT NULL PRIMARY KEY,
    -- 1 held back, 2 purged.
    state      INTEGER NOT NULL,
    reason     TEXT    NOT NULL,
    by_account INTEGER NOT NULL,
    at_ms      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_blocks_by_state ON blob_blocks (state, hash);

-- How much is held, kept by the triggers below: looking it up costs the same however many files there are.
CREATE TABLE file_usage (
    -- 0 an account, 1 a room, 2 the folder.
    scope   INTEGER NOT NULL,
    subject INTEGER NOT NULL,
    files   INTEGER NOT NULL,
    bytes   INTEGER NOT NULL,
    PRIMARY KEY (scope, subject)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER file_refs_more AFTER INSERT ON file_refs BEGIN
    UPDATE blobs SET refs = refs + 1 WHERE id = new.blob;
    INSERT INTO file_usage (scope, subject, files, bytes) VALUES (0, new.account, 1, new.size), (1, new.room, 1, new.size)
    ON CONFLICT (scope, subject) DO UPDATE SET files = files + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER file_refs_fewer AFTER DELETE ON file_refs BEGIN
    UPDATE blobs SET refs = refs - 1 WHERE id = old.blob;
    UPDATE file_usage SET files = files - 1, bytes = bytes - old.size
    WHERE (scope = 0 AND subject = old.account) OR (scope = 1 AND subject = old.room);
END;
CREATE TRIGGER uploads_more AFTER INSERT ON uploads BEGIN
    UPDATE blobs SET refs = refs + 1 WHERE id = new.blob;
    INSERT INTO file_usage (scope, subject, files, bytes) VALUES (0, new.account, 1, new.size), (1, new.room, 1, new.size)
    ON CONFLICT (scope, subject) DO UPDATE SET files = files + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER uploads_whole AFTER UPDATE OF blob ON uploads BEGIN
    UPDATE blobs SET refs = refs - 1 WHERE id = old.blob;
    UPDATE blobs SET refs = refs + 1 WHERE id = new.blob;
END;
CREATE TRIGGER uploads_moved AFTER UPDATE OF room ON uploads BEGIN
    UPDATE file_usage SET files = files - 1, bytes = bytes - old.size WHERE scope = 1 AND subject = old.room;
    INSERT INTO file_usage (scope, subject, files, bytes) VALUES (1, new.room, 1, new.size)
    ON CONFLICT (scope, subject) DO UPDATE SET files = files + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER uploads_fewer AFTER DELETE ON uploads BEGIN
    UPDATE blobs SET refs = refs - 1 WHERE id = old.blob;
    UPDATE file_usage SET files = files - 1, bytes = bytes - old.size
    WHERE (scope = 0 AND subject = old.account) OR (scope = 1 AND subject = old.room);
END;
CREATE TRIGGER blobs_more AFTER INSERT ON blobs BEGIN
    INSERT INTO file_usage (scope, subject, files, bytes) VALUES (2, 0, 1, new.size)
    ON CONFLICT (scope, subject) DO UPDATE SET files = files + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER blobs_fewer AFTER DELETE ON blobs BEGIN
    UPDATE file_usage SET files = files - 1, bytes = bytes - old.size WHERE scope = 2 AND subject = 0;
END;

-- The search finds files of open rooms by caption and name.
DROP VIEW searchable;
CREATE VIEW searchable (id, room, body) AS
SELECT entries.id, 'r' || entries.room, CASE
    WHEN entries.kind = 0 THEN coalesce(edit.body, entries.body)
    WHEN file_refs.name = '' THEN entries.body
    WHEN entries.body = '' THEN file_refs.name
    ELSE entries.body || ' ' || file_refs.name END
FROM entries
JOIN rooms ON rooms.id = entries.room
LEFT JOIN entries AS edit ON edit.room = entries.room AND edit.seq = entries.edited_by
LEFT JOIN file_refs ON file_refs.entry = entries.id
WHERE entries.kind IN (0, 6) AND entries.removed_by = 0 AND rooms.kind = 0;
