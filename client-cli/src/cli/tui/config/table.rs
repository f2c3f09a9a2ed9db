//! Every key of `chat.toml` with its explanation: makes `deploy/chat.toml` and the user guide's table.

use std::fmt::Write;

use crate::cli::tui::keys::{ACTIONS, Row};

/// One key of the configuration.
pub(crate) struct Setting {
    /// The table it stands in; empty for the top of the file.
    pub(crate) section: &'static str,
    pub(crate) name: &'static str,
    /// Its default as it is written, or an example where it has none.
    pub(crate) value: &'static str,
    pub(crate) has_default: bool,
    pub(crate) help: &'static str,
    /// What it may be, each with a few words; for keys that choose.
    pub(crate) choices: &'static [(&'static str, &'static str)],
}

/// All keys but those of `[keys]`, in the order of the file.
pub(crate) const SETTINGS: &[Setting] = &[
    setting(
        "",
        "theme",
        "\"dark\"",
        "The colours. /theme changes them until the program ends. With NO_COLOR set there are none, whatever stands here.",
        &[
            ("dark", "for dark terminals"),
            ("light", "for light terminals"),
            ("high-contrast", "black, white and few strong colours"),
            ("none", "no colour at all, only bold, underlined and reversed"),
        ],
    ),
    setting(
        "",
        "mouse",
        "true",
        "Whether clicks and the wheel are for the program. The terminal then marks text with Shift held; over mosh and some old terminals false works better.",
        &[],
    ),
    setting(
        "",
        "images",
        "\"auto\"",
        "How pictures are drawn.",
        &[
            ("auto", "as the terminal says it can"),
            ("half-blocks", "as coloured half characters, which work everywhere"),
            ("kitty", "with kitty's protocol"),
            ("sixel", "as sixels"),
            ("iterm2", "with iTerm2's protocol"),
            ("off", "only name and size"),
        ],
    ),
    setting(
        "",
        "emoji",
        "\"unicode\"",
        "How emoji are shown.",
        &[("unicode", "as they are"), ("shortcode", "as :words:, where lines with emoji are out of place")],
    ),
    Setting {
        section: "",
        name: "downloads",
        value: "\"~/Downloads\"",
        has_default: false,
        help: "The folder that files go to; it begins with / or ~/. The variable CHAT_DOWNLOADS wins. Not set: the folder for downloads that the desktop names, or the one the program was started in.",
        choices: &[],
    },
    setting(
        "notify",
        "when",
        "\"mentions\"",
        "What is told while you look elsewhere. Rooms that are quiet (/quiet) only tell mentions, people you ignore (/ignore) nothing.",
        &[
            ("off", "nothing"),
            ("mentions", "messages with your @name, and messages to you alone"),
            ("all", "every message"),
        ],
    ),
    setting(
        "notify",
        "bell",
        "true",
        "Whether the terminal's bell rings, which also works over ssh; most terminals can show it instead.",
        &[],
    ),
    setting(
        "notify",
        "terminal",
        "\"auto\"",
        "Whether the terminal is asked to show a notification: who wrote and where. In tmux it needs \"set -g allow-passthrough on\".",
        &[
            ("auto", "where the terminal is known to understand it"),
            ("off", "never"),
            ("osc9", "as iTerm2, kitty, WezTerm and ghostty read it"),
            ("osc777", "as foot, urxvt, kitty, WezTerm and ghostty read it"),
        ],
    ),
    setting(
        "notify",
        "desktop",
        "false",
        "Whether the desktop shows a notification itself. It keeps a list of them and may show them on a locked screen, where others read them; that is why it is off. Needs a program built with the feature \"desktop\".",
        &[],
    ),
    setting(
        "notify",
        "show_text",
        "\"open\"",
        "Whether notifications of the terminal and the desktop show what was said, or only who wrote and where.",
        &[
            ("never", "only who and where"),
            ("open", "what was said in open rooms, which the server can read as well"),
            ("always", "also what was said in sealed rooms; it leaves this program then"),
        ],
    ),
];

const fn setting(
    section: &'static str,
    name: &'static str,
    value: &'static str,
    help: &'static str,
    choices: &'static [(&'static str, &'static str)],
) -> Setting {
    Setting { section, name, value, has_default: true, help, choices }
}

/// Returns the annotated file as it is shipped.
pub(crate) fn example() -> String {
    let mut file = String::from(TOP);
    let mut section = "";
    for setting in SETTINGS {
        if setting.section != section {
            section = setting.section;
            let _ = write!(file, "\n[{section}]");
        }
        file.push('\n');
        comment(&mut file, setting.help);
        for (word, what) in setting.choices {
            let _ = writeln!(file, "#   {:<16} {what}", format!("\"{word}\""));
        }
        let _ = writeln!(file, "#{} = {}", setting.name, setting.value);
    }
    file.push_str(KEYS);
    for row in ACTIONS {
        file.push('\n');
        comment(&mut file, row.help);
        let _ = writeln!(file, "#{} = {}", row.name, keys(row));
    }
    file
}

fn keys(row: &Row) -> String {
    let quoted: Vec<_> = row.keys.iter().map(|key| format!("\"{key}\"")).collect();
    format!("[{}]", quoted.join(", "))
}

/// Writes a comment in lines of a readable length.
fn comment(file: &mut String, text: &str) {
    let mut line = String::from("#");
    for word in text.split(' ') {
        if WIDTH < line.len() + word.len() {
            let _ = writeln!(file, "{line}");
            line.truncate(1);
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(file, "{line}");
}

const TOP: &str = "\
# Settings of chat's full-screen interface, for all profiles. Every key is listed with its default, as a comment: take
# the '#' off to change one. A key that is not listed here is an error.
#
# The program looks for this file as ~/.config/livechat/chat.toml (XDG_CONFIG_HOME and CHAT_HOME are honoured).
";
const KEYS: &str = "
# The keys of each action: one key, a list of keys, or [] for none. What is set here replaces the action's own keys.
# Keys are written like \"ctrl-k\", \"alt-enter\", \"shift-right\", \"f3\", \"pageup\" or \"space\" with ctrl or alt. A key may
# do one thing only. Letters without ctrl or alt are for writing. In boxes above the chat Esc and Ctrl-C always close.
[keys]
";
const WIDTH: usize = 118;
