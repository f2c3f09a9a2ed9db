//! One question before what cannot be undone.

use crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget;

use super::{Overlay, Then, boxed, closes};
use crate::cli::conversation::ask::Ask;
use crate::cli::conversation::consequences::Consequences;
use crate::cli::tui::act::Act;
use crate::cli::tui::theme::Theme;
use crate::cli::tui::wrap::wrapped;

/// A question with its answers; the harmless one stands first and is chosen.
#[derive(Debug)]
pub(crate) struct Confirm {
    title: String,
    lines: Vec<String>,
    answers: Vec<Answer>,
    chosen: usize,
    /// What Esc does.
    otherwise: Option<Act>,
}

#[derive(Debug)]
struct Answer {
    words: String,
    act: Option<Act>,
    drawn: Rect,
}

impl Answer {
    fn new(words: &str, act: Option<Act>) -> Self {
        Self { words: words.to_owned(), act, drawn: Rect::default() }
    }
}

/// Asks whether a command is to be carried out.
pub(crate) fn command(consequences: Consequences, ask: Ask) -> Confirm {
    let Consequences { title, lines, yes, .. } = consequences;
    let otherwise = match &ask {
        Ask::Post { message_id, .. } => Some(Act::Forget(*message_id)),
        _ => None,
    };
    let answers = vec![Answer::new("Cancel", None), Answer::new(&yes, Some(Act::Ask(Box::new(ask))))];
    Confirm { title, lines, answers, chosen: 0, otherwise }
}

/// Asks what is to become of a long text.
pub(crate) fn long_paste(lines: usize) -> Confirm {
    let text = format!("This has {lines} lines. As a file it does not fill everybody's screen.");
    let answers = vec![
        Answer::new("Send as a file", Some(Act::DraftAsFile)),
        Answer::new("Send as a message", Some(Act::SendDraft)),
        Answer::new("Keep writing", None),
    ];
    Confirm { title: "A long text".to_owned(), lines: vec![text], answers, chosen: 0, otherwise: None }
}

impl Confirm {
    fn take(&mut self, number: usize) -> Then {
        match self.answers.get_mut(number).and_then(|answer| answer.act.take()) {
            Some(act) => Then::Do(act),
            None => self.close(),
        }
    }

    fn close(&mut self) -> Then {
        self.otherwise.take().map_or(Then::Close, Then::Do)
    }
}

impl Overlay for Confirm {
    fn key(&mut self, key: KeyEvent) -> Then {
        if closes(&key) {
            return self.close();
        }
        let count = self.answers.len();
        match key.code {
            KeyCode::Enter => return self.take(self.chosen),
            KeyCode::Tab | KeyCode::Right | KeyCode::Down => self.chosen = (self.chosen + 1) % count,
            KeyCode::BackTab | KeyCode::Left | KeyCode::Up => self.chosen = (self.chosen + count - 1) % count,
            KeyCode::Char(digit @ '1'..='9') => {
                let number = usize::from(digit as u8 - b'1');
                if number < count {
                    return self.take(number);
                }
            }
            _ => {}
        }
        Then::Stay
    }

    fn mouse(&mut self, mouse: MouseEvent) -> Then {
        let at = Position::new(mouse.column, mouse.row);
        match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                match self.answers.iter().position(|answer| answer.drawn.contains(at)) {
                    Some(number) => self.take(number),
                    None => Then::Stay,
                }
            }
            _ => Then::Stay,
        }
    }

    fn draw(&mut self, screen: Rect, buffer: &mut Buffer, theme: &Theme) -> Option<Position> {
        let width = screen.width.saturating_sub(4).clamp(10, 68);
        let lines: Vec<_> =
            self.lines.iter().flat_map(|line| wrapped(line, usize::from(width.saturating_sub(4)))).collect();
        let height = u16::try_from(lines.len() + self.answers.len() + 3).unwrap_or(u16::MAX);
        let inside = boxed(&self.title, (width, height), screen, buffer, theme);
        let answers = u16::try_from(self.answers.len()).unwrap_or(1);
        let last_words = inside.bottom().saturating_sub(answers);
        for (y, line) in (inside.y..last_words).zip(lines) {
            let place = Rect { x: inside.x + 1, y, height: 1, width: inside.width.saturating_sub(1) };
            Line::styled(line, theme.text).render(place, buffer);
        }
        for (number, answer) in self.answers.iter_mut().enumerate() {
            let y = last_words + u16::try_from(number).unwrap_or_default();
            if y < inside.y || inside.bottom() <= y {
                continue;
            }
            answer.drawn = Rect { y, height: 1, ..inside };
            let mark = if number == self.chosen { "›" } else { " " };
            let style = if number == self.chosen { theme.chosen } else { theme.text };
            Line::styled(format!("{mark} {}. {}", number + 1, answer.words), style)
                .render(answer.drawn, buffer);
        }
        None
    }
}
