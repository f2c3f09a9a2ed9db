//! What the boxes about files share: lines, sentences, buttons.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use domain::text::term_safe;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use crate::cli::tui::theme::Theme;
use crate::cli::tui::wrap::{cut, wrapped};

/// Draws a line, cut to the area, and returns what is below it.
pub(super) fn line(text: &str, area: Rect, buffer: &mut Buffer, style: Style) -> Rect {
    if !area.is_empty() {
        buffer.set_string(area.x, area.y, cut(&term_safe(text), area.width.into()), style);
    }
    below(area, 1)
}

/// Draws a text over as many lines as it takes and there are, and returns what is below it.
pub(crate) fn sentence(text: &str, area: Rect, buffer: &mut Buffer, style: Style) -> Rect {
    let lines = wrapped(&term_safe(text), area.width.into());
    lines.iter().fold(area, |rest, text| line(text, rest, buffer, style))
}

/// Draws words that can be clicked, as many as there is room for, and returns where they are.
pub(super) fn buttons<const N: usize>(
    words: [&str; N],
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
) -> [Rect; N] {
    let mut x = area.x;
    words.map(|word| {
        let word = format!("[ {word} ]");
        let width = u16::try_from(word.width()).unwrap_or(u16::MAX);
        if area.height == 0 || area.right() < x.saturating_add(width) {
            return Rect::ZERO;
        }
        buffer.set_string(x, area.y, word, theme.button);
        let place = Rect { x, y: area.y, width, height: 1 };
        x += width + 1;
        place
    })
}

/// Returns what is left of an area below these lines.
pub(super) fn below(area: Rect, lines: u16) -> Rect {
    let lines = lines.min(area.height);
    Rect { y: area.y + lines, height: area.height - lines, ..area }
}

/// Returns where the first button of the mouse went down, if it did.
pub(super) fn click(mouse: &MouseEvent) -> Option<Position> {
    let is_click = mouse.kind == MouseEventKind::Down(MouseButton::Left);
    is_click.then_some(Position { x: mouse.column, y: mouse.row })
}

#[cfg(test)]
pub(crate) mod testing {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    use super::*;
    use crate::cli::tui::overlay::{Overlay, Then};
    use crate::cli::tui::theme::ThemeName;

    /// The sizes every box is tried at.
    pub(crate) const SIZES: [(u16, u16); 5] = [(40, 10), (80, 24), (140, 40), (1, 1), (12, 3)];

    /// What a stranger may call a file.
    pub(crate) fn hostile() -> Vec<String> {
        vec![
            "\x1b[31mred\x1b]0;title\x07".to_owned(),
            "\u{202e}gnp.exe".to_owned(),
            format!("pile e{}", "\u{301}".repeat(300)),
            "👩\u{200d}🚀 日本語.png".to_owned(),
            "tab\there\nand there".to_owned(),
        ]
    }

    pub(crate) fn theme() -> Theme {
        Theme::of(ThemeName::Dark)
    }

    /// Draws an overlay on an empty screen and returns its lines without what is empty at their ends.
    pub(crate) fn drawn(overlay: &mut dyn Overlay, (width, height): (u16, u16)) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        let cursor = overlay.draw(buffer.area, &mut buffer, &theme());
        assert!(cursor.is_none_or(|cursor| buffer.area.contains(cursor)), "{cursor:?}");
        let lines = text_of(&buffer);
        assert!(!lines.chars().any(|letter| letter != '\n' && letter.is_control()), "{lines:?}");
        assert!(!lines.contains(['\u{202e}', '\u{200b}']), "{lines:?}");
        lines
    }

    pub(crate) fn text_of(buffer: &Buffer) -> String {
        let rows = buffer.content.chunks(buffer.area.width.into());
        let line = |row: &[ratatui::buffer::Cell]| {
            // A wide letter covers the cell behind it.
            let mut covered = 0;
            let letters = row.iter().filter(|cell| {
                let is_seen = covered == 0;
                covered = if is_seen { cell.symbol().width().saturating_sub(1) } else { covered - 1 };
                is_seen
            });
            letters.map(ratatui::buffer::Cell::symbol).collect::<String>().trim_end().to_owned()
        };
        rows.map(line).collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn press(overlay: &mut dyn Overlay, code: KeyCode) -> Then {
        overlay.key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    pub(crate) fn type_in(overlay: &mut dyn Overlay, text: &str) {
        for letter in text.chars() {
            assert!(matches!(press(overlay, KeyCode::Char(letter)), Then::Stay));
        }
    }

    /// Clicks on the first place where this text stands.
    pub(crate) fn click_on(overlay: &mut dyn Overlay, size: (u16, u16), text: &str) -> Then {
        let lines = drawn(overlay, size);
        let (row, line) =
            lines.lines().enumerate().find(|(_, line)| line.contains(text)).expect("it is shown");
        let column = line[..line.find(text).expect("it is shown")].width();
        overlay.mouse(MouseEvent {
            kind: MouseEventKind::Down(MouseButton::Left),
            column: u16::try_from(column).expect("a screen is narrower"),
            row: u16::try_from(row).expect("a screen is lower"),
            modifiers: KeyModifiers::NONE,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::testing::*;
    use super::*;

    #[test]
    fn a_sentence_takes_the_lines_it_needs() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 4));
        let rest = sentence("some words that are long", buffer.area, &mut buffer, Style::new());
        assert_eq!(rest, Rect::new(0, 3, 10, 1));
        assert_eq!(text_of(&buffer), "some words\nthat are\nlong\n");
    }

    #[test]
    fn a_button_without_room_is_nowhere() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        let places = buttons(["Send", "Cancel"], buffer.area, &mut buffer, &theme());
        assert_eq!(places, [Rect::new(0, 0, 8, 1), Rect::ZERO]);
        assert!(!places[1].contains(Position::new(0, 0)));
    }
}
