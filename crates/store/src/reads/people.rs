//! People as the dashboard lists them.

use proto::ids::{AccountId, InviteId, Timestamp};
use proto::message::Role;
use rusqlite::Row;

use super::{Page, Reads, one_more};
use crate::columns::{Column, get, get_option, get_some, get_text, optional};
use crate::error::StoreError;
use crate::rows::{
    AccountState, ApplicantLine, JoinerLine, NetworkRow, PeopleCursor, PeopleFilter, PeopleOrder, PersonLine,
    PersonName, PersonView,
};

/// Beyond every letter: the end of what begins with a text.
const BEYOND: &str = "\u{10ffff}";

impl Reads<'_> {
    /// Returns people whose name begins like the filter's, by name or newest first, after the cursor.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn people(
        &self,
        filter: &PeopleFilter,
        after: Option<&PeopleCursor>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Page<PersonLine>, StoreError> {
        let ids = match filter.order {
            PeopleOrder::Name => self.people_by_name(filter, after, limit)?,
            PeopleOrder::Newest => self.people_by_age(filter, after, limit)?,
        };
        let lines = ids.items.iter().map(|id| self.person_line(*id, now));
        Ok(Page { items: lines.collect::<Result<_, _>>()?, more: ids.more })
    }

    /// Returns one person with what belongs to them in numbers.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn person_view(&self, id: AccountId, now: Timestamp) -> Result<Option<PersonView>, StoreError> {
        let Some(account) = self.account(id)? else { return Ok(None) };
        let line = self.person_line(id, now)?;
        let mut statement = self.conn.prepare_cached(
            "SELECT application, decided_by, decided_at_ms, \
             (SELECT count(*) FROM sanctions WHERE account = ?1 AND account <> 0), \
             (SELECT count(*) FROM reports WHERE account = ?1), (SELECT count(*) FROM reports WHERE reporter = ?1), \
             (SELECT count(*) FROM invites WHERE created_by = ?1) FROM accounts WHERE id = ?1",
        )?;
        let view = statement.query_row([id.column()], |row| {
            Ok(PersonView {
                state: account.state,
                account,
                banned: line.banned,
                last_seen: line.last_seen,
                application: get_text(row, 0)?,
                decided_by: get_option(row, 1)?,
                decided_at: get_option(row, 2)?,
                sanctions: get(row, 3)?,
                reports_about: get(row, 4)?,
                reports_by: get(row, 5)?,
                invites: get(row, 6)?,
            })
        })?;
        Ok(Some(view))
    }

    /// Returns those who wait for approval, newest first, before `before`.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn applicants(
        &self,
        before: Option<AccountId>,
        limit: usize,
    ) -> Result<Page<ApplicantLine>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, name, role, created_at_ms, application, \
             (SELECT tag FROM account_networks WHERE account = accounts.id LIMIT 1) \
             FROM accounts WHERE state = 1 AND id < ?1 ORDER BY id DESC LIMIT ?2",
        )?;
        let before = before.map_or(i64::MAX, Column::column);
        let rows = statement.query_map((before, one_more(limit)), |row| {
            Ok(ApplicantLine {
                id: get(row, 0)?,
                name: get_text(row, 1)?,
                role: get(row, 2)?,
                created_at: get(row, 3)?,
                application: get_text(row, 4)?,
                tag: row.get(5)?,
            })
        })?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit))
    }

    /// Returns those who joined since a time, newest first.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn recent_joiners(
        &self,
        since: Timestamp,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<JoinerLine>, StoreError> {
        // Accounts are numbered in the order they join, so the newest are at the end and reading stops at the first
        // that is older.
        let mut statement = self.conn.prepare_cached(
            "SELECT id, name, role, created_at_ms, invite, state, \
             (SELECT tag FROM account_networks WHERE account = accounts.id LIMIT 1) \
             FROM accounts WHERE 0 < id ORDER BY id DESC LIMIT ?1",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut rows = statement.query([limit])?;
        let mut joiners = Vec::new();
        while let Some(row) = rows.next()? {
            let (id, created_at): (AccountId, Timestamp) = (get(row, 0)?, get(row, 3)?);
            if created_at < since {
                break;
            }
            joiners.push(JoinerLine {
                id,
                name: get_text(row, 1)?,
                role: get(row, 2)?,
                created_at,
                invite: get_option(row, 4)?,
                state: get(row, 5)?,
                tag: row.get(6)?,
                banned: self.active_ban(id, now)?.is_some(),
            });
        }
        Ok(joiners)
    }

    /// Returns the networks somebody came from, the latest first.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn networks_of(&self, account: AccountId) -> Result<Vec<NetworkRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT tag, sealed, first_at_ms, last_at_ms FROM account_networks WHERE account = ?1",
        )?;
        let rows = statement.query_map([account.column()], |row| {
            Ok(NetworkRow {
                tag: row.get(0)?,
                sealed: row.get(1)?,
                first_at: get(row, 2)?,
                last_at: get(row, 3)?,
            })
        })?;
        let mut networks: Vec<NetworkRow> = rows.collect::<Result<_, _>>()?;
        networks.sort_by_key(|network| std::cmp::Reverse(network.last_at));
        Ok(networks)
    }

    /// Returns the newest accounts that came from a network.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn accounts_on(&self, tag: &[u8; 10], limit: usize) -> Result<Vec<PersonName>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT accounts.id, name, role FROM account_networks JOIN accounts ON accounts.id = account \
             WHERE tag = ?1 ORDER BY account DESC LIMIT ?2",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map((tag.as_slice(), limit), |row| {
            Ok(PersonName { id: get(row, 0)?, name: get_text(row, 1)?, role: get(row, 2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns how many accounts ever came from a network.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn count_on(&self, tag: &[u8; 10]) -> Result<u64, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT count(*) FROM account_networks WHERE tag = ?1")?;
        Ok(statement.query_row([tag.as_slice()], |row| get(row, 0))?)
    }

    /// Returns everybody who came by an invite, staff left out.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn lineage(&self, invite: InviteId) -> Result<Vec<AccountId>, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT id, role FROM accounts WHERE invite = ?1 AND invite <> 0")?;
        let rows = statement.query_map([invite.column()], |row| Ok((get(row, 0)?, get::<Role>(row, 1)?)))?;
        let all: Vec<(AccountId, Role)> = rows.collect::<Result<_, _>>()?;
        Ok(all.into_iter().filter(|(_, role)| !domain::role::is_staff(*role)).map(|(id, _)| id).collect())
    }

    fn people_by_name(
        &self,
        filter: &PeopleFilter,
        after: Option<&PeopleCursor>,
        limit: usize,
    ) -> Result<Page<AccountId>, StoreError> {
        let after = match after {
            Some(PeopleCursor::Name(name)) => name.as_str(),
            _ => "",
        };
        let start = filter.name.trim().to_lowercase();
        let end = format!("{start}{BEYOND}");
        let (role, state) = columns(filter);
        // Of the few, all are looked at; of the many, the index of names finds the page at once. Told by its figures
        // about the tables, SQLite would go through all names for the few as well.
        let sql = match filter {
            PeopleFilter { state: Some(AccountState::Pending | AccountState::Rejected), .. } => {
                "SELECT id FROM accounts INDEXED BY accounts_by_state WHERE state = ?5 AND state <> 0 AND ?1 <= name AND name < ?2 AND ?3 < name \
                 AND (?4 < 0 OR role = ?4) GROUP BY name LIMIT ?6"
            }
            PeopleFilter { role: Some(role), .. } if *role != Role::Member => {
                "SELECT id FROM accounts INDEXED BY accounts_by_role WHERE role = ?4 AND ?1 <= name AND name < ?2 AND ?3 < name \
                 AND (?5 < 0 OR state = ?5) GROUP BY name LIMIT ?6"
            }
            _ => {
                "SELECT id FROM accounts WHERE ?1 <= name AND name < ?2 AND ?3 < name \
                 AND (?4 < 0 OR +role = ?4) AND (?5 < 0 OR +state = ?5) ORDER BY name LIMIT ?6"
            }
        };
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows =
            statement.query_map((start, end, after, role, state, one_more(limit)), |row| get(row, 0))?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit))
    }

    fn people_by_age(
        &self,
        filter: &PeopleFilter,
        before: Option<&PeopleCursor>,
        limit: usize,
    ) -> Result<Page<AccountId>, StoreError> {
        let before = match before {
            Some(PeopleCursor::Newest(id)) => id.column(),
            _ => i64::MAX,
        };
        let start = filter.name.trim().to_lowercase();
        let end = format!("{start}{BEYOND}");
        let (role, state) = columns(filter);
        let sql = match filter {
            PeopleFilter { state: Some(AccountState::Pending | AccountState::Rejected), .. } => {
                "SELECT id FROM accounts INDEXED BY accounts_by_state WHERE state = ?5 AND state <> 0 AND id < ?3 AND ?1 <= +name AND +name < ?2 \
                 AND (?4 < 0 OR role = ?4) ORDER BY id DESC LIMIT ?6"
            }
            PeopleFilter { role: Some(role), .. } if *role != Role::Member => {
                "SELECT id FROM accounts INDEXED BY accounts_by_role WHERE role = ?4 AND id < ?3 AND ?1 <= +name AND +name < ?2 \
                 AND (?5 < 0 OR state = ?5) ORDER BY id DESC LIMIT ?6"
            }
            _ => {
                "SELECT id FROM accounts WHERE id < ?3 AND ?1 <= +name AND +name < ?2 \
                 AND (?4 < 0 OR +role = ?4) AND (?5 < 0 OR +state = ?5) ORDER BY id DESC LIMIT ?6"
            }
        };
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows =
            statement.query_map((start, end, before, role, state, one_more(limit)), |row| get(row, 0))?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit))
    }

    fn person_line(&self, id: AccountId, now: Timestamp) -> Result<PersonLine, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, name, role, state, created_at_ms, \
             (SELECT max(seen_at_ms) FROM devices WHERE account = ?1), \
             (SELECT count(*) FROM devices WHERE account = ?1 AND revoked_at_ms = 0), \
             (SELECT count(*) FROM sanctions WHERE account = ?1 AND account <> 0), \
             (SELECT count(*) FROM reports WHERE account = ?1 AND +state < 2) FROM accounts WHERE id = ?1",
        )?;
        let banned = self.active_ban(id, now)?.is_some();
        let line = optional(statement.query_row([id.column()], |row| person_line(row, banned)))?;
        line.ok_or(StoreError::NotFound { what: "account" })
    }
}

fn columns(filter: &PeopleFilter) -> (i64, i64) {
    (filter.role.map_or(-1, Column::column), filter.state.map_or(-1, Column::column))
}

fn person_line(row: &Row<'_>, banned: bool) -> rusqlite::Result<PersonLine> {
    Ok(PersonLine {
        id: get(row, 0)?,
        name: get_text(row, 1)?,
        role: get(row, 2)?,
        state: get(row, 3)?,
        banned,
        created_at: get(row, 4)?,
        last_seen: get_some(row, 5)?,
        devices: get(row, 6)?,
        sanctions: get(row, 7)?,
        reports: get(row, 8)?,
    })
}
