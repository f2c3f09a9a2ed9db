//! `chatd admin open`: where the dashboard is, and who may log in to it.

use domain::role::{self, Action};

use super::failure::Failure;
use super::list;
use super::office::Office;
use super::place::Place;
use super::screen::{say, term_line};

/// Prints the dashboard's address as the dashboard itself last told it, and the names of those it lets in.
pub(crate) fn open(place: &Place) -> Result<(), Failure> {
    let office = Office::visit(place)?;
    let told = office.store.read_blocking(|reads| reads.status_line(ADDRESS_KEY))?;
    let address = told.map(|line| term_line(&line.value));
    match address {
        Some(address) => say(&format!("  dashboard  {address}"))?,
        None => say(&format!(
            "  dashboard  has not run on this database yet; start it with: {}",
            place.dashboard_command()
        ))?,
    }
    let mut staff = Vec::new();
    list::each_account(&office.store, |row| {
        if role::permits(row.role, Action::ViewDashboard) {
            staff.push(format!("{} ({})", term_line(&row.name), role::word(row.role)));
        }
        Ok(())
    })?;
    say(&format!("  who        {}", staff.join(", ")))?;
    Ok(say("They log in with the name, password and code they chat with.")?)
}

/// Under which name the dashboard tells where it listens.
const ADDRESS_KEY: &str = "admin-web.address";
