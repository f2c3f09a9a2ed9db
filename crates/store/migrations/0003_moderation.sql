-- Moderation: measures against devices, networks and lineages, reports, filters, purges, appeals, the dashboard's logins.
-- Times are milliseconds since 1970 in UTC; 0 means "never" or "none".

-- Measures that were taken together; 0 for none.
ALTER TABLE sanctions ADD COLUMN batch INTEGER NOT NULL DEFAULT 0;
-- The account that is meant, or whose device is.
ALTER TABLE sanctions ADD COLUMN account INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sanctions ADD COLUMN appealable INTEGER NOT NULL DEFAULT 1;
ALTER TABLE sanctions ADD COLUMN changed_at_ms INTEGER NOT NULL DEFAULT 0;
UPDATE sanctions SET account = target_id WHERE target_kind = 0;
-- What binds an account in a room: one range of this index.
CREATE INDEX sanctions_standing ON sanctions (target_kind, target_id, kind, room, until_ms) WHERE lifted_at_ms = 0;
CREATE INDEX sanctions_by_net ON sanctions (target_net, id) WHERE target_net <> '';
CREATE INDEX sanctions_by_account ON sanctions (account, id) WHERE account <> 0;
CREATE INDEX sanctions_by_staff ON sanctions (by_account, id);
CREATE INDEX sanctions_by_room ON sanctions (room, id) WHERE room <> 0;
CREATE INDEX sanctions_by_kind ON sanctions (kind, id);
CREATE INDEX sanctions_by_batch ON sanctions (batch, id) WHERE batch <> 0;
CREATE INDEX sanctions_by_report ON sanctions (report, id) WHERE report <> 0;

CREATE VIRTUAL TABLE sanctions_fts USING fts5 (
    reason, note, target_net,
    content = 'sanctions', content_rowid = 'id', columnsize = 0,
    tokenize = "unicode61 remove_diacritics 2"
);
INSERT INTO sanctions_fts (sanctions_fts) VALUES ('rebuild');
CREATE TRIGGER sanctions_find_new AFTER INSERT ON sanctions BEGIN
    INSERT INTO sanctions_fts (rowid, reason, note, target_net) VALUES (new.id, new.reason, new.note, new.target_net);
END;
CREATE TRIGGER sanctions_find_changed AFTER UPDATE OF reason, note ON sanctions BEGIN
    INSERT INTO sanctions_fts (sanctions_fts, rowid, reason, note, target_net)
    VALUES ('delete', old.id, old.reason, old.note, old.target_net);
    INSERT INTO sanctions_fts (rowid, reason, note, target_net) VALUES (new.id, new.reason, new.note, new.target_net);
END;

-- Measures that were taken from a file, or against many at once.
CREATE TABLE sanction_batches (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    by_account    INTEGER NOT NULL,
    at_ms         INTEGER NOT NULL,
    size          INTEGER NOT NULL,
    undone_at_ms  INTEGER NOT NULL DEFAULT 0,
    undone_by     INTEGER NOT NULL DEFAULT 0
) STRICT;

-- How often a measure turned somebody away.
CREATE TABLE sanction_hits (
    sanction   INTEGER PRIMARY KEY,
    hits       INTEGER NOT NULL,
    last_at_ms INTEGER NOT NULL
) STRICT;

-- How fast a measure reached those who were connected.
CREATE TABLE enforcements (
    sanction INTEGER PRIMARY KEY,
    at_ms    INTEGER NOT NULL,
    took_ms  INTEGER NOT NULL,
    sessions INTEGER NOT NULL
) STRICT;

-- 0 active, 1 waits for approval, 2 rejected.
ALTER TABLE accounts ADD COLUMN state INTEGER NOT NULL DEFAULT 0;
-- What the applicant said.
ALTER TABLE accounts ADD COLUMN application TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN decided_by INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN decided_at_ms INTEGER NOT NULL DEFAULT 0;
CREATE INDEX accounts_by_state ON accounts (state, id) WHERE state <> 0;
CREATE INDEX accounts_by_invite ON accounts (invite, id) WHERE invite <> 0;
CREATE INDEX invites_by_maker ON invites (created_by, id);

-- Networks an account came from: a pseudonym to compare, the address sealed.
CREATE TABLE account_networks (
    account     INTEGER NOT NULL REFERENCES accounts (id),
    tag         BLOB    NOT NULL,
    sealed      BLOB    NOT NULL,
    first_at_ms INTEGER NOT NULL,
    last_at_ms  INTEGER NOT NULL,
    PRIMARY KEY (account, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_networks_by_tag ON account_networks (tag, account);

-- What the audit log is searched by; made from its events, which are the truth.
CREATE TABLE audit_facets (
    seq         INTEGER PRIMARY KEY,
    action      INTEGER NOT NULL,
    actor       INTEGER NOT NULL,
    -- As the canonical form numbers targets.
    target_kind INTEGER NOT NULL,
    target_id   INTEGER NOT NULL,
    -- The account and the room the event is about.
    account     INTEGER NOT NULL,
    room        INTEGER NOT NULL,
    at_ms       INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_by_action ON audit_facets (action, seq);
CREATE INDEX audit_by_actor ON audit_facets (actor, seq);
CREATE INDEX audit_by_both ON audit_facets (actor, action, seq);
CREATE INDEX audit_by_target ON audit_facets (target_kind, target_id, seq);
CREATE INDEX audit_by_account ON audit_facets (account, seq) WHERE account <> 0;
CREATE INDEX audit_by_room ON audit_facets (room, seq) WHERE room <> 0;
CREATE INDEX audit_by_time ON audit_facets (at_ms);
CREATE VIRTUAL TABLE audit_fts USING fts5 (
    detail, content = '', columnsize = 0, tokenize = "unicode61 remove_diacritics 2"
);

CREATE TABLE reports (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    reporter      INTEGER NOT NULL REFERENCES accounts (id),
    -- The account that is reported; with messages, the author of the first.
    account       INTEGER NOT NULL REFERENCES accounts (id),
    -- 0 messages, 1 the account.
    kind          INTEGER NOT NULL,
    room          INTEGER NOT NULL DEFAULT 0,
    -- As the wire numbers them.
    category      INTEGER NOT NULL,
    note          TEXT    NOT NULL DEFAULT '',
    -- 0 new, 1 claimed, 2 acted on, 3 dismissed.
    state         INTEGER NOT NULL DEFAULT 0,
    assignee      INTEGER NOT NULL DEFAULT 0,
    claimed_at_ms INTEGER NOT NULL DEFAULT 0,
    priority      INTEGER NOT NULL DEFAULT 0,
    -- How often the same person reported the same account while this was open.
    merged        INTEGER NOT NULL DEFAULT 0,
    at_ms         INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL,
    version       INTEGER NOT NULL DEFAULT 1,
    -- What the reporter is told at the end.
    outcome       TEXT    NOT NULL DEFAULT '',
    closed_by     INTEGER NOT NULL DEFAULT 0,
    closed_at_ms  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX reports_one_open ON reports (reporter, account) WHERE state < 2;
CREATE INDEX reports_open ON reports (id) WHERE state < 2;
CREATE INDEX reports_urgent ON reports (priority, id) WHERE state < 2;
CREATE INDEX reports_by_state ON reports (state, id);
CREATE INDEX reports_by_account ON reports (account, id);
CREATE INDEX reports_by_reporter ON reports (reporter, id);
CREATE INDEX reports_by_assignee ON reports (assignee, id) WHERE assignee <> 0;
CREATE INDEX reports_by_category ON reports (category, id);

-- The reported lines as they read when they were reported, and some lines around them.
CREATE TABLE report_evidence (
    report  INTEGER NOT NULL REFERENCES reports (id),
    room    INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    -- 0 reported, 1 context.
    part    INTEGER NOT NULL,
    author  INTEGER NOT NULL,
    at_ms   INTEGER NOT NULL,
    body    TEXT    NOT NULL,
    -- Whether the text was already gone.
    removed INTEGER NOT NULL,
    PRIMARY KEY (report, room, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE notes (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    -- 0 account, 1 report, 2 sanction, 3 appeal.
    subject_kind INTEGER NOT NULL,
    subject_id   INTEGER NOT NULL,
    by_account   INTEGER NOT NULL,
    at_ms        INTEGER NOT NULL,
    body         TEXT    NOT NULL
) STRICT;
CREATE INDEX notes_by_subject ON notes (subject_kind, subject_id, id);

-- Seconds between two messages of one person; 0 for no limit.
ALTER TABLE rooms ADD COLUMN slow_seconds INTEGER NOT NULL DEFAULT 0;
-- Only staff write in a locked room.
ALTER TABLE rooms ADD COLUMN locked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;

-- The raid level: one row.
CREATE TABLE posture (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    level      INTEGER NOT NULL,
    until_ms   INTEGER NOT NULL,
    back_to    INTEGER NOT NULL,
    -- 0 for the server itself.
    by_account INTEGER NOT NULL,
    reason     TEXT    NOT NULL,
    at_ms      INTEGER NOT NULL
) STRICT;
INSERT INTO posture (id, level, until_ms, back_to, by_account, reason, at_ms) VALUES (1, 5, 0, 5, 0, '', 0);

CREATE TABLE settings (
    key        TEXT    NOT NULL PRIMARY KEY,
    value      TEXT    NOT NULL,
    by_account INTEGER NOT NULL,
    at_ms      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE filters (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    -- 0 for every room.
    room           INTEGER NOT NULL DEFAULT 0,
    -- 0 word, 1 regex, 2 link.
    kind           INTEGER NOT NULL,
    pattern        TEXT    NOT NULL,
    -- 0 hold, 1 refuse, 2 mute, 3 kick.
    action         INTEGER NOT NULL,
    action_seconds INTEGER NOT NULL DEFAULT 0,
    -- 0 off, 1 shadow, 2 on.
    mode           INTEGER NOT NULL,
    note           TEXT    NOT NULL DEFAULT '',
    by_account     INTEGER NOT NULL,
    at_ms          INTEGER NOT NULL,
    changed_at_ms  INTEGER NOT NULL,
    version        INTEGER NOT NULL DEFAULT 1,
    removed_at_ms  INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE filter_hits (
    filter     INTEGER PRIMARY KEY,
    hits       INTEGER NOT NULL DEFAULT 0,
    shadow     INTEGER NOT NULL DEFAULT 0,
    last_at_ms INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The newest matches of each filter, so that a person can see what it does.
CREATE TABLE filter_matches (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    filter INTEGER NOT NULL,
    room   INTEGER NOT NULL,
    author INTEGER NOT NULL,
    at_ms  INTEGER NOT NULL,
    shadow INTEGER NOT NULL,
    body   TEXT    NOT NULL
) STRICT;
CREATE INDEX filter_matches_by_filter ON filter_matches (filter, id);

-- Messages that wait for a decision. The author's client sends a message once: the id tells it again.
CREATE TABLE held (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    room          INTEGER NOT NULL REFERENCES rooms (id),
    author        INTEGER NOT NULL REFERENCES accounts (id),
    message_id    BLOB    NOT NULL,
    -- 0 text, 1 edit.
    kind          INTEGER NOT NULL,
    body          TEXT    NOT NULL,
    -- What is answered or edited.
    target        INTEGER NOT NULL DEFAULT 0,
    -- The rule in words, and the filter if it was one.
    rule          TEXT    NOT NULL,
    filter        INTEGER NOT NULL DEFAULT 0,
    at_ms         INTEGER NOT NULL,
    -- 0 waits, 1 to be delivered, 2 rejected, 3 delivered, 4 could not be delivered.
    state         INTEGER NOT NULL DEFAULT 0,
    decided_by    INTEGER NOT NULL DEFAULT 0,
    decided_at_ms INTEGER NOT NULL DEFAULT 0,
    UNIQUE (room, message_id, author)
) STRICT;
CREATE INDEX held_by_state ON held (state, id);
CREATE INDEX held_by_author ON held (author, id);

-- While a row stands, what the account wrote in the range reads as removed; undoing it is one row too.
CREATE TABLE purges (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    account       INTEGER NOT NULL REFERENCES accounts (id),
    since_ms      INTEGER NOT NULL,
    upto_ms       INTEGER NOT NULL,
    -- 0 for every room.
    room          INTEGER NOT NULL DEFAULT 0,
    -- 0 hidden, 1 undone, 2 the texts are wiped.
    state         INTEGER NOT NULL DEFAULT 0,
    reason        TEXT    NOT NULL DEFAULT '',
    report        INTEGER NOT NULL DEFAULT 0,
    by_account    INTEGER NOT NULL,
    at_ms         INTEGER NOT NULL,
    undo_until_ms INTEGER NOT NULL,
    undone_by     INTEGER NOT NULL DEFAULT 0,
    undone_at_ms  INTEGER NOT NULL DEFAULT 0,
    -- How far the wiping has come: ids of entries.
    swept_to      INTEGER NOT NULL DEFAULT 0,
    sweep_end     INTEGER NOT NULL DEFAULT 0,
    wiped         INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX purges_standing ON purges (account) WHERE state <> 1;
CREATE INDEX purges_by_account ON purges (account, id);
CREATE INDEX purges_to_wipe ON purges (undo_until_ms) WHERE state = 0;

-- A measure is appealed against once.
CREATE TABLE appeals (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    sanction      INTEGER NOT NULL UNIQUE REFERENCES sanctions (id),
    account       INTEGER NOT NULL REFERENCES accounts (id),
    body          TEXT    NOT NULL,
    at_ms         INTEGER NOT NULL,
    -- 0 open, 1 lifted, 2 shortened, 3 upheld.
    state         INTEGER NOT NULL DEFAULT 0,
    decided_by    INTEGER NOT NULL DEFAULT 0,
    decided_at_ms INTEGER NOT NULL DEFAULT 0,
    answer        TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX appeals_by_state ON appeals (state, id);
CREATE INDEX appeals_by_account ON appeals (account, id);

CREATE TABLE announcements (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    body       TEXT    NOT NULL,
    by_account INTEGER NOT NULL,
    at_ms      INTEGER NOT NULL,
    ends_at_ms INTEGER NOT NULL DEFAULT 0,
    -- Ended before its time.
    ended_at_ms INTEGER NOT NULL DEFAULT 0,
    ended_by   INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Logins to the dashboard; the cookie's digest, never the cookie.
CREATE TABLE web_sessions (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    digest        BLOB    NOT NULL UNIQUE,
    account       INTEGER NOT NULL REFERENCES accounts (id),
    created_at_ms INTEGER NOT NULL,
    seen_at_ms    INTEGER NOT NULL,
    ends_at_ms    INTEGER NOT NULL,
    sudo_until_ms INTEGER NOT NULL DEFAULT 0,
    agent         TEXT    NOT NULL,
    tag           BLOB    NOT NULL,
    revoked_at_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX web_sessions_by_account ON web_sessions (account, id);

CREATE TABLE preferences (
    account INTEGER NOT NULL REFERENCES accounts (id),
    key     TEXT    NOT NULL,
    value   TEXT    NOT NULL,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_queue (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    body       TEXT    NOT NULL,
    at_ms      INTEGER NOT NULL,
    next_at_ms INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    -- 0 waits, 1 delivered, 2 given up.
    state      INTEGER NOT NULL DEFAULT 0,
    error      TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX webhook_due ON webhook_queue (next_at_ms) WHERE state = 0;

CREATE TABLE metric_samples (
    series TEXT    NOT NULL,
    -- Seconds between two samples.
    step   INTEGER NOT NULL,
    at_ms  INTEGER NOT NULL,
    value  REAL    NOT NULL,
    PRIMARY KEY (series, step, at_ms)
) STRICT, WITHOUT ROWID;

-- What a process says about itself.
CREATE TABLE status (
    key   TEXT    NOT NULL PRIMARY KEY,
    value TEXT    NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The report, filter, held message, purge or announcement that changed.
ALTER TABLE changes ADD COLUMN thing INTEGER NOT NULL DEFAULT 0;
