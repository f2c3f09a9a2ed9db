//! The way out for notices: bytes for the terminal, calls to the desktop, the window's title.

use super::desktop::Desktop;
use super::sequences::{self, BELL, GIVE_TITLE_BACK, KEEP_TITLE};
use super::{Notice, NotifyConfig, Surroundings, TerminalNotice, Title};

/// Turns notices into what is written and called.
#[derive(Debug)]
pub(crate) struct Outlet {
    terminal: TerminalNotice,
    surroundings: Surroundings,
    desktop: Desktop,
    title: Option<String>,
}

impl Outlet {
    pub(crate) fn new(config: &NotifyConfig, surroundings: Surroundings) -> Self {
        let desktop = if config.desktop { Desktop::start() } else { Desktop::none() };
        Self::with(config, surroundings, desktop)
    }

    pub(super) fn with(config: &NotifyConfig, surroundings: Surroundings, desktop: Desktop) -> Self {
        Self { terminal: config.terminal, surroundings, desktop, title: None }
    }

    /// Returns what is written when the terminal is taken over.
    pub(crate) fn open(&self) -> &'static str {
        if self.surroundings.has_titles() { KEEP_TITLE } else { "" }
    }

    /// Returns what is written before the terminal is given back, for a while or for good.
    pub(crate) fn close(&mut self) -> &'static str {
        self.title = None;
        self.ending()
    }

    /// Returns what has to be written at the end, however it comes.
    pub(crate) fn ending(&self) -> &'static str {
        if self.surroundings.has_titles() { GIVE_TITLE_BACK } else { "" }
    }

    /// Hands the desktop its notices and returns what is written for the others; it may be nothing.
    pub(crate) fn emit(&mut self, notices: &[Notice]) -> String {
        let mut bytes = String::new();
        for notice in notices {
            match notice {
                Notice::Bell => bytes.push_str(BELL),
                Notice::Terminal(words) => {
                    bytes.push_str(&self.surroundings.notice(self.terminal, words).unwrap_or_default());
                }
                Notice::Desktop(words) => self.desktop.show(words),
            }
        }
        bytes
    }

    /// Returns what is written for another title; nothing when it stands there already.
    pub(crate) fn title(&mut self, title: &Title) -> Option<String> {
        let words = title.words();
        if !self.surroundings.has_titles() || self.title.as_ref() == Some(&words) {
            return None;
        }
        let bytes = sequences::title(&words);
        self.title = Some(words);
        Some(bytes)
    }

    /// Returns why the desktop shows nothing, once.
    pub(crate) fn trouble(&mut self) -> Option<String> {
        self.desktop.trouble()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Words;
    use super::*;

    #[test]
    fn a_title_is_written_when_it_changes_and_the_old_one_is_given_back_at_the_end() {
        let mut outlet = outlet("xterm-kitty");
        let title = Title { unread: 3, mentions: 0, place: "#ops".to_owned() };
        assert_eq!(outlet.open(), "\x1b[22;2t");
        assert_eq!(outlet.title(&title).as_deref(), Some("\x1b]2;chat (3) #ops\x07"));
        assert_eq!(outlet.title(&title), None);
        assert_eq!(outlet.close(), "\x1b]2;\x07\x1b[23;2t");
        assert!(outlet.title(&title).is_some(), "another program had the terminal");
    }

    #[test]
    fn a_terminal_without_titles_is_left_alone() {
        let mut outlet = outlet("linux");
        assert_eq!((outlet.open(), outlet.close()), ("", ""));
        assert_eq!(outlet.title(&Title { unread: 1, mentions: 0, place: String::new() }), None);
    }

    #[test]
    fn a_bell_and_a_notice_are_written_together() {
        let words = Words { title: "message from bob".to_owned(), body: String::new() };
        let bytes = outlet("xterm-kitty").emit(&[Notice::Bell, Notice::Terminal(words)]);
        assert_eq!(bytes, "\x07\x1b]777;notify;message from bob;\x07");
        assert_eq!(outlet("xterm").emit(&[]), "");
    }

    fn outlet(term: &str) -> Outlet {
        let around = Surroundings::of(|name| (name == "TERM").then(|| term.to_owned()));
        Outlet::with(&NotifyConfig::default(), around, Desktop::none())
    }
}
