//! What a command will do, in words, before it is done: to whom, for how long, and the way back.
//!
//! The full screen asks one question exactly where [`Consequences::undoable`] is false: where the person who typed it
//! cannot take it back, or where others feel it before it can be taken back. Line mode asks nothing.

use client_cli::Post;
use domain::raid::RaidLevel;
use domain::sanction::Length;
use domain::text::term_safe;
use proto::ids::RoomId;
use proto::message::Command;

use super::ask::Ask;
use super::commands::Verb;

/// What a person is told before they say yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Consequences {
    /// The question, in a few words.
    pub(crate) title: String,
    /// What will happen, to whom, for how long, and how it can be undone.
    pub(crate) lines: Vec<String>,
    /// The label of the button that does it.
    pub(crate) yes: String,
    /// Nobody need be asked: the person can take it back and little happens until then.
    pub(crate) undoable: bool,
}

/// A command that moderates or gives something up, and why a question comes before it or not.
#[derive(Debug)]
#[cfg_attr(not(test), expect(dead_code, reason = "the reasons are for who reads and tests the table"))]
struct Rule {
    verb: Verb,
    undoable: bool,
    why: &'static str,
}

/// Every command with consequences.
const RULES: &[Rule] = &[
    rule(Verb::Kick, false, "it acts at once, and only the person can come back"),
    rule(
        Verb::Ban,
        false,
        "it cuts connections and takes the keys of sealed rooms; lifting it gives neither back",
    ),
    rule(Verb::Unban, true, "the next /ban restores it"),
    rule(Verb::RoomBan, false, "it puts somebody out at once, and in a sealed room takes their keys"),
    rule(Verb::RoomUnban, true, "the next /roomban restores it"),
    rule(Verb::Mute, true, "/unmute ends it, and nothing is lost meanwhile"),
    rule(Verb::Unmute, true, "the next /mute restores it"),
    rule(Verb::Slow, true, "/slow off ends it"),
    rule(Verb::Raid, true, "/raid 5 ends it; only level 1 cuts connections and asks"),
    rule(Verb::Purge, false, "only the dashboard brings the texts back, and only for a day"),
    rule(Verb::Delete, false, "nobody brings a deleted text back"),
    rule(
        Verb::Remove,
        false,
        "the room's keys change at once, and what is said meanwhile stays closed to them",
    ),
    rule(
        Verb::Leave,
        true,
        "one joins an open room again; a sealed one asks, since only its members let one in",
    ),
    rule(Verb::Devices, false, "a device that was logged out for good never comes back as itself"),
    rule(
        Verb::Report,
        true,
        "moderators look and decide; in a sealed room it asks, since texts are opened for good",
    ),
];

/// Returns what a question to the server will do; nothing for what has no consequences.
pub(crate) fn consequences(verb: Verb, ask: &Ask) -> Option<Consequences> {
    let rule = RULES.iter().find(|rule| rule.verb == verb)?;
    let told = match ask {
        Ask::Do { command, .. } => measure(command)?,
        Ask::Purge { command: Command::Purge { seconds, .. }, whom } => purge(whom, *seconds),
        Ask::Post { post: Post::Delete { target }, .. } => delete(*target),
        Ask::PutOut { place, name, .. } => put_out(name, place),
        Ask::Leave { name, .. } => leave(name),
        Ask::Revoke(device) => revoke(*device),
        Ask::Report { about, .. } => report(about),
        Ask::ReportSealed { about, seqs, .. } => report_sealed(about, seqs.len()),
        _ => return None,
    };
    let undoable = match told.weight {
        Weight::AsTheTable => rule.undoable,
        Weight::Heavy => false,
    };
    let Told { title, lines, yes, .. } = told;
    Some(Consequences { title, lines, yes: yes.to_owned(), undoable })
}

#[derive(Debug)]
struct Told {
    title: String,
    lines: Vec<String>,
    yes: &'static str,
    weight: Weight,
}

/// Whether this very use of a command weighs more than its row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    AsTheTable,
    Heavy,
}

fn told<const N: usize>(title: String, lines: [String; N], yes: &'static str) -> Told {
    Told { title, lines: lines.into(), yes, weight: Weight::AsTheTable }
}

/// What the server does for one command.
fn measure(command: &Command) -> Option<Told> {
    Some(match command {
        Command::Kick { room, name, reason } if *room == LOBBY => {
            let name = safe(name);
            let lines = [
                format!("All connections of {name} are cut at once. {}", heard(reason)),
                format!("{name} can connect again at any time; /ban keeps somebody out."),
            ];
            told(format!("Cut the connections of {name}?"), lines, "Cut")
        }
        Command::Kick { name, reason, .. } => {
            let name = safe(name);
            let lines = [
                format!("{name} is out of this room at once. {}", heard(reason)),
                format!(
                    "{name} may join an open room again; into a sealed one a member has to let them. /roomban keeps somebody out."
                ),
            ];
            told(format!("Remove {name} from this room?"), lines, "Remove")
        }
        Command::Ban { name, reason, seconds } => {
            let name = safe(name);
            let lines = [
                format!("{name} is cut off at once and cannot log in, {}. {}", length(*seconds), heard(reason)),
                "They lose the keys of their sealed rooms, also if the ban is lifted: members have to let them in again.".to_owned(),
                format!("/unban {name} lifts it; they can appeal once."),
            ];
            told(format!("Ban {name} from the server?"), lines, "Ban")
        }
        Command::Unban { name, .. } => {
            let name = safe(name);
            let lines = [
                format!(
                    "{name} can log in again. Sealed rooms they were in stay closed to them until somebody lets them in."
                ),
                format!("/ban {name} bans them again."),
            ];
            told(format!("Lift the ban of {name}?"), lines, "Lift")
        }
        other => return measure_in_rooms(other),
    })
}

fn measure_in_rooms(command: &Command) -> Option<Told> {
    Some(match command {
        Command::RoomBan { name, reason, seconds, .. } => {
            let name = safe(name);
            let lines = [
                format!(
                    "{name} is out of this room at once and cannot come back, {}. {}",
                    length(*seconds),
                    heard(reason)
                ),
                "In a sealed room they also lose its keys: what is said from here on stays closed to them."
                    .to_owned(),
                format!("/roomunban {name} ends it."),
            ];
            told(format!("Keep {name} out of this room?"), lines, "Keep out")
        }
        Command::RoomUnban { name, .. } => {
            let name = safe(name);
            let lines =
                [format!("{name} may come into this room again. /roomban {name} keeps them out again.")];
            told(format!("Let {name} into this room again?"), lines, "Let in")
        }
        Command::Mute { room, name, reason, seconds } => {
            let (name, place) = (safe(name), place(*room));
            let here = if room.is_some() { "here " } else { "" };
            let lines = [
                format!("{name} reads and cannot write {place}, {}. {}", length(*seconds), heard(reason)),
                format!("/unmute {here}{name} ends it."),
            ];
            told(format!("Mute {name} {place}?"), lines, "Mute")
        }
        Command::Unmute { room, name, .. } => {
            let (name, place) = (safe(name), place(*room));
            told(format!("Unmute {name}?"), [format!("{name} may write {place} again.")], "Unmute")
        }
        Command::SlowMode { seconds: 0, .. } => told(
            "End slow mode?".to_owned(),
            ["Everybody writes in this room as they like.".to_owned()],
            "End",
        ),
        Command::SlowMode { seconds, .. } => {
            let lines = [format!(
                "Everybody but staff waits {seconds} s between two messages in this room. /slow off ends it."
            )];
            told("Slow this room down?".to_owned(), lines, "Slow down")
        }
        Command::Raid { level, minutes, .. } => raid(*level, *minutes)?,
        _ => return None,
    })
}

fn raid(level: u8, minutes: u32) -> Option<Told> {
    let level = RaidLevel::new(level)?;
    let until = match minutes {
        0 => "until somebody changes it".to_owned(),
        minutes => length(Some(u64::from(minutes) * 60)),
    };
    let mut lines = vec![format!("For the whole server, {until}: {}. /raid 5 ends it.", level.words())];
    let mut weight = Weight::AsTheTable;
    if level == RaidLevel::STAFF_ONLY {
        lines.push("Everybody but staff is cut off at once.".to_owned());
        weight = Weight::Heavy;
    }
    Some(Told { title: format!("Set the raid level to {level}?"), lines, yes: "Set", weight })
}

fn purge(whom: &str, seconds: Option<u64>) -> Told {
    let whom = safe(whom);
    let stretch = match seconds {
        None => "ever wrote".to_owned(),
        Some(seconds) => format!("wrote in the last {}", length(Some(seconds)).trim_start_matches("for ")),
    };
    let lines = [
        format!(
            "Everything that {whom} {stretch} reads as removed, in all rooms and for everybody, files as well."
        ),
        "Everybody online is told. It stands in the audit log under your name.".to_owned(),
        "You cannot undo it here. For 24 hours the dashboard can; then the texts are wiped for good."
            .to_owned(),
    ];
    told(format!("Remove what {whom} {stretch}?"), lines, "Remove")
}

fn delete(target: proto::ids::Seq) -> Told {
    let lines = [
        "Its text is gone for everybody, and nobody can bring it back.".to_owned(),
        "A message of somebody else: moderators only, and it stands in the audit log under your name."
            .to_owned(),
    ];
    told(format!("Delete message {target}?"), lines, "Delete")
}

fn put_out(name: &str, place: &str) -> Told {
    let (name, place) = (safe(name), safe(place));
    let lines = [
        format!("{name} is out of {place} with all their devices, and the room's keys change at once."),
        "They keep what they have read; nothing that is said from here on opens for them.".to_owned(),
        format!("/invite {name} lets them in again, without what was said meanwhile."),
    ];
    told(format!("Put {name} out of {place}?"), lines, "Put out")
}

/// The marks in front of a room's name tell whether its members let people in.
fn leave(name: &str) -> Told {
    let sealed = name.starts_with('~') || (name.starts_with('@') && !name.starts_with("@@"));
    let name = safe(name);
    let title = format!("Leave {name}?");
    if !sealed {
        return told(title, [format!("You can come back at any time: /join {name}.")], "Leave");
    }
    let lines = [
        "The room's keys change: what is said after this does not open for you.".to_owned(),
        "You cannot come back by yourself. A member has to let you in, and what was said meanwhile stays closed.".to_owned(),
    ];
    Told { weight: Weight::Heavy, ..told(title, lines, "Leave") }
}

fn revoke(device: proto::ids::DeviceId) -> Told {
    let lines = [
        format!("Device {device} is cut off at once and can never log in again as the same device."),
        "It loses the keys of your sealed rooms. The same machine can log in as a new device, and has to be approved.".to_owned(),
    ];
    told(format!("Log device {device} out for good?"), lines, "Log out")
}

fn report(about: &str) -> Told {
    let about = safe(about);
    let lines = [
        format!("The moderators see {about}, a few lines around, your name, and your note."),
        "Who is reported is not told who it was. A report cannot be withdrawn; /reports tells what becomes of it.".to_owned(),
    ];
    told(format!("Report {about}?"), lines, "Report")
}

fn report_sealed(about: &str, messages: usize) -> Told {
    let about = safe(about);
    let opened = if messages == 1 { "this message".to_owned() } else { format!("these {messages} messages") };
    let lines = [
        format!("The room is sealed: the moderators cannot read it. Your report opens {opened} to them, with the proof who wrote it."),
        "Nothing else of the room is opened. They see your name and your note; who is reported is not told who it was.".to_owned(),
        "What is opened cannot be closed again.".to_owned(),
    ];
    Told { weight: Weight::Heavy, ..told(format!("Open {about} to the moderators?"), lines, "Report") }
}

fn safe(text: &str) -> String {
    term_safe(text).into_owned()
}

/// What the person hears of the reason.
fn heard(reason: &str) -> String {
    match reason.trim() {
        "" => "They are told no reason.".to_owned(),
        reason => format!("They are told why: {}.", safe(reason).trim_end_matches('.')),
    }
}

fn place(room: Option<RoomId>) -> &'static str {
    if room.is_some() { "in this room" } else { "everywhere" }
}

fn length(seconds: Option<u64>) -> String {
    match seconds.map(Length::for_seconds) {
        Some(Ok(length)) => format!("for {length}"),
        Some(Err(_)) => "for a time that is not possible".to_owned(),
        None => "for good".to_owned(),
    }
}

const fn rule(verb: Verb, undoable: bool, why: &'static str) -> Rule {
    Rule { verb, undoable, why }
}

/// The room everybody is in.
const LOBBY: RoomId = RoomId::new(1).expect("1 is within the range of ids");

#[cfg(test)]
mod tests;
