-- Sealed rooms: groups as the server follows them, who has to go, identities, key packages, Welcomes.
-- Times are milliseconds since 1970 in UTC; 0 means "never" or "none".
-- Of rooms, kind 2 is sealed and kind 3 sealed between two people, whose pair is in low and high.
-- Of entries, kind 7 is a sealed message, 8 a commit, 9 an eviction; what they hold is in `file`, as the wire has it.

CREATE UNIQUE INDEX rooms_by_sealed_pair ON rooms (low, high) WHERE kind = 3;

-- The group of each sealed room. A room whose group has not started, or is over, keeps its row.
CREATE TABLE sealed_rooms (
    room       INTEGER PRIMARY KEY REFERENCES rooms (id),
    maker      INTEGER NOT NULL,
    -- The id the maker gave the room, so that asking again makes no second one.
    message_id BLOB    NOT NULL,
    -- 1 while there is a group.
    live       INTEGER NOT NULL DEFAULT 0,
    epoch      INTEGER NOT NULL DEFAULT 0,
    -- How often the snapshot has changed: proposals change it within an epoch.
    version    INTEGER NOT NULL DEFAULT 0,
    -- The entry that began the epoch.
    seq        INTEGER NOT NULL DEFAULT 0,
    -- What the server knows of the group, without any secret of it.
    snapshot   BLOB    NOT NULL DEFAULT x'',
    group_info BLOB    NOT NULL DEFAULT x'',
    UNIQUE (maker, message_id)
) STRICT;
CREATE INDEX sealed_rooms_live ON sealed_rooms (live) WHERE live = 1;

-- The devices in each group, with those that were: a report asks who was in the room when something was said.
CREATE TABLE sealed_leaves (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    room          INTEGER NOT NULL REFERENCES rooms (id),
    leaf          INTEGER NOT NULL,
    account       INTEGER NOT NULL,
    device        INTEGER NOT NULL,
    signature_key BLOB    NOT NULL,
    -- The entry that brought it in, and the one that took it out; 0 while it is in.
    since_seq     INTEGER NOT NULL,
    until_seq     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX sealed_leaves_in ON sealed_leaves (room, leaf) WHERE until_seq = 0;
CREATE INDEX sealed_leaves_of_account ON sealed_leaves (account, room) WHERE until_seq = 0;
CREATE INDEX sealed_leaves_of_device ON sealed_leaves (device, room) WHERE until_seq = 0;
CREATE INDEX sealed_leaves_ever ON sealed_leaves (room, account, since_seq);

-- Who has to go from which room, written with the measure that demands it. While one is open, nobody writes there.
CREATE TABLE evictions (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    room         INTEGER NOT NULL REFERENCES rooms (id),
    account      INTEGER NOT NULL,
    -- 0 for all devices of the account.
    device       INTEGER NOT NULL DEFAULT 0,
    -- 0 banned, 1 banned from the room, 2 kicked, 3 left, 4 device revoked, 5 identity replaced.
    why          INTEGER NOT NULL,
    sanction     INTEGER NOT NULL DEFAULT 0,
    asked_at_ms  INTEGER NOT NULL,
    -- The entry with the proposals of this epoch; 0 while there are none.
    proposed_seq INTEGER NOT NULL DEFAULT 0,
    done_at_ms   INTEGER NOT NULL DEFAULT 0,
    done_epoch   INTEGER NOT NULL DEFAULT 0,
    -- Who committed it; 0 when nobody was left to.
    done_by      INTEGER NOT NULL DEFAULT 0,
    done_device  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX evictions_open ON evictions (room, account) WHERE done_at_ms = 0;
CREATE INDEX evictions_waiting ON evictions (done_at_ms, asked_at_ms) WHERE done_at_ms = 0;
CREATE INDEX evictions_of_account ON evictions (account, id);
CREATE INDEX evictions_of_sanction ON evictions (sanction, id) WHERE sanction <> 0;

-- The ratchet tree of the current epoch, and of epochs whose Welcomes wait.
CREATE TABLE sealed_trees (
    room  INTEGER NOT NULL REFERENCES rooms (id),
    epoch INTEGER NOT NULL,
    tree  BLOB    NOT NULL,
    PRIMARY KEY (room, epoch)
) STRICT;

-- A Welcome is kept once, however many devices it is for.
CREATE TABLE welcomes (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    room  INTEGER NOT NULL REFERENCES rooms (id),
    epoch INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    body  BLOB    NOT NULL
) STRICT;
CREATE INDEX welcomes_by_epoch ON welcomes (room, epoch);
CREATE INDEX welcomes_by_age ON welcomes (at_ms);
CREATE TABLE welcome_waits (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    device  INTEGER NOT NULL,
    welcome INTEGER NOT NULL REFERENCES welcomes (id)
) STRICT;
CREATE INDEX welcome_waits_of_device ON welcome_waits (device, id);
CREATE INDEX welcome_waits_of_welcome ON welcome_waits (welcome);

CREATE TABLE identities (
    account INTEGER PRIMARY KEY REFERENCES accounts (id),
    key     BLOB    NOT NULL,
    at_ms   INTEGER NOT NULL
) STRICT;

CREATE TABLE device_identities (
    device        INTEGER PRIMARY KEY,
    account       INTEGER NOT NULL REFERENCES accounts (id),
    signature_key BLOB    NOT NULL,
    -- Empty until the account vouches for it.
    certificate   BLOB    NOT NULL DEFAULT x'',
    parcel        BLOB    NOT NULL DEFAULT x'',
    -- Since when it asks to be approved.
    asked_at_ms   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX device_identities_of_account ON device_identities (account, device);

CREATE TABLE key_packages (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    device        INTEGER NOT NULL,
    account       INTEGER NOT NULL REFERENCES accounts (id),
    package       BLOB    NOT NULL,
    -- 1 for the one that is handed out when no other is left.
    last_resort   INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    -- The server's incarnation: what a backup brought back may have been handed out already.
    incarnation   INTEGER NOT NULL
) STRICT;
CREATE INDEX key_packages_of_device ON key_packages (device, last_resort, id);
CREATE INDEX key_packages_by_end ON key_packages (expires_at_ms);

-- Entries of sealed rooms that devices could not make sense of, with who sent them.
CREATE TABLE cannot_read (
    room   INTEGER NOT NULL REFERENCES rooms (id),
    seq    INTEGER NOT NULL,
    device INTEGER NOT NULL,
    sender INTEGER NOT NULL,
    at_ms  INTEGER NOT NULL,
    PRIMARY KEY (room, seq, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX cannot_read_by_sender ON cannot_read (sender, at_ms);
