//! Transfers on the screen: one line above what is typed while they run, and a list of all with what can be done.

use crossterm::event::{KeyCode, KeyEvent, MouseEvent, MouseEventKind};
use domain::text::term_safe;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::parts::{below, buttons, click, line, sentence};
use crate::cli::conversation::files::TransferView;
use crate::cli::tui::act::Act;
use crate::cli::tui::overlay::{Overlay, Then, boxed, closes};
use crate::cli::tui::theme::Theme;
use crate::cli::tui::wrap::cut;

/// Returns the list of all transfers. [`Overlay::transfers`] keeps it up to date.
pub(crate) fn open(transfers: Vec<TransferView>) -> Box<dyn Overlay> {
    Box::new(List { transfers, ..List::default() })
}

/// Draws how far the transfers are into the first line of an area, when any run. Returns where a click stops which one.
pub(crate) fn strip(
    transfers: &[TransferView],
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
) -> Option<(Rect, u32)> {
    let mut running = transfers.iter().filter_map(|view| Some((view, view.number?)));
    let (view, number) = running.next()?;
    let others = running.count();
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return None;
    }
    buffer.set_style(Rect { height: 1, ..area }, theme.bar);
    let button = Rect { x: area.right().saturating_sub(STOP), width: STOP.min(area.width), ..area };
    let [stop] = buttons(["stop"], button, buffer, theme);
    let more = if others == 0 { String::new() } else { format!("  {others} more, F4 lists them") };
    let room = usize::from(area.width.saturating_sub(stop.width + 1));
    let rest = room.saturating_sub(ratatui::text::Span::raw(&view.line).width() + LEAST_NAME);
    let more = if more.len() <= rest { more } else { String::new() };
    let text = format!("{} {}{more}", arrow(view), named(view, room.saturating_sub(2 + more.len())));
    buffer.set_string(area.x, area.y, cut(&text, room), theme.bar);
    (!stop.is_empty()).then_some((stop, number))
}

#[derive(Debug, Default)]
struct List {
    transfers: Vec<TransferView>,
    chosen: usize,
    /// The first one that is shown.
    first: usize,
    /// Where the ones that are shown stand, and their buttons.
    rows: Vec<(usize, Rect, Rect)>,
    resume: Rect,
    close: Rect,
}

impl List {
    fn choose(&mut self, chosen: usize) {
        self.chosen = chosen.min(self.transfers.len().saturating_sub(1));
    }

    fn stop_chosen(&self) -> Then {
        match self.transfers.get(self.chosen).and_then(|view| view.number) {
            Some(number) => Then::Also(Act::Stop(number)),
            None => Then::Stay,
        }
    }

    fn resume(&self) -> Then {
        match self.transfers.iter().any(TransferView::can_resume) {
            true => Then::Also(Act::Resume),
            false => Then::Stay,
        }
    }

    /// Draws the transfers that there is room for, two lines each, the chosen one among them.
    fn rows(&mut self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let fit = usize::from(area.height / 2).max(1);
        self.first = self.first.min(self.chosen).max((self.chosen + 1).saturating_sub(fit));
        let mut rest = area;
        for (at, view) in self.transfers.iter().enumerate().skip(self.first).take(fit) {
            let row = Rect { height: rest.height.min(2), ..rest };
            let is_chosen = at == self.chosen;
            buffer.set_style(row, if is_chosen { theme.chosen } else { theme.text });
            let word = if view.number.is_some() { "stop" } else { "resume" };
            let width = u16::try_from(word.len() + 4).unwrap_or(STOP).min(row.width);
            let button = Rect { x: row.right() - width, width, ..row };
            let [button] = buttons([word], button, buffer, theme);
            let mark = if is_chosen { '>' } else { ' ' };
            let room = usize::from(row.width).saturating_sub(usize::from(width) + 3);
            let head = format!("{mark}{} {}", arrow(view), cut(&term_safe(&view.name), room));
            buffer.set_stringn(row.x, row.y, head, usize::from(row.width - width), Style::new());
            if row.height == 2 {
                gauge(view, Rect { y: row.y + 1, height: 1, ..row }, buffer, theme);
            }
            self.rows.push((at, row, button));
            rest = below(rest, 2);
        }
    }
}

impl Overlay for List {
    fn key(&mut self, key: KeyEvent) -> Then {
        match key.code {
            _ if closes(&key) => return Then::Close,
            KeyCode::F(4) => return Then::Close,
            KeyCode::Up => self.choose(self.chosen.saturating_sub(1)),
            KeyCode::Down => self.choose(self.chosen + 1),
            KeyCode::Home => self.choose(0),
            KeyCode::End => self.choose(usize::MAX),
            KeyCode::Char('s') | KeyCode::Delete => return self.stop_chosen(),
            KeyCode::Char('r') => return self.resume(),
            _ => {}
        }
        Then::Stay
    }

    fn mouse(&mut self, mouse: MouseEvent) -> Then {
        match mouse.kind {
            MouseEventKind::ScrollUp => self.choose(self.chosen.saturating_sub(1)),
            MouseEventKind::ScrollDown => self.choose(self.chosen + 1),
            _ => {}
        }
        let Some(place) = click(&mouse) else { return Then::Stay };
        if self.close.contains(place) {
            return Then::Close;
        }
        if self.resume.contains(place) {
            return self.resume();
        }
        let Some(&(at, _, button)) = self.rows.iter().find(|(_, row, _)| row.contains(place)) else {
            return Then::Stay;
        };
        self.choose(at);
        match button.contains(place) {
            true if self.transfers[at].can_resume() => self.resume(),
            true => self.stop_chosen(),
            false => Then::Stay,
        }
    }

    fn transfers(&mut self, transfers: &[TransferView]) {
        // The one that was chosen stays so when those before it end.
        let before = self.transfers.get(self.chosen).map(|view| (view.number, view.name.clone()));
        self.transfers = transfers.to_vec();
        let same = before.and_then(|(number, name)| {
            self.transfers.iter().position(|view| view.number == number && view.name == name)
        });
        self.choose(same.unwrap_or(self.chosen));
    }

    fn draw(&mut self, screen: Rect, buffer: &mut Buffer, theme: &Theme) -> Option<Position> {
        let lines = u16::try_from(self.transfers.len().max(1) * 2).unwrap_or(u16::MAX).saturating_add(3);
        let inside = boxed("Transfers", (90, lines.max(7)), screen, buffer, theme);
        self.rows.clear();
        let foot = u16::from(3 < inside.height);
        let list = Rect { height: inside.height - foot, ..inside };
        if self.transfers.is_empty() {
            let words = "Nothing is on its way, and nothing is unfinished. F3 chooses a file to send.";
            sentence(words, list, buffer, theme.faint);
        } else {
            self.rows(list, buffer, theme);
        }
        let foot = below(inside, inside.height - foot);
        let words = if self.transfers.iter().any(TransferView::can_resume) { "Resume  r" } else { "" };
        let waits = !words.is_empty();
        [self.resume, self.close] = match waits {
            true => buttons([words, "Close  Esc"], foot, buffer, theme),
            false => [Rect::ZERO, buttons(["Close  Esc"], foot, buffer, theme)[0]],
        };
        let used = self.close.right().max(self.resume.right()).max(foot.x);
        if !self.transfers.is_empty() && used + 1 < foot.right() {
            let hint = Rect { x: used + 1, width: foot.right() - used - 1, ..foot };
            line("s stops the chosen one; what was done is kept", hint, buffer, theme.faint);
        }
        None
    }
}

/// Draws a bar and where the transfer stands, in words.
fn gauge(view: &TransferView, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let indent = 3.min(area.width);
    let area = Rect { x: area.x + indent, width: area.width - indent, ..area };
    if view.can_resume() {
        line(&view.line, area, buffer, theme.warning);
        return;
    }
    let bar = usize::from(area.width / 4).min(BAR);
    let filled = bar * usize::from(view.progress.percent()) / 100;
    let text = format!("{}{}", "█".repeat(filled), "░".repeat(bar - filled));
    let style = if view.progress.waits { theme.warning } else { theme.good };
    let (x, y) = buffer.set_stringn(area.x, area.y, text, area.width.into(), style);
    let rest = Rect { x: x.saturating_add(1).min(area.right()), y, height: area.height, width: 0 };
    line(&view.line, Rect { width: area.right() - rest.x, ..rest }, buffer, Style::new());
}

/// Returns name and state in this many cells: of the two, the name is cut first.
fn named(view: &TransferView, width: usize) -> String {
    let state = ratatui::text::Span::raw(&view.line).width();
    let name = cut(&term_safe(&view.name), width.saturating_sub(state + 2).max(LEAST_NAME));
    cut(&format!("{name}: {}", view.line), width)
}

fn arrow(view: &TransferView) -> char {
    if view.upload { '↑' } else { '↓' }
}

/// Cells of the button that stops.
const STOP: u16 = 8;
const BAR: usize = 24;
const LEAST_NAME: usize = 8;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use client_cli::files::{Progress, Stage};

    use super::super::parts::testing::*;
    use super::*;

    #[test]
    fn the_list_says_of_each_how_far_it_is() {
        let mut list = open(vec![running(1, "tea.png", 45), running(2, "plans.zip", 0), halted("film.mkv")]);
        let screen = drawn(&mut *list, (80, 24));
        for line in [
            ">↑ tea.png",
            "████████░░░░░░░░░░ sending 45% of 2.0 MiB, 1.0 MiB/s, 3 s to go",
            " ↑ plans.zip",
            "stopped, 3.0 MiB",
            "[ resume ]",
            "[ Resume  r ]",
        ] {
            assert!(screen.contains(line), "{line}\n{screen}");
        }
        assert_eq!(screen.matches("[ stop ]").count(), 2, "{screen}");
    }

    #[test]
    fn the_chosen_one_is_stopped_and_all_others_are_resumed() {
        let mut list = open(vec![running(7, "tea.png", 45), running(9, "plans.zip", 0), halted("film.mkv")]);
        press(&mut *list, KeyCode::Down);
        assert!(matches!(press(&mut *list, KeyCode::Char('s')), Then::Also(Act::Stop(9))));
        // The first one ends: the same one is still chosen.
        list.transfers(&[running(9, "plans.zip", 10), halted("film.mkv")]);
        assert!(matches!(press(&mut *list, KeyCode::Delete), Then::Also(Act::Stop(9))));
        press(&mut *list, KeyCode::End);
        assert!(matches!(press(&mut *list, KeyCode::Char('s')), Then::Stay));
        assert!(matches!(press(&mut *list, KeyCode::Char('r')), Then::Also(Act::Resume)));
        list.transfers(&[]);
        assert!(matches!(press(&mut *list, KeyCode::Char('r')), Then::Stay));
        assert!(drawn(&mut *list, (80, 24)).contains("Nothing is on its way"));
        assert!(matches!(press(&mut *list, KeyCode::F(4)), Then::Close));
    }

    #[test]
    fn buttons_can_be_clicked() {
        let mut list = open(vec![running(7, "tea.png", 45), halted("film.mkv")]);
        assert!(matches!(click_on(&mut *list, (40, 10), "[ stop ]"), Then::Also(Act::Stop(7))));
        assert!(matches!(click_on(&mut *list, (80, 24), "[ resume ]"), Then::Also(Act::Resume)));
        assert!(matches!(click_on(&mut *list, (80, 24), "Resume"), Then::Also(Act::Resume)));
        assert!(matches!(click_on(&mut *list, (80, 24), "Close"), Then::Close));
    }

    #[test]
    fn a_long_list_scrolls_and_every_size_is_drawn() {
        let mut many: Vec<_> = (1..40).map(|number| running(number, &format!("file {number}"), 5)).collect();
        many.extend(hostile().iter().map(|name| running(99, name, 50)));
        let mut list = open(many);
        for size in SIZES {
            drawn(&mut *list, size);
        }
        for _ in 0..20 {
            press(&mut *list, KeyCode::Down);
        }
        let screen = drawn(&mut *list, (40, 10));
        assert!(screen.contains(">↑ file 21") && !screen.contains("file 1 "), "{screen}");
        press(&mut *list, KeyCode::End);
        for size in SIZES {
            drawn(&mut *list, size);
        }
    }

    #[test]
    fn the_line_above_the_draft_tells_the_first_and_stops_it() {
        let transfers =
            [halted("film.mkv"), running(3, "a very long name of a picture.png", 45), running(4, "b", 0)];
        for (width, expected) in [
            (
                100,
                "↑ a very long name of…: sending 45% of 2.0 MiB, 1.0 MiB/s, 3 s to go  1 more, F4 lists them       [ stop ]",
            ),
            (60, "↑ a very…: sending 45% of 2.0 MiB, 1.0 MiB/s, 3 s… [ stop ]"),
            (30, "↑ a very…: sending 4… [ stop ]"),
        ] {
            let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
            let button = strip(&transfers, buffer.area, &mut buffer, &theme());
            assert_eq!(button, Some((Rect::new(width - 8, 0, 8, 1), 3)));
            let text = text_of(&buffer);
            assert!(text.ends_with("[ stop ]") && text.starts_with("↑ a ver"), "{text}");
            assert_eq!(
                text.split_whitespace().collect::<Vec<_>>(),
                expected.split_whitespace().collect::<Vec<_>>()
            );
        }
        for width in 0..20 {
            let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
            strip(&transfers, buffer.area, &mut buffer, &theme());
        }
        let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 1));
        assert_eq!(strip(&transfers[..1], buffer.area, &mut buffer, &theme()), None);
        assert_eq!(buffer, Buffer::empty(buffer.area));
    }

    fn running(number: u32, name: &str, percent: u64) -> TransferView {
        let progress = Progress { done: percent << 10, ..Progress::start(Stage::Sending, 100 << 10) };
        let (rate, time_left) = (Some(1 << 20), Some(Duration::from_secs(3)));
        let line = format!("sending {percent}% of 2.0 MiB, 1.0 MiB/s, 3 s to go");
        TransferView {
            number: Some(number),
            name: name.to_owned(),
            upload: true,
            progress,
            rate,
            time_left,
            line,
        }
    }

    fn halted(name: &str) -> TransferView {
        let progress = Progress::start(Stage::Starting, 3 << 20);
        let line = "stopped, 3.0 MiB".to_owned();
        TransferView {
            number: None,
            name: name.to_owned(),
            upload: false,
            progress,
            rate: None,
            time_left: None,
            line,
        }
    }
}
