//! A line for a few letters, and below it a list of what they find.

use crossterm::event::{KeyCode, KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::list::Chosen;
use super::{Then, closes};
use crate::cli::tui::field::Field;
use crate::cli::tui::theme::Theme;

/// Something that a few letters find.
pub(super) trait Findable {
    /// Returns how well it fits what is typed, in small letters, the smallest best; nothing when it does not fit.
    fn rate(&self, wanted: &str) -> Option<(u8, usize)>;

    /// Returns what comes of Enter or a click on the chosen one; there is none when nothing was found.
    fn take(chosen: Option<&Self>) -> Then;
}

/// The line, and all that can be found.
#[derive(Debug)]
pub(super) struct Finder<T> {
    line: Field,
    choices: Vec<T>,
    /// The choices that fit, the best first.
    found: Vec<usize>,
    chosen: Chosen,
}

impl<T: Findable> Finder<T> {
    /// Returns one over these choices; among those that fit alike their order stays.
    pub(super) fn new(placeholder: &str, choices: Vec<T>) -> Self {
        let line = Field::new("", LONGEST).placeholder(placeholder);
        let mut finder = Self { line, choices, found: Vec::new(), chosen: Chosen::default() };
        finder.find();
        finder
    }

    /// Takes a key: it closes, takes the chosen one, moves in the list, or is typed.
    pub(super) fn key(&mut self, key: KeyEvent) -> Then {
        if closes(&key) {
            return Then::Close;
        }
        if key.code == KeyCode::Enter {
            return T::take(self.chosen());
        }
        if !self.chosen.key(key, self.found.len()) && self.line.edit(key) {
            self.find();
        }
        Then::Stay
    }

    /// Takes pasted text.
    pub(super) fn paste(&mut self, text: &str) -> Then {
        self.line.paste(text);
        self.find();
        Then::Stay
    }

    /// Takes the wheel or a click.
    pub(super) fn mouse(&mut self, mouse: MouseEvent) -> Then {
        if self.chosen.mouse(mouse, self.found.len()) { T::take(self.chosen()) } else { Then::Stay }
    }

    /// Draws the line and the list below it, and returns where the cursor stands.
    pub(super) fn draw(
        &mut self,
        row: impl Fn(&T) -> Line<'static>,
        area: Rect,
        buffer: &mut Buffer,
        theme: &Theme,
    ) -> Position {
        let line = Rect { height: 1.min(area.height), ..area };
        let list = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        let (found, choices) = (&self.found, &self.choices);
        let row = |number: usize| vec![row(&choices[found[number]])];
        self.chosen.draw(found.len(), 1, row, list, buffer, theme);
        self.line.draw(line, buffer, theme, theme.text)
    }

    fn find(&mut self) {
        let wanted = self.line.value().to_lowercase();
        let rated = self.choices.iter().enumerate();
        let mut rated: Vec<_> =
            rated.filter_map(|(place, choice)| choice.rate(&wanted).map(|rate| (rate, place))).collect();
        rated.sort_unstable();
        self.found = rated.into_iter().map(|(_, place)| place).collect();
        self.chosen.row = 0;
    }

    /// Returns the choice that Enter takes.
    pub(super) fn chosen(&self) -> Option<&T> {
        self.found.get(self.chosen.row).and_then(|place| self.choices.get(*place))
    }
}

/// Most bytes of what is typed.
const LONGEST: usize = 512;

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyModifiers, MouseButton, MouseEventKind};

    use super::*;
    use crate::cli::tui::act::Act;
    use crate::cli::tui::theme::ThemeName;

    #[test]
    fn what_is_typed_finds_and_the_best_stands_first() {
        let mut finder = finder();
        assert_eq!(finder.chosen(), Some(&"teapot"));
        type_in(&mut finder, "TE");
        assert_eq!(finder.found, [0, 2]);
        type_in(&mut finder, "x");
        assert_eq!(taken(press(&mut finder, KeyCode::Enter)), "nothing");
        press(&mut finder, KeyCode::Backspace);
        finder.paste("a");
        assert_eq!(finder.found, [0, 2]);
        press(&mut finder, KeyCode::Home);
        finder.paste("s");
        assert_eq!(taken(press(&mut finder, KeyCode::Enter)), "steam");
    }

    #[test]
    fn the_list_is_moved_in_and_whoever_types_on_begins_at_its_top() {
        let mut finder = finder();
        drawn(&mut finder);
        press(&mut finder, KeyCode::Down);
        assert_eq!(finder.chosen(), Some(&"kettle"));
        press(&mut finder, KeyCode::PageDown);
        assert_eq!(finder.chosen(), Some(&"steam"));
        press(&mut finder, KeyCode::Left);
        assert_eq!(finder.chosen(), Some(&"steam"), "nothing else is typed");
        type_in(&mut finder, "t");
        assert_eq!(finder.chosen(), Some(&"teapot"));
    }

    #[test]
    fn a_click_takes_what_it_is_on() {
        let mut finder = finder();
        drawn(&mut finder);
        let click = |row| MouseEvent {
            kind: MouseEventKind::Down(MouseButton::Left),
            column: 1,
            row,
            modifiers: KeyModifiers::NONE,
        };
        assert_eq!(taken(finder.mouse(click(2))), "kettle");
        assert!(matches!(finder.mouse(click(4)), Then::Stay), "nothing stands there");
    }

    #[test]
    fn esc_and_ctrl_c_close_it() {
        let mut finder = finder();
        assert!(matches!(press(&mut finder, KeyCode::Esc), Then::Close));
        for modifiers in [KeyModifiers::CONTROL, KeyModifiers::CONTROL | KeyModifiers::SHIFT] {
            let interrupt = KeyEvent::new(KeyCode::Char('c'), modifiers);
            assert!(matches!(finder.key(interrupt), Then::Close), "{modifiers}");
        }
        let letter = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::NONE);
        assert!(matches!(finder.key(letter), Then::Stay));
    }

    impl Findable for &'static str {
        fn rate(&self, wanted: &str) -> Option<(u8, usize)> {
            self.find(wanted).map(|place| (0, place))
        }

        fn take(chosen: Option<&Self>) -> Then {
            Then::Do(Act::Type((*chosen.unwrap_or(&"nothing")).to_owned()))
        }
    }

    fn finder() -> Finder<&'static str> {
        Finder::new("a few letters", vec!["teapot", "kettle", "steam"])
    }

    fn drawn(finder: &mut Finder<&'static str>) {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 6));
        finder.draw(|choice| Line::raw(*choice), buffer.area, &mut buffer, &Theme::of(ThemeName::Dark));
    }

    fn taken(then: Then) -> String {
        match then {
            Then::Do(Act::Type(line)) => line,
            other => panic!("{other:?}"),
        }
    }

    fn type_in(finder: &mut Finder<&'static str>, text: &str) {
        for letter in text.chars() {
            assert!(matches!(press(finder, KeyCode::Char(letter)), Then::Stay));
        }
    }

    fn press(finder: &mut Finder<&'static str>, code: KeyCode) -> Then {
        finder.key(KeyEvent::new(code, KeyModifiers::NONE))
    }
}
