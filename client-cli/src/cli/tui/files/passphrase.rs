//! The question for a passphrase: typed unseen, a new one twice.

use crossterm::event::{KeyCode, KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_segmentation::UnicodeSegmentation;

use super::parts::{buttons, click, line, sentence};
use crate::cli::conversation::files::Question;
use crate::cli::tui::field::Field;
use crate::cli::tui::overlay::{Overlay, Then, boxed, closes};
use crate::cli::tui::theme::Theme;

/// Returns the box that asks a question. Closing it answers that the person does not want to.
pub(crate) fn ask(question: Question) -> Box<dyn Overlay> {
    let fields = if question.twice { Fields::new_one() } else { Fields::known() };
    Box::new(Ask { question: Some(question), fields, buttons: [Rect::ZERO; 2] })
}

#[derive(Debug)]
struct Ask {
    /// Gone when it is answered.
    question: Option<Question>,
    fields: Fields,
    buttons: [Rect; 2],
}

/// Where a passphrase is typed, once or twice. Boxes that ask for more use it as well.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) first: Field,
    /// The same once more, for a new one.
    pub(super) second: Option<Field>,
    pub(super) in_second: bool,
    pub(super) wrong: Option<&'static str>,
}

impl Fields {
    /// For one that exists.
    fn known() -> Self {
        Self { first: Field::new("", LONGEST_SECRET).masked(), second: None, in_second: false, wrong: None }
    }

    /// For one that is made up on the spot.
    pub(super) fn new_one() -> Self {
        Self { second: Some(Field::new("", LONGEST_SECRET).masked()), ..Self::known() }
    }

    /// Goes on to the second field, or says that all is typed.
    pub(super) fn entered(&mut self) -> bool {
        self.wrong = None;
        if self.first.value().is_empty() {
            self.wrong = Some("A passphrase is needed.");
            self.in_second = false;
            return false;
        }
        let Some(second) = &mut self.second else { return true };
        if second.value() == self.first.value() {
            return true;
        }
        if self.in_second {
            self.wrong = Some("The two were not the same. Once more.");
            self.first.clear();
            second.clear();
        }
        self.in_second = !self.in_second;
        false
    }

    pub(super) fn active(&mut self) -> &mut Field {
        match &mut self.second {
            Some(second) if self.in_second => second,
            _ => &mut self.first,
        }
    }

    /// Returns what is to be said about what is typed so far.
    pub(super) fn hint(&self) -> &'static str {
        let letters = self.first.value().graphemes(true).count();
        match (self.wrong, &self.second) {
            (Some(wrong), _) => wrong,
            (None, None) => "",
            (None, Some(_)) if letters == 0 => {
                "Who does not know it cannot open it, and nobody can reset it."
            }
            (None, Some(_)) if letters < LONG => {
                "Short: it may be guessed. Four or more words are hard to guess."
            }
            (None, Some(_)) => "Long enough to be hard to guess, if it is not a known phrase.",
        }
    }
}

impl Ask {
    fn accept(&mut self) -> Then {
        if !self.fields.entered() {
            return Then::Stay;
        }
        if let Some(question) = self.question.take() {
            // The command that asked may have been given up; then nobody wants to know.
            let _ = question.reply.send(Some(self.fields.first.take()));
        }
        Then::Close
    }

    fn refuse(&mut self) -> Then {
        if let Some(question) = self.question.take() {
            let _ = question.reply.send(None);
        }
        Then::Close
    }
}

impl Overlay for Ask {
    fn key(&mut self, key: KeyEvent) -> Then {
        if closes(&key) {
            return self.refuse();
        }
        match key.code {
            KeyCode::Enter => return self.accept(),
            KeyCode::Tab | KeyCode::BackTab | KeyCode::Up | KeyCode::Down => {
                self.fields.in_second = self.fields.second.is_some() && !self.fields.in_second;
            }
            _ => {
                self.fields.active().key(key);
            }
        }
        Then::Stay
    }

    fn paste(&mut self, text: &str) -> Then {
        self.fields.active().paste(text);
        Then::Stay
    }

    fn mouse(&mut self, mouse: MouseEvent) -> Then {
        match click(&mouse) {
            Some(place) if self.buttons[0].contains(place) => self.accept(),
            Some(place) if self.buttons[1].contains(place) => self.refuse(),
            _ => Then::Stay,
        }
    }

    fn draw(&mut self, screen: Rect, buffer: &mut Buffer, theme: &Theme) -> Option<Position> {
        let height = if self.fields.second.is_some() { 10 } else { 8 };
        let inside = boxed("Passphrase", (64, height), screen, buffer, theme);
        let text = self.question.as_ref().map(|question| question.text.as_str()).unwrap_or_default();
        // A long name must not push out what is typed into.
        let room = inside.height.saturating_sub(if self.fields.second.is_some() { 3 } else { 2 }).clamp(1, 3);
        let asked = Rect { height: room.min(inside.height), ..inside };
        let left = sentence(text, asked, buffer, theme.text);
        let rest = Rect { y: left.y, height: inside.bottom() - left.y, ..inside };
        let mut cursor = None;
        let rest = secret_line("", &self.fields.first, rest, buffer, theme, |place| cursor = Some(place));
        let mut rest = rest;
        if let Some(second) = &self.fields.second {
            let mut place = None;
            rest = secret_line("once more ", second, rest, buffer, theme, |at| place = Some(at));
            if self.fields.in_second {
                cursor = place.or(cursor);
            }
        }
        let style = if self.fields.wrong.is_some() { theme.bad } else { theme.faint };
        let last = Rect { y: inside.bottom().saturating_sub(1), height: inside.height.min(1), ..inside };
        if rest.y < last.y {
            sentence(self.fields.hint(), Rect { height: last.y - rest.y, ..rest }, buffer, style);
        }
        let free = Rect { height: u16::from(rest.y <= last.y && 0 < rest.height), ..last };
        self.buttons = buttons(["OK  Enter", "Cancel  Esc"], free, buffer, theme);
        cursor
    }
}

/// Draws a field behind a mark, and returns what is below it.
fn secret_line(
    label: &str,
    field: &Field,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    cursor: impl FnOnce(Position),
) -> Rect {
    let label = format!("{label}> ");
    let rest = line(&label, area, buffer, theme.faint);
    let indent = u16::try_from(label.len()).unwrap_or_default().min(area.width);
    if indent < area.width && 0 < area.height {
        let area = Rect { x: area.x + indent, width: area.width - indent, height: 1, ..area };
        cursor(field.draw(area, buffer, theme, theme.text));
    }
    rest
}

/// From this many letters on a passphrase is not called short.
const LONG: usize = 16;

/// The terminal reads no longer passphrase either.
pub(super) const LONGEST_SECRET: usize = 1_024;

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;
    use zeroize::Zeroizing;

    use super::super::parts::testing::*;
    use super::*;

    type Answer = oneshot::Receiver<Option<Zeroizing<String>>>;

    #[test]
    fn a_known_passphrase_is_typed_once_and_unseen() {
        let (mut overlay, mut answer) = asked("Passphrase of tea.png", false);
        assert!(matches!(press(&mut *overlay, KeyCode::Enter), Then::Stay));
        assert!(drawn(&mut *overlay, (80, 24)).contains("A passphrase is needed."));
        type_in(&mut *overlay, "kettle");
        assert!(matches!(overlay.paste(" on fire\n"), Then::Stay));
        let screen = drawn(&mut *overlay, (80, 24));
        assert!(screen.contains("> **************"), "{screen}");
        assert!(!screen.contains("kettle") && !format!("{overlay:?}").contains("kettle"));
        assert!(matches!(press(&mut *overlay, KeyCode::Enter), Then::Close));
        assert_eq!(answer.try_recv().unwrap().unwrap().as_str(), "kettle on fire");
    }

    #[test]
    fn a_new_one_is_typed_twice_the_same() {
        let (mut overlay, mut answer) = asked("Passphrase of the file", true);
        for (text, closes) in [("kettle", false), ("kettlr", false), ("kettle", false), ("kettle", true)] {
            type_in(&mut *overlay, text);
            assert_eq!(matches!(press(&mut *overlay, KeyCode::Enter), Then::Close), closes, "{text}");
        }
        assert_eq!(answer.try_recv().unwrap().unwrap().as_str(), "kettle");
    }

    #[test]
    fn closing_it_answers_that_nothing_is_wanted() {
        for code in [KeyCode::Esc, KeyCode::Char('c')] {
            let (mut overlay, mut answer) = asked("Passphrase", true);
            let key = KeyEvent::new(code, crossterm::event::KeyModifiers::CONTROL);
            assert!(matches!(overlay.key(key), Then::Close));
            assert!(answer.try_recv().unwrap().is_none());
        }
        let (mut overlay, mut answer) = asked("Passphrase", false);
        assert!(matches!(click_on(&mut *overlay, (80, 24), "Cancel"), Then::Close));
        assert!(answer.try_recv().unwrap().is_none());
    }

    #[test]
    fn it_is_drawn_at_every_size_whatever_the_file_is_called() {
        for name in hostile() {
            for size in SIZES {
                for twice in [false, true] {
                    let (mut overlay, _answer) = asked(&format!("Passphrase of {name}"), twice);
                    drawn(&mut *overlay, size);
                }
            }
        }
        let (mut overlay, _answer) = asked(&"a long name ".repeat(40), true);
        let screen = drawn(&mut *overlay, (40, 10));
        assert!(screen.contains("once more >") && screen.contains("[ OK  Enter ]"), "{screen}");
    }

    fn asked(text: &str, twice: bool) -> (Box<dyn Overlay>, Answer) {
        let (reply, answer) = oneshot::channel();
        (ask(Question { text: text.to_owned(), twice, reply }), answer)
    }
}
