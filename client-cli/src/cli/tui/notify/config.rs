//! The `[notify]` table of the configuration.

use serde::Deserialize;

/// What calls the person, and how.
///
/// The defaults are the ones that help without telling anybody anything: mentions and direct messages ring, the
/// terminal shows a notice where it is known to, what was said in sealed rooms is not in it, and no other program on
/// the desktop hears of it unless the person asks for that.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NotifyConfig {
    pub(crate) when: When,
    /// Ring the terminal's bell. It also works over ssh and in tmux.
    pub(crate) bell: bool,
    pub(crate) terminal: TerminalNotice,
    /// Notices of the desktop this program runs on; of no use over ssh.
    pub(crate) desktop: bool,
    pub(crate) show_text: ShowText,
}

/// Which messages call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum When {
    Off,
    /// Mentions and direct messages.
    #[default]
    Mentions,
    /// Every message, except in quiet rooms.
    All,
}

/// Notices that the terminal shows outside of its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TerminalNotice {
    /// Where the terminal is known to show them, and the desktop's own are not wanted.
    #[default]
    Auto,
    Off,
    Osc9,
    Osc777,
}

/// Whose words a notice may hold. Others keep and show it: tmux, the notification centre, the lock screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ShowText {
    /// Who wrote and where, and never what.
    Never,
    /// What was said where the server reads along anyway; of sealed rooms only who and where.
    #[default]
    Open,
    /// What was said, also in sealed rooms.
    Always,
}

impl Default for NotifyConfig {
    fn default() -> Self {
        Self {
            when: When::default(),
            bell: true,
            terminal: TerminalNotice::default(),
            desktop: false,
            show_text: ShowText::default(),
        }
    }
}
