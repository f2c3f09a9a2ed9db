//! From a row of the log to lines on the screen, with the separators above it.

use proto::ids::Seq;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::cli::tui::app::log::{Log, Row};
use crate::cli::tui::app::message::{Message, What};
use crate::cli::tui::emoji::to_shortcodes;
use crate::cli::tui::theme::Theme;
use crate::cli::tui::wrap::{cut, padded, wrapped, wrapped_behind};

/// How rows are laid out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout<'a> {
    pub(crate) width: u16,
    pub(crate) theme: &'a Theme,
    /// The "new" line stands behind this message.
    pub(crate) new_after: Option<Seq>,
    /// The row that is chosen.
    pub(crate) chosen: Option<i64>,
    /// Own account: own messages are not new.
    pub(crate) me: u64,
    /// Emoji are shown as their `:shortcodes:`.
    pub(crate) shortcodes: bool,
}

/// Returns a row's lines; nothing when there is no such row.
pub(crate) fn lines_of(log: &Log, number: i64, layout: &Layout<'_>) -> Vec<Line<'static>> {
    let Some(row) = log.row(number) else { return Vec::new() };
    let mut lines = Vec::new();
    match row {
        Row::Note(text) => lines.extend(note(text, layout)),
        Row::Message(message) => {
            let above = message_above(log, number, |_| true);
            if above.is_none_or(|above| above.day != message.day) {
                lines.push(separator(&message.day, layout.theme.faint, layout));
            }
            let is_first_new =
                layout.new_after.is_some_and(|after| is_first_behind(log, number, message, after, layout.me));
            if is_first_new {
                lines.push(separator("new", layout.theme.mention, layout));
            }
            lines.extend(said(log, message, layout));
        }
    }
    if layout.chosen == Some(number) {
        for line in &mut lines {
            line.style = line.style.patch(layout.theme.chosen);
            if let Some(first) = line.spans.first_mut() {
                first.style = first.style.patch(layout.theme.chosen);
            }
        }
        if let Some(last) = lines.last_mut() {
            let mark = Span::styled(" ◂", layout.theme.chosen);
            last.spans.push(mark);
        }
    }
    lines
}

/// Returns the nearest message above a row for which something holds.
fn message_above(log: &Log, number: i64, holds: impl Fn(&Message) -> bool) -> Option<&Message> {
    let mut above = number - 1;
    while let Some(row) = log.row(above) {
        if let Some(message) = row.message().filter(|message| holds(message)) {
            return Some(message);
        }
        above -= 1;
    }
    None
}

/// Returns whether a message is the first one of others behind this place: own ones are not new to anybody.
fn is_first_behind(log: &Log, number: i64, message: &Message, after: Seq, me: u64) -> bool {
    let is_others = |message: &Message| message.author.get() != me && message.is_said();
    if message.seq <= after || !is_others(message) {
        return false;
    }
    message_above(log, number, |above| above.seq <= after || is_others(above))
        .is_none_or(|above| above.seq <= after)
}

fn separator(words: &str, style: Style, layout: &Layout<'_>) -> Line<'static> {
    let words = format!(" {words} ");
    let width = usize::from(layout.width);
    let dashes = width.saturating_sub(words.width());
    let line = format!("{}{words}{}", "─".repeat(dashes / 2), "─".repeat(dashes - dashes / 2));
    Line::styled(cut(&line, width), style)
}

fn note(text: &str, layout: &Layout<'_>) -> Vec<Line<'static>> {
    let width = usize::from(layout.width).saturating_sub(3);
    let lines = wrapped(text, width).into_iter().enumerate();
    lines
        .map(|(place, line)| {
            let mark = if place == 0 { "-- " } else { "   " };
            Line::from(vec![Span::styled(mark, layout.theme.faint), Span::styled(line, layout.theme.note)])
        })
        .collect()
}

fn said(log: &Log, message: &Message, layout: &Layout<'_>) -> Vec<Line<'static>> {
    let theme = layout.theme;
    let columns = Columns::of(layout.width);
    let name_style = theme.name(message.author.get());
    let mut head = Vec::new();
    if 0 < columns.number {
        let number = format!("{:>width$} ", message.seq.get(), width = columns.number);
        head.push(Span::styled(number, theme.faint));
    }
    head.push(Span::styled(format!("{} ", message.clock), theme.faint));
    let (indent, mut first) = match columns.name {
        Some(name) => {
            let place = padded(&message.name, name);
            let style = if matches!(message.what, What::Said(_) | What::File { .. }) {
                name_style
            } else {
                theme.faint
            };
            head.push(Span::styled(place, style));
            let mark = if message.calls { Span::styled("▌", theme.mention) } else { Span::raw(" ") };
            head.push(mark);
            (columns.before_text(), Vec::new())
        }
        None => {
            let name = cut(&message.name, NARROW_NAME);
            let behind = if message.calls { "! " } else { ": " };
            let first = vec![
                Span::styled(name, name_style),
                Span::styled(behind, if message.calls { theme.mention } else { theme.faint }),
            ];
            (2, first)
        }
    };
    let taken =
        if columns.name.is_some() { 0 } else { 6 + first.iter().map(Span::width).sum::<usize>() - indent };
    let mut body = body_of(log, message, layout);
    if layout.shortcodes {
        body.iter_mut().for_each(|part| part.text = to_shortcodes(&part.text).into_owned());
    }
    let width = usize::from(layout.width).saturating_sub(indent);
    // On a narrow screen the name stands in the text's first line.
    let mut lines = Vec::new();
    for part in &body {
        let taken = if lines.is_empty() { taken } else { 0 };
        for text in wrapped_behind(&part.text, taken, width) {
            let span = Span::styled(text, part.style);
            if lines.is_empty() {
                let mut spans = std::mem::take(&mut head);
                spans.append(&mut first);
                spans.push(span);
                lines.push(Line::from(spans));
            } else {
                lines.push(Line::from(vec![Span::raw(" ".repeat(indent)), span]));
            }
        }
    }
    lines
}

/// A part of a message in one style, which begins on a line of its own.
struct Part {
    text: String,
    style: Style,
}

fn body_of(log: &Log, message: &Message, layout: &Layout<'_>) -> Vec<Part> {
    let theme = layout.theme;
    let mut parts = Vec::new();
    if let Some(target) = message.reply_to {
        let quoted = match log.message(target) {
            Some(quoted) => format!("{}: {}", quoted.name, quoted.words().lines().next().unwrap_or_default()),
            None if target == Seq::START => "a message from before".to_owned(),
            None => format!("message {target}"),
        };
        let width = usize::from(layout.width).saturating_sub(Columns::of(layout.width).before_text() + 2);
        parts.push(Part { text: format!("↪ {}", cut(&quoted, width)), style: theme.faint });
    }
    let edited = if message.edited { " (edited)" } else { "" };
    let style = if message.calls { theme.unread } else { theme.text };
    match &message.what {
        What::Said(words) => parts.push(Part { text: format!("{words}{edited}"), style }),
        What::Does(words) => parts.push(Part { text: format!("* {} {words}{edited}", message.name), style }),
        What::File { words, caption, .. } => {
            parts.push(Part { text: words.clone(), style: theme.title });
            if !caption.is_empty() {
                parts.push(Part { text: format!("{caption}{edited}"), style });
            }
        }
        What::Event(words) => {
            parts.push(Part { text: format!("{} {words}", message.name), style: theme.note });
        }
        What::Removed => parts.push(Part { text: "(removed)".to_owned(), style: theme.faint }),
    }
    if !message.reactions.is_empty() {
        let reactions = message.reactions.iter().map(|reaction| {
            let mine = if reaction.mine { "*" } else { "" };
            format!("[{} {}{mine}]", reaction.emoji, reaction.count)
        });
        parts.push(Part { text: reactions.collect::<Vec<_>>().join(" "), style: theme.faint });
    }
    parts
}

/// Which columns there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Columns {
    number: usize,
    /// Without it the name stands in front of the text.
    name: Option<usize>,
}

impl Columns {
    fn of(width: u16) -> Self {
        match width {
            0..50 => Self { number: 0, name: None },
            50..70 => Self { number: 0, name: Some(10) },
            70..100 => Self { number: 5, name: Some(12) },
            _ => Self { number: 5, name: Some(16) },
        }
    }

    /// Returns how many cells stand in front of the text.
    fn before_text(self) -> usize {
        let number = if self.number == 0 { 0 } else { self.number + 1 };
        self.name.map_or(2, |name| number + 6 + name + 1)
    }
}

const NARROW_NAME: usize = 12;
