//! The raid level.

use askama::Template;
use domain::raid::LEVELS;
use domain::role::Action;
use domain::sanction::Length;
use domain::settings::Settings;
use store::AuditFilter;

use crate::filters;
use crate::forms::{Faults, REASONS, RaidForm, sentence};
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::pages::{history, words};
use crate::shell::Shell;
use crate::view::{Choice, EventView, When};

#[derive(Template)]
#[template(path = "raid.html")]
struct Raid {
    shell: Shell,
    level: u8,
    words: String,
    since: String,
    until: Option<When>,
    then: u8,
    why: String,
    may_set: bool,
    levels: Vec<Level>,
    lengths: Vec<Choice>,
    reasons: &'static [&'static str],
    faults: Faults,
    trigger: String,
    events: Vec<EventView>,
}

struct Level {
    number: u8,
    words: String,
    chosen: bool,
}

/// `GET /raid`
pub(crate) async fn page(call: Call) -> Result<Reply, Refusal> {
    kit::page(&show(&call, Faults::default(), "").await?)
}

/// `POST /raid`
pub(crate) async fn submit(call: Call) -> Result<Reply, Refusal> {
    let form = match RaidForm::read(&call.form) {
        Ok(form) => form,
        Err(faults) => {
            let chosen = call.form.get("level").to_owned();
            return kit::faulty(&show(&call, faults, &chosen).await?);
        }
    };
    let until = form.length.and_then(|length| length.end(call.now));
    let (level, reason) = (form.level, form.reason);
    call.act(move |staff| staff.set_raid(level, until, &reason)).await?;
    kit::done("/raid", &format!("Raid level {level}: {}.", level.words()))
}

async fn show(call: &Call, faults: Faults, chosen: &str) -> Result<Raid, Refusal> {
    let (row, stored, lines) = call
        .read(|reads| {
            let filter = AuditFilter {
                action: Some(domain::audit::Action::RaidLevelChanged),
                ..AuditFilter::default()
            };
            Ok((reads.posture()?, reads.settings()?, history::of(reads, &filter)?))
        })
        .await?;
    let (settings, _) =
        Settings::from_stored(stored.iter().map(|row| (row.key.as_str(), row.value.as_str())));
    let (now, posture) = (call.now, row.posture);
    let level = posture.effective(now);
    let by = row.by_name.as_deref().unwrap_or("the server itself");
    let chosen = if chosen.is_empty() { level.number().to_string() } else { chosen.to_owned() };
    Ok(Raid {
        shell: call.shell.clone(),
        level: level.number(),
        words: sentence(level.words()),
        since: if row.at.0 == 0 {
            "Since the server was set up".to_owned()
        } else {
            format!("Set by {by} {}", When::new(row.at, now).relative)
        },
        until: posture.changes_at(now).map(|until| When::new(until, now)),
        then: posture.then.number(),
        why: row.reason.to_string(),
        may_set: call.may(Action::SetRaidLevel),
        levels: LEVELS
            .into_iter()
            .map(|level| Level {
                number: level.number(),
                words: level.words().to_owned(),
                chosen: level.number().to_string() == chosen,
            })
            .collect(),
        lengths: words::lengths("1h"),
        reasons: &REASONS,
        faults,
        trigger: trigger(&settings),
        events: history::events(&lines, now),
    })
}

/// Returns in words when the level rises by itself.
fn trigger(settings: &Settings) -> String {
    let Some(trigger) = settings.join_trigger() else {
        return "The level never rises by itself.".to_owned();
    };
    let length = |ms: i64| {
        Length::for_seconds(ms.unsigned_abs() / 1_000)
            .map_or_else(|_| "no time".to_owned(), |length| length.to_string())
    };
    format!(
        "{} registrations within {} raise it to {} for {}.",
        trigger.joins,
        length(trigger.within_ms),
        trigger.level,
        length(trigger.lasts_ms)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trigger_is_told_in_words() {
        assert_eq!(trigger(&Settings::default()), "10 registrations within 10 m raise it to 2 for 1 h.");
        let (off, _) = Settings::from_stored([("registration.join_rate", "off")]);
        assert_eq!(trigger(&off), "The level never rises by itself.");
    }
}
