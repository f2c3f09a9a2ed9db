//! The slash commands: one table for parsing, `/help` and the user guide.
// tidy: long because it is one table of commands.

use domain::role::{self, Action};
use proto::message::Role;

/// What a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Help,
    Members,
    Who,
    Msg,
    Me,
    Room,
    Rooms,
    Join,
    Leave,
    Create,
    Invite,
    Remove,
    Keys,
    Verify,
    Topic,
    Reply,
    Edit,
    Delete,
    React,
    Unreact,
    History,
    Search,
    Whoami,
    Status,
    Devices,
    Totp,
    Upload,
    Download,
    Reveal,
    Stego,
    Files,
    Report,
    Reports,
    Kick,
    Mute,
    Unmute,
    Ban,
    Unban,
    RoomBan,
    RoomUnban,
    Slow,
    Raid,
    Purge,
    Quiet,
    Ignore,
    Unignore,
    Theme,
    Unsent,
    Retry,
    Reconnect,
    Disconnect,
}

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) verb: Verb,
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) arguments: &'static str,
    /// What a role must permit; the server decides, this only helps finding out.
    pub(crate) needs: Option<Action>,
    pub(crate) help: &'static str,
}

/// All commands, in the order of `/help`.
pub(crate) const TABLE: &[Row] = &[
    row(Verb::Help, "help", &["h"], "[COMMAND]", None, "Lists the commands, or explains one."),
    row(
        Verb::Members,
        "chatmember",
        &["members"],
        "[ROOM]",
        None,
        "Lists who is in this room, and who of them is online.",
    ),
    row(Verb::Who, "who", &[], "[ROOM]", None, "Lists who of this room is online."),
    row(
        Verb::Msg,
        "msg",
        &["tell"],
        "NAME TEXT",
        Some(Action::OpenDirect),
        "Writes to one person alone. Sealed: only the two of you can read it.",
    ),
    row(Verb::Me, "me", &[], "TEXT", Some(Action::Send), "Says what you do: /me waves."),
    row(
        Verb::Room,
        "room",
        &["switch"],
        "ROOM",
        None,
        "Goes to one of your rooms; @NAME goes to a direct conversation.",
    ),
    row(
        Verb::Rooms,
        "rooms",
        &["list"],
        "[mine]",
        None,
        "Lists the open rooms of the server, or only yours.",
    ),
    row(Verb::Join, "join", &[], "ROOM", Some(Action::JoinOpen), "Joins an open room and goes there."),
    row(Verb::Leave, "leave", &["part"], "[ROOM]", None, "Leaves a room. Nobody leaves the lobby."),
    row(
        Verb::Create,
        "create",
        &[],
        "[--sealed] ROOM [TOPIC]",
        Some(Action::CreateRoom),
        "Makes a room and goes there: an open one, or a sealed one that only its members can read.",
    ),
    row(
        Verb::Invite,
        "invite",
        &[],
        "NAME",
        Some(Action::Send),
        "Lets somebody into this sealed room, with all their devices.",
    ),
    row(
        Verb::Remove,
        "remove",
        &[],
        "NAME",
        Some(Action::Send),
        "Puts somebody out of this sealed room: they read nothing that is said after this.",
    ),
    row(Verb::Keys, "keys", &[], "", None, "Shows who can read this room, and whether you can write."),
    row(
        Verb::Verify,
        "verify",
        &[],
        "NAME [matches]",
        None,
        "Shows the digits to compare with somebody, so that nobody stands in between.",
    ),
    row(
        Verb::Topic,
        "topic",
        &[],
        "[TEXT]",
        Some(Action::SetTopic),
        "Shows this room's topic, or sets it; /topic - removes it.",
    ),
    row(
        Verb::Reply,
        "reply",
        &["r"],
        "NUMBER TEXT",
        Some(Action::Send),
        "Replies to the message with this number.",
    ),
    row(Verb::Edit, "edit", &[], "NUMBER TEXT", Some(Action::EditOwn), "Replaces the text of your message."),
    row(
        Verb::Delete,
        "delete",
        &["del"],
        "NUMBER",
        Some(Action::DeleteOwn),
        "Removes your message; moderators remove any.",
    ),
    row(
        Verb::React,
        "react",
        &[],
        "NUMBER EMOJI",
        Some(Action::React),
        "Reacts to a message with one emoji.",
    ),
    row(Verb::Unreact, "unreact", &[], "NUMBER EMOJI", Some(Action::React), "Takes your reaction back."),
    row(
        Verb::History,
        "history",
        &["log"],
        "[COUNT] [before NUMBER]",
        None,
        "Shows what was said in this room before.",
    ),
    row(Verb::Search, "search", &["find"], "WORDS", None, "Finds words in all your rooms, newest first."),
    row(Verb::Whoami, "whoami", &[], "", None, "Shows your name, role, server and device."),
    row(Verb::Status, "status", &[], "", None, "Shows the connection and what is unsent."),
    row(
        Verb::Devices,
        "devices",
        &[],
        "[approve NUMBER CODE | revoke NUMBER]",
        None,
        "Lists the devices logged in as you, lets one read sealed rooms, or ends one's login.",
    ),
    row(Verb::Totp, "totp", &[], "", None, "Replaces your authenticator with a new one."),
    row(
        Verb::Upload,
        "upload",
        &[],
        "FILE [CAPTION] [--lock] [--hide TEXT]",
        Some(Action::Send),
        "Sends a file; --lock and --hide ask for a passphrase. /upload resume goes on.",
    ),
    row(
        Verb::Download,
        "download",
        &["get"],
        "NUMBER|last [FOLDER]",
        None,
        "Fetches the file of a message of this room.",
    ),
    row(
        Verb::Reveal,
        "reveal",
        &[],
        "NUMBER|last|FILE",
        None,
        "Shows the message that is hidden in an image, to who knows its passphrase.",
    ),
    row(
        Verb::Stego,
        "stego",
        &[],
        "hide FILE TEXT | reveal NUMBER|last|FILE",
        None,
        "Sends an image with a text hidden in it, or shows a hidden one, as /upload --hide and /reveal.",
    ),
    row(
        Verb::Files,
        "files",
        &[],
        "[stop NUMBER]",
        None,
        "Lists the files of this room and running transfers, or stops one.",
    ),
    row(
        Verb::Report,
        "report",
        &[],
        "NUMBER[,NUMBER...]|NAME [CATEGORY] [NOTE]",
        Some(Action::Report),
        "Tells the moderators about messages of this room, or about a person.",
    ),
    row(Verb::Reports, "reports", &[], "", None, "Lists your reports and what became of them."),
    row(
        Verb::Kick,
        "kick",
        &[],
        "NAME [REASON]",
        Some(Action::Kick),
        "Removes somebody from this room; from the lobby: cuts their connections.",
    ),
    row(
        Verb::Mute,
        "mute",
        &["timeout"],
        "[here] NAME [DURATION] [REASON]",
        Some(Action::Mute),
        "Takes somebody's right to write, everywhere or only here.",
    ),
    row(
        Verb::Unmute,
        "unmute",
        &[],
        "[here] NAME [REASON]",
        Some(Action::Mute),
        "Gives somebody the right to write back.",
    ),
    row(
        Verb::Ban,
        "ban",
        &[],
        "NAME [DURATION] [REASON]",
        Some(Action::Ban),
        "Bans somebody from the server, for 10m, 1h, 7d, 2w or for good.",
    ),
    row(Verb::Unban, "unban", &[], "NAME [REASON]", Some(Action::Unban), "Lifts a ban."),
    row(
        Verb::RoomBan,
        "roomban",
        &[],
        "NAME [DURATION] [REASON]",
        Some(Action::Ban),
        "Keeps somebody out of this room.",
    ),
    row(
        Verb::RoomUnban,
        "roomunban",
        &[],
        "NAME [REASON]",
        Some(Action::Unban),
        "Lets somebody into this room again.",
    ),
    row(
        Verb::Slow,
        "slow",
        &[],
        "DURATION|off",
        Some(Action::SetSlowMode),
        "Sets how long each person waits between two messages here.",
    ),
    row(
        Verb::Raid,
        "raid",
        &[],
        "LEVEL [DURATION] [REASON]",
        Some(Action::SetRaidLevel),
        "Closes the server: 5 not at all, 4 newcomers, 3 links, 2 known people only, 1 staff only.",
    ),
    row(
        Verb::Purge,
        "purge",
        &[],
        "NAME [DURATION|all] [REASON]",
        Some(Action::Purge),
        "Removes what somebody wrote in all rooms, in the last day or as long as you say.",
    ),
    row(
        Verb::Quiet,
        "quiet",
        &[],
        "[ROOM]",
        None,
        "Only tells you of mentions in a room; said again: of everything.",
    ),
    row(
        Verb::Ignore,
        "ignore",
        &[],
        "[NAME]",
        None,
        "Shows nothing that somebody says, on this device; without a name: whom you ignore.",
    ),
    row(Verb::Unignore, "unignore", &[], "NAME", None, "Shows again what somebody says."),
    row(
        Verb::Theme,
        "theme",
        &[],
        "[THEME]",
        None,
        "Changes the colours of the full screen, or names the themes there are.",
    ),
    row(
        Verb::Unsent,
        "unsent",
        &[],
        "",
        None,
        "Shows messages the server refused and how many are on their way.",
    ),
    row(
        Verb::Retry,
        "retry",
        &[],
        "",
        Some(Action::Send),
        "Sends the messages again that the server refused.",
    ),
    row(Verb::Reconnect, "reconnect", &[], "", None, "Connects at once instead of waiting for the next try."),
    row(
        Verb::Disconnect,
        "disconnect",
        &["quit", "exit", "q"],
        "",
        None,
        "Says goodbye and ends the program.",
    ),
];

/// What a typed line is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Typed<'a> {
    /// Nothing to do.
    Nothing,
    /// Something to say in the current room.
    Say(&'a str),
    /// A command and what stands behind it.
    Command(Verb, &'a str),
    /// A slash and something that is no command, with the command that comes nearest.
    Unknown(&'a str, Option<&'static str>),
}

/// Reads a typed line. `//` in front says something that begins with one slash.
pub(crate) fn parse(line: &str) -> Typed<'_> {
    if line.trim().is_empty() {
        return Typed::Nothing;
    }
    let Some(rest) = line.strip_prefix('/') else { return Typed::Say(line) };
    if rest.starts_with('/') {
        return Typed::Say(rest);
    }
    let (word, arguments) = first_word(rest);
    match find(word) {
        Some(row) => Typed::Command(row.verb, arguments),
        None => Typed::Unknown(word, nearest(word)),
    }
}

/// Splits a word off.
pub(crate) fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_once(char::is_whitespace).map_or((text, ""), |(word, rest)| (word, rest.trim()))
}

/// Finds a row by its name or an alias.
pub(crate) fn find(word: &str) -> Option<&'static Row> {
    let word = word.to_lowercase();
    TABLE.iter().find(|row| row.name == word || row.aliases.contains(&word.as_str()))
}

/// Returns how a command is typed: its name and arguments.
pub(crate) fn usage(row: &Row) -> String {
    if row.arguments.is_empty() {
        format!("/{}", row.name)
    } else {
        format!("/{} {}", row.name, row.arguments)
    }
}

/// Returns the row of a verb.
pub(crate) fn row_of(verb: Verb) -> &'static Row {
    TABLE.iter().find(|row| row.verb == verb).expect("each verb has a row; a test looks for it")
}

/// Returns whether a role may use a command, as far as this side knows.
pub(crate) fn may_use(role: Role, row: &Row) -> bool {
    row.needs.is_none_or(|action| role::permits(role, action))
}

/// Returns who may use a command, in words.
pub(crate) fn who(row: &Row) -> &'static str {
    match row.needs {
        None => "everybody",
        Some(action) if role::permits(Role::Bot, action) || role::permits(Role::Member, action) => {
            "who may write"
        }
        Some(action) if role::permits(Role::Moderator, action) => "moderators",
        Some(_) => "admins",
    }
}

fn nearest(word: &str) -> Option<&'static str> {
    let word = word.to_lowercase();
    let names = TABLE.iter().flat_map(|row| std::iter::once(row.name).chain(row.aliases.iter().copied()));
    let rated = names.map(|name| (strsim::damerau_levenshtein(&word, name), name));
    let (distance, name) = rated.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + word.chars().count() / 3).then_some(name)
}

const fn row(
    verb: Verb,
    name: &'static str,
    aliases: &'static [&'static str],
    arguments: &'static str,
    needs: Option<Action>,
    help: &'static str,
) -> Row {
    Row { verb, name, aliases, arguments, needs, help }
}

#[cfg(test)]
mod tests;
