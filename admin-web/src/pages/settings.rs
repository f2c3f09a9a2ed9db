//! Settings of moderation: value, default, who changed it; a change is shown before it is saved.

use askama::Template;
use domain::role::permits;
use domain::settings::{Form, KEYS, Key, Value, parse};
use proto::ids::Timestamp;
use proto::message::Role;
use store::SettingRow;

use crate::filters;
use crate::forms::sentence;
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::shell::Shell;
use crate::view::{Choice, When, address};

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    shell: Shell,
    change: Option<Change>,
    groups: Vec<Group>,
}

/// A change that was asked for and not saved yet.
struct Change {
    key: &'static str,
    value: String,
    before: String,
    after: String,
    fault: String,
}

struct Group {
    name: &'static str,
    rows: Vec<Row>,
}

struct Row {
    key: &'static str,
    help: &'static str,
    origin: String,
    default: &'static str,
    value: String,
    placeholder: &'static str,
    choices: Vec<Choice>,
    is_secret: bool,
    may_change: bool,
}

/// Headings, by what the names of settings begin with.
const GROUPS: [(&str, &str); 8] = [
    ("registration", "Registration"),
    ("newcomer", "Newcomers"),
    ("flood", "Floods"),
    ("appeals", "Appeals"),
    ("reports", "Reports"),
    ("webhook", "Alerts"),
    ("retention", "Keeping messages"),
    ("files", "Files"),
];

/// `GET /settings`; with a key and a value in the address it shows what would change.
pub(crate) async fn page(call: Call) -> Result<Reply, Refusal> {
    let (key, value) = (call.query.get("key").to_owned(), call.query.get("value").to_owned());
    let key = Key::from_name(&key).filter(|key| !key.is_secret());
    show(&call, key.map(|key| (key, value))).await
}

/// `POST /settings`: shows a change, or saves it.
pub(crate) async fn submit(call: Call) -> Result<Reply, Refusal> {
    let Some(key) = Key::from_name(call.form.get("key")) else { return Err(Refusal::NotFound) };
    let typed = call.form.get("value").to_owned();
    if !permits(call.viewer.role, key.row().needs) {
        return Err(Refusal::Forbidden(key.row().needs));
    }
    let Ok(value) = parse(key, &typed) else { return show(&call, Some((key, typed))).await };
    if call.form.get("step") != "do" {
        return show(&call, Some((key, typed))).await;
    }
    // A secret never stands in an address, so it is typed again after the proof.
    let shown = if key.is_secret() { "" } else { typed.as_str() };
    let back = if key.is_secret() {
        "/settings".to_owned()
    } else {
        address("/settings", &[("key", key.name()), ("value", shown)])
    };
    call.stepped_up(&back)?;
    call.act(move |staff| staff.set_setting(&value)).await?;
    kit::done("/settings", &format!("{} is saved and in force.", key.name()))
}

async fn show(call: &Call, asked: Option<(Key, String)>) -> Result<Reply, Refusal> {
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method's path has one lifetime, not any"
    )]
    let stored = call.read(|reads| reads.settings()).await?;
    let change = asked.map(|(key, typed)| Change::of(key, &typed, &stored));
    let faulty = change.as_ref().is_some_and(|change| !change.fault.is_empty());
    let page = SettingsPage {
        shell: call.shell.clone(),
        change,
        groups: groups(&stored, call.viewer.role, call.now),
    };
    if faulty { kit::faulty(&page) } else { kit::page(&page) }
}

impl Change {
    fn of(key: Key, typed: &str, stored: &[SettingRow]) -> Self {
        let before = present(key, stored);
        let mut change = Self {
            key: key.name(),
            value: typed.to_owned(),
            before: shown(&before),
            after: String::new(),
            fault: String::new(),
        };
        match parse(key, typed) {
            Ok(value) if value.stored() == before.stored() => {
                change.after = shown(&value);
                "That is the value it has.".clone_into(&mut change.fault);
            }
            Ok(value) if key.is_secret() => {
                change.after = if value.stored().is_empty() { "not set" } else { "a new secret" }.to_owned();
            }
            Ok(value) => change.after = shown(&value),
            Err(error) => {
                change.after = if key.is_secret() { String::new() } else { typed.to_owned() };
                change.fault = sentence(error);
            }
        }
        change
    }
}

/// Returns the value that is in force.
fn present(key: Key, stored: &[SettingRow]) -> Value {
    let row = stored.iter().find(|row| row.key == key.name());
    row.and_then(|row| parse(key, &row.value).ok()).unwrap_or_else(|| key.default_value())
}

/// Returns a value as a page shows it; nothing is said as such.
fn shown(value: &Value) -> String {
    if value.shown().is_empty() { "(empty)".to_owned() } else { value.shown().to_owned() }
}

fn groups(stored: &[SettingRow], role: Role, now: Timestamp) -> Vec<Group> {
    let of = |prefix: &str| {
        KEYS.into_iter().filter(|key| key.name().split('.').next() == Some(prefix)).collect::<Vec<_>>()
    };
    let group = |(prefix, name): (&str, &'static str)| Group {
        name,
        rows: of(prefix).into_iter().map(|key| row(key, stored, role, now)).collect(),
    };
    GROUPS.into_iter().map(group).collect()
}

fn row(key: Key, stored: &[SettingRow], role: Role, now: Timestamp) -> Row {
    let (value, about) = (present(key, stored), key.row());
    let changed = stored.iter().find(|row| row.key == key.name());
    let origin = match changed {
        Some(row) => {
            let by = row.by_name.as_deref().unwrap_or("the operator");
            format!("set by {by} {}", When::new(row.at, now).relative)
        }
        None => "as it comes".to_owned(),
    };
    let choices = match about.form {
        Form::Choice(words) => words.iter().map(|word| Choice::new(word, word, value.shown())).collect(),
        Form::Flag => ["on", "off"].iter().map(|word| Choice::new(word, word, value.shown())).collect(),
        _ => Vec::new(),
    };
    Row {
        key: about.name,
        help: about.help,
        origin,
        default: if about.default.is_empty() { "(empty)" } else { about.default },
        value: if key.is_secret() { String::new() } else { value.shown().to_owned() },
        placeholder: if value.shown() == "set" { "set; type to replace" } else { "not set" },
        choices,
        is_secret: key.is_secret(),
        may_change: permits(role, about.needs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_place_on_the_page() {
        let shown: usize = groups(&[], Role::Owner, Timestamp(0)).iter().map(|group| group.rows.len()).sum();
        assert_eq!(shown, KEYS.len());
    }

    #[test]
    fn a_secret_is_never_on_the_page_before_or_after() {
        let secret = "correct-horse-battery";
        let change = Change::of(Key::WebhookSecret, secret, &[]);
        assert_eq!((change.before.as_str(), change.after.as_str()), ("not set", "a new secret"));
        let wrong = Change::of(Key::WebhookSecret, "short", &[]);
        assert!(wrong.after.is_empty() && !wrong.fault.is_empty() && !wrong.fault.contains("short"));
    }

    #[test]
    fn a_change_that_changes_nothing_and_one_that_does_not_fit_are_told() {
        assert_eq!(Change::of(Key::FloodMuteMinutes, " 10 ", &[]).fault, "That is the value it has.");
        assert!(Change::of(Key::FloodMuteMinutes, "0", &[]).fault.contains("whole number from 1"));
        let good = Change::of(Key::FloodMuteMinutes, "20", &[]);
        assert_eq!((good.before.as_str(), good.after.as_str(), good.fault.as_str()), ("10", "20", ""));
    }
}
