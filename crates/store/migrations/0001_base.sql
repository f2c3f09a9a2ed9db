-- Accounts, devices, rooms, entries, sanctions, audit, changes. Times are milliseconds since 1970 in UTC; 0 means "never" or "none".

CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE invites (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    digest        BLOB    NOT NULL UNIQUE,
    role          INTEGER NOT NULL,
    uses_left     INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    -- The account that made it; 0 for the operator's command line.
    created_by    INTEGER NOT NULL DEFAULT 0,
    created_at_ms INTEGER NOT NULL,
    revoked_at_ms INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE accounts (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    name           TEXT    NOT NULL UNIQUE,
    -- The confusable skeleton of the name: two names that look alike are one name.
    skeleton       TEXT    NOT NULL UNIQUE,
    role           INTEGER NOT NULL,
    password_hash  TEXT    NOT NULL,
    totp_sealed    BLOB    NOT NULL DEFAULT x'',
    -- The newest TOTP time step that was accepted; it never moves back under one secret.
    totp_last_step INTEGER NOT NULL DEFAULT 0,
    invite         INTEGER NOT NULL DEFAULT 0,
    created_at_ms  INTEGER NOT NULL
) STRICT;
CREATE INDEX accounts_by_role ON accounts (role);

CREATE TABLE recovery_codes (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account    INTEGER NOT NULL REFERENCES accounts (id),
    digest     BLOB    NOT NULL,
    used_at_ms INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account, digest)
) STRICT;

CREATE TABLE devices (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    account        INTEGER NOT NULL REFERENCES accounts (id),
    public_key     BLOB    NOT NULL UNIQUE,
    label          TEXT    NOT NULL,
    client         TEXT    NOT NULL,
    added_at_ms    INTEGER NOT NULL,
    seen_at_ms     INTEGER NOT NULL,
    login_until_ms INTEGER NOT NULL,
    revoked_at_ms  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX devices_by_account ON devices (account, id);

CREATE TABLE rooms (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    -- 0 open, 1 direct.
    kind          INTEGER NOT NULL,
    name          TEXT    NOT NULL DEFAULT '',
    skeleton      TEXT    NOT NULL DEFAULT '',
    topic         TEXT    NOT NULL DEFAULT '',
    -- The two people of a direct room, the lower id first.
    low           INTEGER NOT NULL DEFAULT 0,
    high          INTEGER NOT NULL DEFAULT 0,
    created_by    INTEGER NOT NULL DEFAULT 0,
    created_at_ms INTEGER NOT NULL DEFAULT 0,
    members       INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX rooms_by_skeleton ON rooms (skeleton) WHERE kind = 0;
CREATE UNIQUE INDEX rooms_by_name ON rooms (name) WHERE kind = 0;
CREATE UNIQUE INDEX rooms_by_pair ON rooms (low, high) WHERE kind = 1;

-- Nobody has a row for the lobby: everybody is in it.
CREATE TABLE members (
    room         INTEGER NOT NULL REFERENCES rooms (id),
    account      INTEGER NOT NULL REFERENCES accounts (id),
    -- The account's name again, so that a page of members needs no sorting.
    name         TEXT    NOT NULL,
    joined_at_ms INTEGER NOT NULL,
    PRIMARY KEY (room, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_account ON members (account, room);
CREATE UNIQUE INDEX members_by_name ON members (room, name, account);

CREATE TABLE read_markers (
    account INTEGER NOT NULL REFERENCES accounts (id),
    room    INTEGER NOT NULL REFERENCES rooms (id),
    upto    INTEGER NOT NULL,
    PRIMARY KEY (account, room)
) STRICT, WITHOUT ROWID;

-- The logs. A row says what was said and is never changed but for two things: a later edit is noted, and a removal
-- wipes the text. Whoever deletes rows keeps each room's newest one, because the next place is counted from it.
CREATE TABLE entries (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    room             INTEGER NOT NULL REFERENCES rooms (id),
    seq              INTEGER NOT NULL,
    author           INTEGER NOT NULL REFERENCES accounts (id),
    message_id       BLOB    NOT NULL,
    at_ms            INTEGER NOT NULL,
    -- 0 text, 1 edit, 2 delete, 3 reaction, 4 topic, 5 created.
    kind             INTEGER NOT NULL,
    -- The text, the emoji or the topic.
    body             TEXT    NOT NULL DEFAULT '',
    -- The entry that is answered, edited, deleted or reacted to.
    target           INTEGER NOT NULL DEFAULT 0,
    reaction_removed INTEGER NOT NULL DEFAULT 0,
    -- The newest edit of this text.
    edited_by        INTEGER NOT NULL DEFAULT 0,
    -- The account that removed the text.
    removed_by       INTEGER NOT NULL DEFAULT 0,
    -- A checksum of the row: SQLite does not notice a flipped bit inside a text.
    row_check        INTEGER NOT NULL,
    UNIQUE (room, seq),
    -- One author's id is used once. In this order, ids that start with the time all go to the end of the index,
    -- and a commit writes a page or two of it and not one for each author.
    UNIQUE (room, message_id, author)
) STRICT;
CREATE INDEX entries_edits ON entries (room, target) WHERE kind = 1;

-- Reactions as they stand.
CREATE TABLE reactions (
    room    INTEGER NOT NULL REFERENCES rooms (id),
    target  INTEGER NOT NULL,
    emoji   TEXT    NOT NULL,
    account INTEGER NOT NULL REFERENCES accounts (id),
    -- The entry that added it.
    seq     INTEGER NOT NULL,
    PRIMARY KEY (room, target, emoji, account)
) STRICT, WITHOUT ROWID;

-- Measures against people and networks. Rows are never deleted; lifting is noted in the row.
CREATE TABLE sanctions (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    -- 0 account, 1 device key, 2 address, 3 network, 4 invite lineage.
    target_kind   INTEGER NOT NULL,
    -- The account, device or invite.
    target_id     INTEGER NOT NULL DEFAULT 0,
    -- The address or network as text.
    target_net    TEXT    NOT NULL DEFAULT '',
    -- 0 for the whole server.
    room          INTEGER NOT NULL DEFAULT 0,
    -- 0 ban, 1 mute, 2 timeout, 3 soft network ban (only known accounts), 4 kick.
    kind          INTEGER NOT NULL,
    reason        TEXT    NOT NULL DEFAULT '',
    note          TEXT    NOT NULL DEFAULT '',
    report        INTEGER NOT NULL DEFAULT 0,
    by_account    INTEGER NOT NULL,
    at_ms         INTEGER NOT NULL,
    -- 0 for good.
    until_ms      INTEGER NOT NULL DEFAULT 0,
    lifted_at_ms  INTEGER NOT NULL DEFAULT 0,
    lifted_by     INTEGER NOT NULL DEFAULT 0,
    lifted_reason TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX sanctions_open ON sanctions (kind, target_kind, target_id, room) WHERE lifted_at_ms = 0;
CREATE INDEX sanctions_by_target ON sanctions (target_kind, target_id, id);

-- What another process must act on; the tables above are the truth, this only says where to look.
CREATE TABLE changes (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    -- 0 sanctioned, 1 lifted, 2 account changed, 3 account created, 4 device revoked, 5 kicked, 6 room changed.
    kind     INTEGER NOT NULL,
    account  INTEGER NOT NULL DEFAULT 0,
    device   INTEGER NOT NULL DEFAULT 0,
    room     INTEGER NOT NULL DEFAULT 0,
    sanction INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What staff did: each hash covers the event and the hash of the row before.
CREATE TABLE audit (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms  INTEGER NOT NULL,
    -- 0 for the operator's command line.
    actor  INTEGER NOT NULL DEFAULT 0,
    -- The canonical bytes that are hashed.
    event  BLOB    NOT NULL,
    hash   BLOB    NOT NULL
) STRICT;
CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); END;
CREATE TRIGGER audit_keeps_values BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;

INSERT INTO rooms (id, kind, name, skeleton) VALUES (1, 0, 'lobby', 'lobby');
INSERT INTO meta (key, value) VALUES ('server_name', 'LiveChat');
INSERT INTO meta (key, value) VALUES ('incarnation', CAST(random() & 0x7fffffffffffffff AS TEXT));
