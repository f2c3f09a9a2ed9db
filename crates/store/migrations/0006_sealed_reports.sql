-- Reports from sealed rooms: what a reporter opened, with its proof and what was found about it, encrypted under the
-- server's key for secrets; the text column is empty then.
ALTER TABLE report_evidence ADD COLUMN exhibit BLOB NOT NULL DEFAULT x'';

-- Evictions that wait, the oldest first.
CREATE INDEX evictions_pending ON evictions (id) WHERE done_at_ms = 0;
