//! What the stories share: a server, somebody at the interface, others who talk, and rows without what changes.

use anyhow::{Context, Result};
use client_cli::key_to_text;
use tests::glass::Glass;
use tests::person::Person;
use tests::seat::{self, Seat};
use tests::server::{Chatd, Setup};
use tests::terminal::Size;
use tests::wire::Peer;

pub(crate) const WIDE: Size = Size::of(140, 40);
pub(crate) const USUAL: Size = Size::of(80, 24);

/// A server with Bob at the interface and Carol connected; Ada owns it.
pub(crate) struct Stage {
    pub(crate) chatd: Chatd,
    pub(crate) bob: Person,
    pub(crate) carol: Peer,
    pub(crate) carols: Seat,
}

impl Stage {
    pub(crate) async fn set() -> Result<Self> {
        let chatd = Setup::quick().start()?;
        let carols = seat::seats(&chatd, &["carol"])?.pop().context("a seat")?;
        let carol = carols.enter(&chatd).await?;
        let bob = Person::join("bob", &chatd.invite()?)?;
        Ok(Self { chatd, bob, carol, carols })
    }

    /// Opens the interface as Bob.
    pub(crate) fn open(&self, size: Size) -> Result<Glass> {
        open(&self.bob, size)
    }

    /// Logs the owner in on a machine of her own.
    pub(crate) fn ada(&mut self) -> Result<Person> {
        let (code, key) = (self.chatd.owner.code(), key_to_text(self.chatd.key()?));
        let (ada, ended) = Person::log_in(self.chatd.owner.clone(), self.chatd.address(), &key, &code)?;
        ended.good()?;
        Ok(ada)
    }
}

/// Opens the interface as somebody who has a login, and waits until they can talk.
pub(crate) fn open(person: &Person, size: Size) -> Result<Glass> {
    let mut glass = Glass::start(&person.interface(), size)?;
    online(&mut glass)?;
    Ok(glass)
}

/// Waits until the connection is there and a room to talk in.
pub(crate) fn online(glass: &mut Glass) -> Result<()> {
    glass.wait_for("● online")?;
    glass.wait_for("Message #")
}

/// Says something and waits until the server has it.
pub(crate) fn say(glass: &mut Glass, text: &str) -> Result<()> {
    glass.enter(text)?;
    accepted(glass, text)
}

/// Waits until this stands in the log and no longer in the line or on its way.
pub(crate) fn accepted(glass: &mut Glass, text: &str) -> Result<()> {
    let is_said = |glass: &Glass| {
        let nothing_typed = glass.contents().lines().any(|row| row == ">");
        nothing_typed && glass.shows(text) && !glass.shows("… sending")
    };
    glass.wait_until(&format!("{text:?} to be said"), is_said)
}

/// Leaves as a person does, and looks at what is left behind.
pub(crate) fn leave(mut glass: Glass) -> Result<()> {
    glass.enter("/quit")?;
    let status = glass.wait()?;
    anyhow::ensure!(status.success(), "{status}:\n{}", glass.contents());
    glass.is_given_back()
}

/// Returns the log's part of the first row with this text, times of day as 00:00.
pub(crate) fn row(glass: &Glass, text: &str) -> String {
    masked(&glass.row_with(text).unwrap_or_default())
}

/// Returns a text with every time of day as 00:00.
pub(crate) fn masked(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for at in 0..letters.len().saturating_sub(4) {
        let is_time =
            letters[at + 2] == ':' && [0, 1, 3, 4].iter().all(|more| letters[at + more].is_ascii_digit());
        if is_time {
            for more in [0, 1, 3, 4] {
                letters[at + more] = '0';
            }
        }
    }
    letters.into_iter().collect()
}

/// Returns the rows inside the box with this title, without the empty ones.
pub(crate) fn inside(glass: &Glass, title: &str) -> Vec<String> {
    let Some((top, column)) = glass.find(title) else { return Vec::new() };
    let (rows, columns) = glass.screen().size();
    let cell = |row, column| glass.screen().cell(row, column).map_or("", vt100::Cell::contents);
    let left = (0..column).rev().find(|column| cell(top, *column) == "┌").unwrap_or_default();
    let right = (column..columns).find(|column| cell(top, *column) == "┐").unwrap_or(columns);
    let lines = (top + 1..rows).take_while(|row| cell(*row, left) == "│");
    let lines = lines.map(|row| glass.screen().contents_between(row, left + 1, row, right));
    lines.map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// Returns the room's row of the list at the left.
pub(crate) fn listed(glass: &Glass, room: &str) -> String {
    let contents = glass.contents();
    let rows = contents.lines().filter_map(|row| row.split_once('│'));
    let found = rows.map(|(list, _)| list).find(|list| list.contains(room));
    found.unwrap_or_default().trim().to_owned()
}
