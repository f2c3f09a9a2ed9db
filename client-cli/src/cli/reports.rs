//! `chat report` and `chat reports`: telling the moderators, and what became of it.

use client_cli::Client;
use domain::report::category_from_word;
use domain::text::term_safe;
use proto::ids::ReportId;
use proto::limits;
use proto::message::{Command, OwnReport, ReportCategory, ReportState, ReportWhat, RoomSummary};
use proto::text::{List, Text};

use super::args::{Global, Report};
use super::exit::{Exit, Failure};
use super::json::Object;
use super::lists::place;
use super::online::{self, Online};
use super::output::{self, Format, talk};
use super::render::full_time;

/// Makes a report.
pub(crate) async fn report(global: &Global, format: Format, report: Report) -> Result<Exit, Failure> {
    let category = category(&report.category)?;
    let note = Text::new(report.note).map_err(Failure::usage)?;
    let online = Online::ask(global).await?;
    let number = match report.name {
        Some(name) => {
            let what = ReportWhat::Account { name: name_of(&name)? };
            online.client.report(Command::Report { what, category, note }).await?
        }
        None => {
            let room = online::room(&online.client, &report.room).await?;
            let messages = Messages { seqs: &report.seq, around: report.around, category, note };
            report_messages(&online.client, &room, messages).await?
        }
    };
    match format {
        Format::Json => output::json(&Object::Reported { report_id: number.get() }.line())?,
        Format::Text => output::data(&number.to_string())?,
    }
    talk(format_args!("The moderators have report {number}. Next:  chat reports"));
    online.close().await;
    Ok(Exit::Ok)
}

/// Lists one's own reports.
pub(crate) async fn reports(global: &Global, format: Format) -> Result<Exit, Failure> {
    let online = Online::ask(global).await?;
    for report in online.client.reports().await? {
        match format {
            Format::Json => output::json(&Object::report(&report).line())?,
            Format::Text => output::data(&report_line(&report))?,
        }
    }
    online.close().await;
    Ok(Exit::Ok)
}

/// Returns a report as one line of a list.
pub(crate) fn report_line(report: &OwnReport) -> String {
    let what = match report.messages {
        0 => term_safe(&report.name).into_owned(),
        1 => format!("1 message of {}", term_safe(&report.name)),
        count => format!("{count} messages of {}", term_safe(&report.name)),
    };
    let state = match report.state {
        ReportState::New => "waits for a moderator",
        ReportState::Claimed => "a moderator looks at it",
        ReportState::Actioned => "acted on",
        ReportState::Dismissed => "closed without an act",
    };
    let outcome = match report.outcome.trim() {
        "" => String::new(),
        outcome => format!(": {}", term_safe(outcome)),
    };
    let (number, at, category) = (report.report, full_time(report.at), report.category.word());
    format!("{number}  {at}  {what}  ({category})  {state}{outcome}")
}

/// Messages that are told to the moderators.
pub(crate) struct Messages<'a> {
    pub(crate) seqs: &'a [u64],
    /// In a sealed room: how many on either side are opened with them.
    pub(crate) around: u16,
    pub(crate) category: ReportCategory,
    pub(crate) note: Text<{ limits::REASON }>,
}

/// Reports messages of a room. Those of a sealed one are opened for the moderators, who see nothing else of it.
pub(crate) async fn report_messages(
    client: &Client,
    room: &RoomSummary,
    messages: Messages<'_>,
) -> Result<ReportId, Failure> {
    let Messages { seqs, around, category, note } = messages;
    let what = self::messages(room.room, seqs)?;
    match (room.kind.is_sealed(), what) {
        (true, ReportWhat::Messages { seqs, .. }) => {
            let seqs = seqs.into_inner();
            Ok(client.report_sealed(room.room, seqs, around, category, &note).await?)
        }
        (_, what) => Ok(client.report(Command::Report { what, category, note }).await?),
    }
}

/// Returns the messages of a room that are reported.
fn messages(room: proto::ids::RoomId, seqs: &[u64]) -> Result<ReportWhat, Failure> {
    if seqs.contains(&0) {
        return Err(Failure::usage("messages are numbered from 1"));
    }
    let seqs = seqs.iter().copied().map(place).collect::<Result<Vec<_>, _>>()?;
    let seqs = List::new(seqs)
        .map_err(|error| Failure::usage(format!("a report has at most {} messages", error.max)))?;
    Ok(ReportWhat::Messages { room, seqs })
}

/// Reads a category's word.
pub(crate) fn category(word: &str) -> Result<ReportCategory, Failure> {
    category_from_word(word).ok_or_else(|| {
        let words: Vec<_> = domain::report::CATEGORIES.into_iter().map(ReportCategory::word).collect();
        Failure::usage(format!("a category is one of {}", words.join(", ")))
    })
}

fn name_of(name: &str) -> Result<Text<{ limits::NAME }>, Failure> {
    Text::new(name.trim_start_matches('@')).map_err(Failure::usage)
}
