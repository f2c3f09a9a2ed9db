//! Choosing a file: folders to walk through, a filter while typing, a path for who knows it.
//!
//! Own code and not `ratatui-explorer`: that one reads folders whole, has no filter while typing and no place for a typed
//! path, and writes file names to the screen as they are.

mod listing;

use std::env;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent, MouseEventKind};
use domain::file::size_words;
use domain::text::term_safe;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::dropped;
use super::parts::{below, buttons, click, line, sentence};
use crate::cli::tui::act::Act;
use crate::cli::tui::field::Field;
use crate::cli::tui::overlay::{Overlay, Then, boxed, closes};
use crate::cli::tui::theme::Theme;
use crate::cli::tui::wrap::{cut, cut_front, wrapped};
use listing::{Kind, Listing, MOST, Wanted};

/// Returns the box that chooses a file, beginning in a folder: the one a file was chosen from last. One that is gone
/// gives the nearest one around it that is there.
pub(crate) fn open(start: &Path) -> Box<dyn Overlay> {
    let start = std::path::absolute(start).unwrap_or_else(|_| start.to_owned());
    let folder = start.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("/"));
    Box::new(Explorer::at(folder.to_owned()))
}

#[derive(Debug)]
struct Explorer {
    /// The folder that was gone to.
    folder: PathBuf,
    /// A filter, or a path beginning here or at `/` or `~`.
    typed: Field,
    hidden: bool,
    /// The folder that is listed: another one while a path is typed.
    listed: PathBuf,
    listing: Listing,
    /// What was read for this is listed.
    read_for: (String, bool),
    /// The places in the listing of what is shown.
    shown: Vec<usize>,
    chosen: usize,
    first: usize,
    wrong: Option<String>,
    rows: Rect,
    buttons: [Rect; 4],
}

impl Explorer {
    fn at(folder: PathBuf) -> Self {
        let mut explorer = Self {
            listed: folder.clone(),
            folder,
            typed: Field::new("", LONGEST_PATH),
            hidden: false,
            listing: Listing::default(),
            read_for: (String::new(), false),
            shown: Vec::new(),
            chosen: 0,
            first: 0,
            wrong: None,
            rows: Rect::ZERO,
            buttons: [Rect::ZERO; 4],
        };
        explorer.read();
        explorer
    }

    fn go(&mut self, folder: PathBuf) {
        self.folder = folder;
        self.typed.clear();
        self.chosen = 0;
        self.read();
    }

    /// Goes to the folder around this one and stands on this one there.
    fn up(&mut self) {
        let Some(around) = self.folder.parent().map(Path::to_owned) else { return };
        let from = self.folder.file_name().map(ToOwned::to_owned);
        self.hidden |= from.as_ref().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        self.go(around);
        let here = self.shown.iter().position(|&at| Some(&self.listing.items[at].name) == from.as_ref());
        self.chosen = here.unwrap_or(0);
    }

    fn toggle_hidden(&mut self) {
        self.hidden = !self.hidden;
        self.read();
    }

    /// Reads the folder that is meant anew.
    fn read(&mut self) {
        let (folder, part) = self.meant();
        let wanted = Wanted { part: &part, hidden: self.hidden };
        self.listing = Listing::read(&folder, wanted);
        self.shown = self.listing.matching(wanted);
        self.listed = folder;
        self.read_for = (part, self.hidden);
        self.choose(self.chosen);
    }

    /// Takes note that something else is typed. The folder is read again only when what was read is not enough.
    fn typed(&mut self) {
        self.wrong = None;
        self.chosen = 0;
        let (folder, part) = self.meant();
        let (read_part, hidden) = &self.read_for;
        // Who types a dot first looks for what was left out.
        let sees_all = *hidden || !part.starts_with('.');
        let has_all = !self.listing.is_cut && read_part.is_empty() && sees_all && folder == self.listed;
        if has_all {
            self.shown = self.listing.matching(Wanted { part: &part, hidden: self.hidden });
        } else {
            self.read();
        }
    }

    /// Opens what is chosen, or what is typed when that is a path to something.
    fn enter(&mut self) -> Then {
        let path = self.path_typed().filter(|path| path.exists());
        let Some(path) = path.or_else(|| self.path_chosen()) else {
            let text = self.typed.value();
            self.wrong = (!text.is_empty()).then(|| format!("Nothing here is called {text}."));
            return Then::Stay;
        };
        if path.is_dir() {
            self.go(path);
            return Then::Stay;
        }
        if path.is_file() {
            return Then::Do(Act::Offer(path));
        }
        self.wrong = Some(format!("{} is not a file.", path.display()));
        Then::Stay
    }

    fn choose(&mut self, chosen: usize) {
        self.chosen = chosen.min(self.shown.len().saturating_sub(1));
    }

    fn page(&self) -> usize {
        usize::from(self.rows.height).max(1)
    }

    /// Returns the folder that is listed and the part of a name that is looked for.
    fn meant(&self) -> (PathBuf, String) {
        let text = self.typed.value();
        if !is_path(text) {
            return (self.folder.clone(), text.to_lowercase());
        }
        let (folder, part) = text.rsplit_once('/').unwrap_or((text, ""));
        let folder = if folder.is_empty() { PathBuf::from("/") } else { expanded(folder) };
        (self.folder.join(folder), part.to_lowercase())
    }

    fn path_typed(&self) -> Option<PathBuf> {
        let text = self.typed.value();
        is_path(text).then(|| self.folder.join(expanded(text)))
    }

    fn path_chosen(&self) -> Option<PathBuf> {
        let at = *self.shown.get(self.chosen)?;
        Some(self.listed.join(&self.listing.items[at].name))
    }

    fn notice(&self) -> Option<String> {
        if let Some(wrong) = self.wrong.as_ref().or(self.listing.wrong.as_ref()) {
            return Some(wrong.clone());
        }
        match (self.listing.is_cut, self.shown.is_empty(), self.typed.value().is_empty()) {
            (true, ..) => Some(format!("Only {MOST} are listed, there are more: type a part of the name.")),
            (_, true, true) => Some("There is nothing here.".to_owned()),
            (_, true, false) => Some("Nothing here has this in its name.".to_owned()),
            _ => None,
        }
    }

    fn draw_rows(&mut self, buffer: &mut Buffer, theme: &Theme) {
        let fit = self.page();
        self.first = self.first.min(self.chosen).max((self.chosen + 1).saturating_sub(fit));
        let mut rest = self.rows;
        for (at, &place) in self.shown.iter().enumerate().skip(self.first).take(usize::from(self.rows.height))
        {
            let item = &mut self.listing.items[place];
            let row = Rect { height: 1, ..rest };
            let (mark, style) = if at == self.chosen { ('>', theme.chosen) } else { (' ', theme.text) };
            buffer.set_style(row, style);
            let facts = facts(item.kind, item.facts(&self.listed), row.width);
            let name = item.name.to_string_lossy();
            let slash = if item.kind == Kind::Folder { "/" } else { "" };
            let room = usize::from(row.width).saturating_sub(facts.len() + 4);
            let style = if item.kind == Kind::Folder { theme.title } else { Style::new() };
            buffer.set_stringn(
                row.x,
                row.y,
                format!("{mark} {}{slash}", cut(&term_safe(&name), room)),
                row.width.into(),
                style,
            );
            let x = row.right().saturating_sub(u16::try_from(facts.len()).unwrap_or(row.width));
            buffer.set_stringn(x, row.y, &facts, facts.len(), Style::new());
            rest = below(rest, 1);
        }
    }
}

impl Overlay for Explorer {
    fn key(&mut self, key: KeyEvent) -> Then {
        if closes(&key) {
            return Then::Close;
        }
        let is_empty = self.typed.value().is_empty();
        match key.code {
            KeyCode::Enter => return self.enter(),
            KeyCode::Right if is_empty => {
                if let Some(folder) = self.path_chosen().filter(|path| path.is_dir()) {
                    self.go(folder);
                }
            }
            KeyCode::Left | KeyCode::Backspace if is_empty => self.up(),
            KeyCode::Up => self.choose(self.chosen.saturating_sub(1)),
            KeyCode::Down => self.choose(self.chosen + 1),
            KeyCode::PageUp => self.choose(self.chosen.saturating_sub(self.page())),
            KeyCode::PageDown => self.choose(self.chosen + self.page()),
            KeyCode::Home => self.go(home()),
            KeyCode::End => self.choose(usize::MAX),
            KeyCode::Char('t') if key.modifiers.contains(KeyModifiers::CONTROL) => self.toggle_hidden(),
            _ => {
                if self.typed.key(key) {
                    self.typed();
                }
            }
        }
        Then::Stay
    }

    fn paste(&mut self, text: &str) -> Then {
        if let Some([path]) = dropped::paths(text).as_deref() {
            let path = path.clone();
            match path.is_dir() {
                true => self.go(path),
                false => return Then::Do(Act::Offer(path)),
            }
        } else {
            self.typed.paste(text);
            self.typed();
        }
        Then::Stay
    }

    fn mouse(&mut self, mouse: MouseEvent) -> Then {
        match mouse.kind {
            MouseEventKind::ScrollUp => self.choose(self.chosen.saturating_sub(WHEEL)),
            MouseEventKind::ScrollDown => self.choose(self.chosen + WHEEL),
            _ => {}
        }
        let Some(place) = click(&mouse) else { return Then::Stay };
        match self.buttons.iter().position(|button| button.contains(place)) {
            Some(0) => return self.enter(),
            Some(1) => self.up(),
            Some(2) => self.toggle_hidden(),
            Some(_) => return Then::Close,
            None => {}
        }
        let row = self.first + usize::from(place.y.saturating_sub(self.rows.y));
        if self.rows.contains(place) && row < self.shown.len() {
            // The first click chooses, the second one opens.
            if row == self.chosen {
                self.typed.clear();
                return self.path_chosen().map_or(Then::Stay, |path| match path.is_dir() {
                    true => {
                        self.go(path);
                        Then::Stay
                    }
                    false => self.enter(),
                });
            }
            self.chosen = row;
        }
        Then::Stay
    }

    fn draw(&mut self, screen: Rect, buffer: &mut Buffer, theme: &Theme) -> Option<Position> {
        let inside = boxed("Choose a file", (100, 32), screen, buffer, theme);
        let folder = cut_front(&term_safe(&self.listed.display().to_string()), inside.width.into());
        let mut rest = if 2 < inside.height { line(&folder, inside, buffer, theme.title) } else { inside };
        let mark = if self.typed.value().is_empty() { "> type to find, or a path: " } else { "> " };
        let mark = if usize::from(inside.width) < 40 { "> " } else { mark };
        line(mark, rest, buffer, theme.faint);
        let indent = u16::try_from(mark.len()).unwrap_or_default();
        let typed =
            Rect { x: rest.x + indent.min(rest.width), width: rest.width.saturating_sub(indent), ..rest };
        let cursor = (!typed.is_empty()).then(|| self.typed.draw(typed, buffer, theme, theme.text));
        rest = below(rest, 1);
        let foot = u16::from(3 < rest.height);
        let notice = self.notice().filter(|_| 1 < rest.height);
        // A notice may be long, and some of the list stays in sight.
        let lines = notice.as_ref().map_or(0, |notice| {
            let lines = wrapped(&term_safe(notice), rest.width.into()).len();
            u16::try_from(lines).unwrap_or(1).min(3).min(rest.height - foot)
        });
        self.rows = Rect { height: rest.height - foot - lines, ..rest };
        self.draw_rows(buffer, theme);
        rest = below(rest, self.rows.height);
        if let Some(notice) = notice {
            let style =
                if self.wrong.is_some() || self.listing.wrong.is_some() { theme.bad } else { theme.warning };
            sentence(&notice, Rect { height: lines, ..rest }, buffer, style);
        }
        let foot = Rect { y: rest.bottom() - foot, height: foot, ..rest };
        let hidden = if self.hidden { "Hide dots  ^T" } else { "Dot files  ^T" };
        self.buttons = match foot.width < 60 {
            true => buttons(["Open", "Up", ".files", "Cancel"], foot, buffer, theme),
            false => buttons(["Open  Enter", "Up  Left", hidden, "Cancel  Esc"], foot, buffer, theme),
        };
        cursor
    }
}

/// Returns size and date in columns, as far as there is room.
fn facts(kind: Kind, (size, modified): (u64, Option<SystemTime>), width: u16) -> String {
    let size = match kind {
        Kind::Folder => "folder".to_owned(),
        Kind::File => size_words(size),
        Kind::Special => "special".to_owned(),
    };
    match width {
        0..30 => String::new(),
        30..60 => format!("{size:>10}"),
        _ => format!("{size:>10}  {:>16}", modified.map(date).unwrap_or_default()),
    }
}

fn date(time: SystemTime) -> String {
    let time = jiff::Timestamp::try_from(time).unwrap_or_default();
    time.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}

fn is_path(text: &str) -> bool {
    text.contains('/') || text == "~"
}

fn expanded(text: &str) -> PathBuf {
    match text.strip_prefix('~') {
        Some(behind) if behind.is_empty() || behind.starts_with('/') => {
            home().join(behind.trim_start_matches('/'))
        }
        _ => PathBuf::from(text),
    }
}

fn home() -> PathBuf {
    env::var_os("HOME").filter(|home| !home.is_empty()).map_or_else(|| PathBuf::from("/"), PathBuf::from)
}

/// No system takes a longer path.
const LONGEST_PATH: usize = 4_096;
/// How far one turn of the wheel moves.
const WHEEL: usize = 3;

#[cfg(test)]
mod tests;
