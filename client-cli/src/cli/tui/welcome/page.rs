//! A page of questions: texts, fields, buttons and at most one picture, with one of them in focus.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use domain::text::term_safe_lines;
use ratatui::layout::{Position, Rect};
use zeroize::Zeroizing;

use crate::cli::qr::Picture;
use crate::cli::tui::field::Field;

/// The fields there are on all pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Slot {
    Invite,
    Server,
    Key,
    Name,
    Password,
    Again,
    Application,
    Code,
    File,
    Words,
    Passphrase,
}

/// The buttons there are on all pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Press {
    /// What the page is for.
    Go,
    Join,
    Open,
    LogIn,
    Same,
    OtherServer,
    Save,
    Leave,
    Back,
}

/// Texts that change while a page is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Note {
    /// Whose server this is.
    Server,
    /// How good a password is.
    Strength,
    /// What came of saving a file.
    Saved,
}

/// What a text is, which decides how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    Faint,
    Title,
    Good,
    Bad,
}

/// What a page asks its owner to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    Press(Press),
    /// Something was typed.
    Typed(Slot),
    /// Esc.
    Back,
    /// Ctrl-C.
    Leave,
}

pub(crate) enum Item {
    Text(Kind, String),
    Note(Note, Kind, String),
    /// What is shown once and is nobody else's business.
    Secret(Zeroizing<String>),
    Field(Slot, Field),
    Button(Press, &'static str),
    Gap,
}

/// One page. It knows nothing of what its answers mean.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) title: &'static str,
    pub(crate) items: Vec<Item>,
    pub(crate) picture: Option<Picture>,
    /// What is wrong with all of it together, and what can be done about it.
    pub(crate) trouble: Option<String>,
    /// The item that takes the keys; always a field or a button.
    pub(crate) focus: usize,
    /// The first row of the content that is seen.
    pub(crate) scroll: u16,
    /// Whether the focus has to be seen; not while somebody looks around.
    pub(crate) follow: bool,
    /// Where the items were drawn last.
    pub(crate) places: Vec<(Rect, usize)>,
}

impl Page {
    pub(crate) fn new(title: &'static str) -> Self {
        Self {
            title,
            items: Vec::new(),
            picture: None,
            trouble: None,
            focus: 0,
            scroll: 0,
            follow: true,
            places: Vec::new(),
        }
    }

    /// Adds a text; it may come from anywhere.
    #[must_use]
    pub(crate) fn text(mut self, kind: Kind, text: &str) -> Self {
        self.items.push(Item::Text(kind, term_safe_lines(text).into_owned()));
        self
    }

    /// Adds a text that is forgotten with the page.
    #[must_use]
    pub(crate) fn secret(mut self, text: &str) -> Self {
        self.items.push(Item::Secret(Zeroizing::new(term_safe_lines(text).into_owned())));
        self
    }

    #[must_use]
    pub(crate) fn note(mut self, note: Note) -> Self {
        self.items.push(Item::Note(note, Kind::Faint, String::new()));
        self
    }

    #[must_use]
    pub(crate) fn field(mut self, slot: Slot, field: Field) -> Self {
        self.items.push(Item::Field(slot, field));
        self.focused_first()
    }

    #[must_use]
    pub(crate) fn button(mut self, press: Press, label: &'static str) -> Self {
        self.items.push(Item::Button(press, label));
        self.focused_first()
    }

    #[must_use]
    pub(crate) fn gap(mut self) -> Self {
        self.items.push(Item::Gap);
        self
    }

    fn focused_first(mut self) -> Self {
        self.focus = self.items.iter().position(Item::takes_keys).unwrap_or_default();
        self
    }

    /// Takes a key.
    pub(crate) fn key(&mut self, key: KeyEvent) -> Option<Heard> {
        self.follow = true;
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c') if control => return Some(Heard::Leave),
            KeyCode::Esc => return Some(Heard::Back),
            KeyCode::Tab | KeyCode::Down => self.move_focus(1),
            KeyCode::BackTab | KeyCode::Up => self.move_focus(-1),
            KeyCode::Char('n') if control => self.move_focus(1),
            KeyCode::Char('p') if control => self.move_focus(-1),
            KeyCode::PageUp => self.look(-PAGE),
            KeyCode::PageDown => self.look(PAGE),
            KeyCode::Enter => return self.enter(),
            KeyCode::Char('j' | 'm') if control => return self.enter(),
            _ => return self.type_key(key),
        }
        None
    }

    /// Takes pasted text.
    pub(crate) fn paste(&mut self, text: &str) -> Option<Heard> {
        self.follow = true;
        let Some(Item::Field(slot, field)) = self.items.get_mut(self.focus) else { return None };
        field.paste(text);
        Some(Heard::Typed(*slot))
    }

    /// Takes a click or the wheel.
    pub(crate) fn mouse(&mut self, mouse: MouseEvent) -> Option<Heard> {
        match mouse.kind {
            MouseEventKind::ScrollUp => self.look(-WHEEL),
            MouseEventKind::ScrollDown => self.look(WHEEL),
            MouseEventKind::Down(MouseButton::Left) => {
                let at = Position::new(mouse.column, mouse.row);
                let (_, hit) = *self.places.iter().find(|(area, _)| area.contains(at))?;
                self.focus = hit;
                self.follow = true;
                if let Some(Item::Button(press, _)) = self.items.get(hit) {
                    return Some(Heard::Press(*press));
                }
            }
            _ => {}
        }
        None
    }

    /// Puts a sentence under a field and the cursor into it; without that field it stands above the page.
    pub(crate) fn blame(&mut self, slot: Slot, sentence: &str) {
        let found = self.items.iter().position(|item| matches!(item, Item::Field(at, _) if *at == slot));
        let Some(place) = found else { return self.complain(sentence) };
        self.focus = place;
        self.follow = true;
        self.trouble = None;
        if let Some(field) = self.field_mut(slot) {
            field.error = Some(term_safe_lines(sentence).into_owned());
        }
    }

    /// Puts a sentence above the page.
    pub(crate) fn complain(&mut self, sentence: &str) {
        self.trouble = Some(term_safe_lines(sentence).into_owned());
        // It stands at the top, so that is what has to be seen.
        self.scroll = 0;
        self.follow = false;
    }

    /// Forgets what was wrong.
    pub(crate) fn forgive(&mut self) {
        self.trouble = None;
        for item in &mut self.items {
            if let Item::Field(_, field) = item {
                field.error = None;
            }
        }
    }

    pub(crate) fn say(&mut self, note: Note, kind: Kind, text: &str) {
        for item in &mut self.items {
            if let Item::Note(at, kind_of, text_of) = item
                && *at == note
            {
                *kind_of = kind;
                *text_of = term_safe_lines(text).into_owned();
            }
        }
    }

    /// Moves the focus to a button, if the page has it.
    #[must_use]
    pub(crate) fn focused_on(mut self, press: Press) -> Self {
        let found = self.items.iter().position(|item| matches!(item, Item::Button(at, _) if *at == press));
        self.focus = found.unwrap_or(self.focus);
        self
    }

    /// Shows the page from its top until a key is pressed, whatever is in focus.
    #[must_use]
    pub(crate) fn shown_from_the_top(mut self) -> Self {
        self.follow = false;
        self
    }

    /// Moves the focus to a field, if the page has it.
    pub(crate) fn focus_on(&mut self, slot: Slot) {
        let found = self.items.iter().position(|item| matches!(item, Item::Field(at, _) if *at == slot));
        self.focus = found.unwrap_or(self.focus);
        self.follow = true;
    }

    pub(crate) fn field_mut(&mut self, slot: Slot) -> Option<&mut Field> {
        self.items.iter_mut().find_map(|item| match item {
            Item::Field(at, field) if *at == slot => Some(field),
            _ => None,
        })
    }

    /// Returns what is typed in a field, without the spaces around it.
    pub(crate) fn value(&self, slot: Slot) -> &str {
        self.typed(slot).trim()
    }

    /// Says below each of these fields that something is needed there. Returns whether all have it.
    pub(crate) fn filled(&mut self, slots: &[Slot]) -> bool {
        let empty = slots.iter().rev().filter(|slot| self.typed(**slot).trim().is_empty());
        let empty: Vec<Slot> = empty.copied().collect();
        for slot in &empty {
            self.blame(*slot, "this is needed");
        }
        empty.is_empty()
    }

    /// Returns what is typed in a field as it is: a password may begin with a space.
    pub(crate) fn typed(&self, slot: Slot) -> &str {
        let found = self.items.iter().find_map(|item| match item {
            Item::Field(at, field) if *at == slot => Some(field.value()),
            _ => None,
        });
        found.unwrap_or_default()
    }

    /// Whether the item at this place can be in focus.
    pub(crate) fn takes_keys(&self, place: usize) -> bool {
        self.items.get(place).is_some_and(Item::takes_keys)
    }

    /// Enter goes to the next field, and presses the button after the last one.
    fn enter(&mut self) -> Option<Heard> {
        if let Some(Item::Button(press, _)) = self.items.get(self.focus) {
            return Some(Heard::Press(*press));
        }
        let next = (self.focus + 1..self.items.len()).find(|&place| self.items[place].takes_keys())?;
        if let Item::Button(press, _) = &self.items[next] {
            return Some(Heard::Press(*press));
        }
        self.focus = next;
        None
    }

    fn type_key(&mut self, key: KeyEvent) -> Option<Heard> {
        let Some(Item::Field(slot, field)) = self.items.get_mut(self.focus) else { return None };
        field.key(key).then_some(Heard::Typed(*slot))
    }

    fn move_focus(&mut self, step: isize) {
        let places: Vec<usize> =
            (0..self.items.len()).filter(|&place| self.items[place].takes_keys()).collect();
        let Some(at) = places.iter().position(|&place| place == self.focus) else { return };
        let count = places.len().cast_signed();
        let next = (at.cast_signed() + step).rem_euclid(count);
        self.focus = places[next.cast_unsigned()];
    }

    fn look(&mut self, rows: i16) {
        self.follow = false;
        self.scroll = self.scroll.saturating_add_signed(rows);
    }
}

/// Says nothing of what is typed and shown.
impl std::fmt::Debug for Item {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Field(slot, _) => write!(formatter, "{slot:?}"),
            Self::Button(press, _) => write!(formatter, "{press:?}"),
            Self::Text(..) | Self::Note(..) | Self::Secret(_) | Self::Gap => formatter.write_str("text"),
        }
    }
}

impl Item {
    fn takes_keys(&self) -> bool {
        matches!(self, Self::Field(..) | Self::Button(..))
    }
}

const PAGE: i16 = 6;
const WHEEL: i16 = 3;
