//! Bytes that make a terminal ring, show a notice, or change its window's title.

use super::words::line;
use super::{TerminalNotice, Words};

/// Rings the bell.
pub(super) const BELL: &str = "\x07";

/// The two ways in which terminals take notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Osc {
    /// One text: iTerm2's.
    Nine,
    /// A title and a text: rxvt-unicode's.
    SevenSevenSeven,
}

/// What is known about the terminal around this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Surroundings {
    notices: Option<Osc>,
    in_tmux: bool,
    has_titles: bool,
}

/// What the window's title tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Title {
    pub(crate) unread: u64,
    pub(crate) mentions: u64,
    /// The room one is in.
    pub(crate) place: String,
}

impl Surroundings {
    pub(crate) fn of_this_process() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    /// Reads the variables that terminals set. Over ssh only `TERM` and what ssh was told to send remain.
    pub(super) fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let read = |name| variable(name).unwrap_or_default();
        let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
        let (term, program) = (read("TERM"), read("TERM_PROGRAM"));
        let notices = match program.as_str() {
            "iTerm.app" => Some(Osc::Nine),
            "WezTerm" | "ghostty" | "WarpTerminal" => Some(Osc::SevenSevenSeven),
            _ if read("LC_TERMINAL") == "iTerm2" => Some(Osc::Nine),
            _ if ["xterm-kitty", "xterm-ghostty", "wezterm", "foot", "rxvt-unicode"]
                .iter()
                .any(|known| term.starts_with(known)) =>
            {
                Some(Osc::SevenSevenSeven)
            }
            // Inside tmux the names are tmux's own; these variables remain.
            _ if ["KITTY_WINDOW_ID", "WEZTERM_PANE", "GHOSTTY_RESOURCES_DIR"].into_iter().any(is_set) => {
                Some(Osc::SevenSevenSeven)
            }
            _ => None,
        };
        // Linux's own console prints titles it does not know.
        let has_titles = !matches!(term.as_str(), "" | "dumb" | "linux");
        Self { notices, in_tmux: is_set("TMUX"), has_titles }
    }

    pub(super) fn has_titles(self) -> bool {
        self.has_titles
    }

    /// Returns the bytes of a notice; nothing where they would mean nothing.
    pub(super) fn notice(self, wanted: TerminalNotice, words: &Words) -> Option<String> {
        let way = match wanted {
            TerminalNotice::Off => return None,
            TerminalNotice::Auto => self.notices?,
            TerminalNotice::Osc9 => Osc::Nine,
            TerminalNotice::Osc777 => Osc::SevenSevenSeven,
        };
        let sequence = match way {
            // A number in front would be another command of OSC 9, such as a progress bar.
            Osc::Nine if words.body.is_empty() => format!("\x1b]9;chat: {}\x07", words.title),
            Osc::Nine => format!("\x1b]9;chat: {}: {}\x07", words.title, words.body),
            Osc::SevenSevenSeven => {
                format!("\x1b]777;notify;{};{}\x07", no_separator(&words.title), no_separator(&words.body))
            }
        };
        Some(if self.in_tmux { through_tmux(&sequence) } else { sequence })
    }
}

impl Title {
    /// Returns the title in words: `chat (3, 1 mention) #ops`.
    pub(super) fn words(&self) -> String {
        let place = line(&self.place, super::words::NAME);
        let unread = match (self.unread, self.mentions) {
            (0, 0) => String::new(),
            (unread, 0) => format!(" ({unread})"),
            (unread, 1) => format!(" ({unread}, 1 mention)"),
            (unread, mentions) => format!(" ({unread}, {mentions} mentions)"),
        };
        let words = format!("chat{unread} {place}");
        words.trim_end().to_owned()
    }
}

/// Puts the title that stands there on the terminal's stack.
pub(super) const KEEP_TITLE: &str = "\x1b[22;2t";
/// Empties the title, for terminals without a stack, and takes the kept one back.
pub(super) const GIVE_TITLE_BACK: &str = "\x1b]2;\x07\x1b[23;2t";

/// Sets the window's title. In tmux it is the pane's: tmux shows it, and hands it on when it was told to.
pub(super) fn title(words: &str) -> String {
    format!("\x1b]2;{words}\x07")
}

/// Hands a sequence to the terminal outside of tmux, which lets it through with `allow-passthrough on`.
fn through_tmux(sequence: &str) -> String {
    format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b"))
}

fn no_separator(text: &str) -> String {
    text.replace(';', ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_known_by_its_variables_and_an_unknown_one_gets_nothing() {
        for (variables, known) in [
            (&[("TERM_PROGRAM", "iTerm.app")][..], Some(Osc::Nine)),
            (&[("TERM_PROGRAM", "tmux"), ("TMUX", "/tmp/a"), ("LC_TERMINAL", "iTerm2")], Some(Osc::Nine)),
            (&[("TERM_PROGRAM", "WezTerm"), ("TERM", "xterm-256color")], Some(Osc::SevenSevenSeven)),
            (&[("TERM", "xterm-kitty")], Some(Osc::SevenSevenSeven)),
            (&[("TERM", "foot-extra")], Some(Osc::SevenSevenSeven)),
            (&[("TERM", "tmux-256color"), ("KITTY_WINDOW_ID", "1")], Some(Osc::SevenSevenSeven)),
            (&[("TERM_PROGRAM", "Apple_Terminal"), ("TERM", "xterm-256color")], None),
            (&[("TERM", "xterm-256color"), ("VTE_VERSION", "7600")], None),
            (&[], None),
        ] {
            let around = surroundings(variables);
            assert_eq!(around.notices, known, "{variables:?}");
            assert_eq!(around.notice(TerminalNotice::Auto, &words()).is_some(), known.is_some());
        }
    }

    #[test]
    fn a_notice_has_the_bytes_the_terminal_waits_for() {
        let around = surroundings(&[("TERM", "xterm")]);
        let of = |wanted| around.notice(wanted, &words()).unwrap();
        assert_eq!(of(TerminalNotice::Osc9), "\x1b]9;chat: 4;bob: a; b\x07");
        assert_eq!(of(TerminalNotice::Osc777), "\x1b]777;notify;4,bob;a, b\x07");
        assert_eq!(around.notice(TerminalNotice::Off, &words()), None);
    }

    #[test]
    fn in_tmux_a_notice_goes_through_to_the_terminal_outside() {
        let around = surroundings(&[("TERM", "tmux"), ("TMUX", "/tmp/tmux-1000/default,1,0")]);
        let bytes = around.notice(TerminalNotice::Osc9, &words()).unwrap();
        assert_eq!(bytes, "\x1bPtmux;\x1b\x1b]9;chat: 4;bob: a; b\x07\x1b\\");
    }

    #[test]
    fn a_title_tells_the_room_and_what_is_unread() {
        for (unread, mentions, words) in [
            (0, 0, "chat #ops"),
            (3, 0, "chat (3) #ops"),
            (3, 1, "chat (3, 1 mention) #ops"),
            (12, 2, "chat (12, 2 mentions) #ops"),
        ] {
            assert_eq!(Title { unread, mentions, place: "#ops".to_owned() }.words(), words);
        }
        let hostile = Title { unread: 0, mentions: 0, place: "#\x1b]2;x\x07".to_owned() };
        assert!(!hostile.words().chars().any(char::is_control));
        assert_eq!(Title { unread: 0, mentions: 0, place: String::new() }.words(), "chat");
    }

    fn surroundings(variables: &[(&str, &str)]) -> Surroundings {
        Surroundings::of(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn words() -> Words {
        Words { title: "4;bob".to_owned(), body: "a; b".to_owned() }
    }
}
