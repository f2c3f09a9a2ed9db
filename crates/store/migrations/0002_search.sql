-- Full-text search over the current texts of open rooms; what is already there is indexed on the way.

-- Exactly the rows the index holds, as it holds them: the newest edit's text, and the room as a word of its own.
CREATE VIEW searchable (id, room, body) AS
SELECT entries.id, 'r' || entries.room, coalesce(edit.body, entries.body)
FROM entries
JOIN rooms ON rooms.id = entries.room
LEFT JOIN entries AS edit ON edit.room = entries.room AND edit.seq = entries.edited_by
WHERE entries.kind = 0 AND entries.removed_by = 0 AND rooms.kind = 0;

CREATE VIRTUAL TABLE entries_fts USING fts5 (
    room, body,
    content = 'searchable', content_rowid = 'id', columnsize = 0,
    tokenize = "unicode61 remove_diacritics 2"
);
-- A removed word leaves the index at once and not at the next merge.
INSERT INTO entries_fts (entries_fts, rank) VALUES ('secure-delete', 1);
INSERT INTO entries_fts (entries_fts) VALUES ('rebuild');
