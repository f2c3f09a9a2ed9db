//! Where the log stands on the screen: only the lines that are seen are ever laid out, however long the log is.

use ratatui::text::Line;

use super::rows::{Layout, lines_of};
use crate::cli::tui::app::log::Log;
use crate::cli::tui::app::room::Place;

/// What is seen: the lines from top to bottom, each with the row it belongs to.
#[derive(Debug, Default)]
pub(crate) struct Window {
    pub(crate) lines: Vec<(i64, Line<'static>)>,
    /// The first line of the log is seen.
    pub(crate) at_top: bool,
}

/// Returns what is seen of a log whose last line is at this place.
pub(crate) fn window(log: &Log, place: Place, height: usize, layout: &Layout<'_>) -> Window {
    let Some((mut row, mut line)) = resolved(log, place, layout) else {
        return Window { at_top: true, ..Window::default() };
    };
    let mut lines = Vec::with_capacity(height);
    loop {
        let seen = lines_of(log, row, layout).into_iter().take(line + 1).rev();
        lines.extend(seen.map(|line| (row, line)));
        if height <= lines.len() || row <= log.first() {
            break;
        }
        row -= 1;
        line = usize::MAX - 1;
    }
    let at_top = row <= log.first() && lines.len() <= height;
    lines.truncate(height);
    lines.reverse();
    Window { lines, at_top }
}

/// Moves the place up by so many lines; it stops where the first line stands at the top.
pub(crate) fn up(log: &Log, place: Place, by: usize, height: usize, layout: &Layout<'_>) -> Place {
    let Some((row, line)) = resolved(log, place, layout) else { return Place::End };
    let (mut row, mut line, mut left) = (row, line, by);
    while 0 < left {
        if left <= line {
            line -= left;
            break;
        }
        if row <= log.first() {
            line = 0;
            break;
        }
        left -= line + 1;
        row -= 1;
        line = lines_of(log, row, layout).len().saturating_sub(1);
    }
    at_least_a_screen(log, row, line, height, layout)
}

/// Moves the place down by so many lines; the end is the end.
pub(crate) fn down(log: &Log, place: Place, by: usize, layout: &Layout<'_>) -> Place {
    let Place::Line { row, line } = place else { return Place::End };
    let Some(last) = log.last() else { return Place::End };
    let (mut row, mut line, mut left) = (row.max(log.first()), line, by);
    loop {
        let lines = lines_of(log, row, layout).len();
        if line + left < lines {
            line += left;
            break;
        }
        left = left.saturating_sub(lines.saturating_sub(line));
        if last <= row {
            return Place::End;
        }
        row += 1;
        line = 0;
        if left == 0 {
            break;
        }
    }
    let ends = lines_of(log, last, layout).len().saturating_sub(1);
    if row == last && ends <= line && !log.cut { Place::End } else { Place::Line { row, line } }
}

/// Returns the place at which this row stands in the middle of the screen.
pub(crate) fn around(log: &Log, row: i64, height: usize, layout: &Layout<'_>) -> Place {
    let last = lines_of(log, row, layout).len().saturating_sub(1);
    down(log, Place::Line { row, line: last }, height / 2, layout)
}

/// Returns the place at which this row is seen, the nearest one to where one is.
pub(crate) fn showing(log: &Log, place: Place, row: i64, height: usize, layout: &Layout<'_>) -> Place {
    let seen = window(log, place, height, layout);
    let lines = lines_of(log, row, layout).len();
    let shown = seen.lines.iter().filter(|(of, _)| *of == row).count();
    if shown == lines.min(height) { place } else { around(log, row, height, layout) }
}

fn at_least_a_screen(log: &Log, row: i64, line: usize, height: usize, layout: &Layout<'_>) -> Place {
    let place = Place::Line { row, line };
    let seen = window(log, place, height, layout);
    let missing = height.saturating_sub(seen.lines.len());
    if missing == 0 { place } else { down(log, place, missing, layout) }
}

/// Returns the row and line of a place; a row that is gone is replaced by the nearest one.
fn resolved(log: &Log, place: Place, layout: &Layout<'_>) -> Option<(i64, usize)> {
    let last = log.last()?;
    Some(match place {
        Place::End => (last, lines_of(log, last, layout).len().saturating_sub(1)),
        Place::Line { row, .. } if row < log.first() => (log.first(), 0),
        Place::Line { row, .. } if last < row => (last, lines_of(log, last, layout).len().saturating_sub(1)),
        Place::Line { row, line } => (row, line.min(lines_of(log, row, layout).len().saturating_sub(1))),
    })
}
