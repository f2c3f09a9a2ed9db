//! Tables of accounts and devices.

use domain::role;
use proto::ids::Timestamp;
use proto::message::Role;
use serde_json::json;
use store::{AccountRow, DeviceRow, Store};

use super::date;
use super::failure::Failure;
use super::office::Office;
use super::screen::{say, term_line};
use service::clock;

/// Prints every account, by name.
pub(crate) fn accounts(office: &Office, as_json: bool) -> Result<(), Failure> {
    if !as_json {
        say(&format!("{:>6}  {:<10}  {:<10}  name", "id", "role", "since"))?;
    }
    each_account(&office.store, |row| {
        let is_banned = office.store.read_blocking(|reads| reads.active_ban(row.id, clock::now()))?.is_some();
        let (name, role) = (term_line(&row.name), role::word(row.role));
        if as_json {
            let created = date::time(row.created_at);
            let id = row.id.get();
            let line =
                json!({ "id": id, "name": name, "role": role, "banned": is_banned, "created": created });
            return Ok(say(&line.to_string())?);
        }
        let (since, note) = (date::day(row.created_at), if is_banned { "  (banned)" } else { "" });
        Ok(say(&format!("{:>6}  {role:<10}  {since:<10}  {name}{note}", row.id))?)
    })
}

/// Prints an account's devices.
pub(crate) fn devices(office: &Office, account: &AccountRow) -> Result<(), Failure> {
    let id = account.id;
    let devices = office.store.read_blocking(move |reads| reads.devices(id))?;
    if devices.is_empty() {
        return Ok(say(&format!("{} has no devices that can log in.", &*account.name))?);
    }
    say(&format!("{:>6}  {:<8}  {:<16}  {:<16}  label, client", "id", "state", "added", "last seen"))?;
    devices.iter().try_for_each(|device| Ok(say(&line_of(device, clock::now()))?))
}

/// Returns the name of an owner.
pub(crate) fn first_owner(store: &Store) -> Result<Option<String>, Failure> {
    let mut owner = None;
    each_account(store, |row| {
        if row.role == Role::Owner && owner.is_none() {
            owner = Some(row.name.to_string());
        }
        Ok(())
    })?;
    Ok(owner)
}

/// Gives every account to `act`, by name, a page at a time.
pub(crate) fn each_account(
    store: &Store,
    mut act: impl FnMut(&AccountRow) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut after = String::new();
    loop {
        let page = store.read_blocking(|reads| reads.accounts(&after, PAGE))?;
        page.items.iter().try_for_each(&mut act)?;
        match page.items.last().filter(|_| page.more) {
            Some(last) => after = last.name.to_string(),
            None => return Ok(()),
        }
    }
}

fn line_of(device: &DeviceRow, now: Timestamp) -> String {
    let state = if device.login_until <= now { "expired" } else { "good" };
    let (added, seen) = (date::minute(device.added), date::minute(device.last_seen));
    let (label, client) = (term_line(&device.label), term_line(&device.client));
    format!("{:>6}  {state:<8}  {added:<16}  {seen:<16}  {label}, {client}", device.device)
}

const PAGE: usize = 500;
