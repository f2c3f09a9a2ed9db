//! What is pressed, and when the answer is complete.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::glass::Glass;

/// Something a person does, or that happens while they look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Press {
    /// A letter of a message.
    Letter,
    /// A page up or down in the log.
    Page,
    /// Another room.
    Room,
    /// Nothing: somebody else says something.
    Incoming,
}

impl Press {
    pub(crate) const ALL: [Self; 4] = [Self::Letter, Self::Page, Self::Room, Self::Incoming];

    /// Returns what the table calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Letter => "a letter",
            Self::Page => "PageUp, PageDown",
            Self::Room => "another room (Ctrl-N)",
            Self::Incoming => "a message that comes in, from its sending on",
        }
    }

    /// Returns the key of the `index`-th press.
    pub(crate) fn key(self, index: usize) -> &'static str {
        match self {
            Self::Letter | Self::Incoming => "x",
            Self::Page if index % (2 * PAGES) < PAGES => "pageup",
            Self::Page => "pagedown",
            Self::Room => "ctrl-n",
        }
    }
}

/// Presses a key and returns how long it takes until the screen has changed, and the whole change is there.
pub(crate) fn timed(glass: &mut Glass, key: &str, is_whole: impl Fn(&[u8]) -> bool) -> Result<Duration> {
    glass.look();
    let before = glass.screen().clone();
    timed_until(glass, key, is_whole, |glass| differs(glass.screen(), &before))
}

/// As [`timed`], for a change that other things on the screen could be taken for.
pub(crate) fn timed_until(
    glass: &mut Glass,
    key: &str,
    is_whole: impl Fn(&[u8]) -> bool,
    is_there: impl Fn(&Glass) -> bool,
) -> Result<Duration> {
    glass.look();
    let from = glass.drawn();
    let pressed = Instant::now();
    glass.press(key)?;
    glass.wait_until(&format!("what {key} changes"), |glass| {
        is_whole(&glass.terminal().written_after(from)) && is_there(glass)
    })?;
    let came = glass.terminal().newest().context("nothing was written")?;
    Ok(came.saturating_duration_since(pressed))
}

/// Tells whether what was written ends as a frame does: with the cursor in its place; the window's title may come after it.
pub(crate) fn ends_a_frame(written: &[u8]) -> bool {
    let text = String::from_utf8_lossy(written);
    let tail = text.rsplit('\x1b').find(|part| !part.starts_with(']')).unwrap_or_default();
    match tail {
        "[?25h" | "[?25l" | "[?2026l" => true,
        _ => tail.ends_with('H') && text.contains("\x1b[?25h"),
    }
}

fn differs(screen: &vt100::Screen, before: &vt100::Screen) -> bool {
    screen.cursor_position() != before.cursor_position() || screen.contents() != before.contents()
}

/// So far up, then as far down again; all of it is loaded.
const PAGES: usize = 100;

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::terminal::Size;

    #[test]
    fn a_frame_ends_with_the_cursor_in_its_place() {
        for (written, is_whole) in [
            ("\x1b[3;1Hada\x1b[?25h\x1b[24;5H", true),
            ("\x1b[3;1Hada\x1b[?25l", true),
            ("\x1b[3;1Hada\x1b[?25h\x1b[24;5H\x1b]2;chat #lobby\x07", true),
            ("\x1b[3;1Hada", false),
            ("\x1b[3;1H", false),
            ("", false),
        ] {
            assert_eq!(ends_a_frame(written.as_bytes()), is_whole, "{written:?}");
        }
    }

    #[test]
    fn pages_go_up_and_down_again() {
        let keys: Vec<_> = (0..4 * PAGES).map(|index| Press::Page.key(index)).collect();
        let (up, down) = (keys.iter().filter(|key| **key == "pageup").count(), keys[PAGES]);
        assert_eq!((up, keys[0], down), (2 * PAGES, "pageup", "pagedown"));
    }

    #[test]
    fn the_time_ends_when_the_last_byte_of_the_change_came() {
        let mut command = Command::new("sh");
        command.env("PATH", std::env::var_os("PATH").unwrap());
        command.args([
            "-c",
            "stty raw -echo; echo ready; dd bs=1 count=1 2>/dev/null >&2; printf one; sleep 0.1; printf two.",
        ]);
        let mut glass = Glass::start(&command, Size::of(40, 10)).unwrap();
        glass.wait_for("ready").unwrap();
        let time = timed(&mut glass, "x", |written| written.ends_with(b".")).unwrap();
        assert!(Duration::from_millis(100) <= time && time < Duration::from_secs(5), "{time:?}");
    }
}
