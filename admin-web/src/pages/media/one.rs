//! One file: who sent it where, what holds, and what an examination found.

use askama::Template;
use domain::audit::Target as About;
use domain::role::Action;
use proto::ids::Timestamp;
use proto::message::{FileCard, FileLock};
use store::{FileState, MediaId, MediaRow};

use super::list::{self, Row};
use super::scan::{self, Findings};
use crate::filters;
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::pages::{history, words};
use crate::shell::Shell;
use crate::view::EventView;

#[derive(Template)]
#[template(path = "media_one.html")]
struct One {
    shell: Shell,
    file: Row,
    hash: String,
    place: u64,
    reason: String,
    events: Vec<EventView>,
    /// Why it cannot be examined; empty when it can.
    sealed: &'static str,
    findings: Option<Findings>,
    is_free: bool,
    is_quarantined: bool,
    may_quarantine: bool,
    may_release: bool,
    may_purge: bool,
    may_scan: bool,
}

/// `GET /media/ID`
pub(crate) async fn page(call: Call, id: MediaId) -> Result<Reply, Refusal> {
    let (row, card) = find(&call, id).await?;
    show(&call, &row, &card, None).await
}

/// `POST /media/ID/scan`: shows the page with what was found. The audit log says who looked.
pub(crate) async fn examine(call: Call, id: MediaId) -> Result<Reply, Refusal> {
    let (row, card) = find(&call, id).await?;
    let findings = scan::examine(&call, &row, &card).await?;
    let (file, noted) = (row.file, findings.verdict.word);
    call.act(move |staff| staff.note_scan(file, noted)).await?;
    show(&call, &row, &card, Some(findings)).await
}

/// Returns the file, if it was sent to an open room.
pub(super) async fn find(call: &Call, id: MediaId) -> Result<(MediaRow, FileCard), Refusal> {
    call.read(move |reads| reads.media(id)).await?.ok_or(Refusal::NotFound)
}

async fn show(
    call: &Call,
    row: &MediaRow,
    card: &FileCard,
    findings: Option<Findings>,
) -> Result<Reply, Refusal> {
    let file = row.file;
    let events =
        call.read(move |reads| history::of(reads, &history::about(About::File(file), file.get()))).await?;
    let now: Timestamp = call.now;
    kit::page(&One {
        shell: call.shell.clone(),
        file: list::line(row, now),
        hash: row.blob.to_string(),
        place: row.seq.get(),
        reason: row.reason.clone(),
        events: history::events(&events, now),
        sealed: match &card.lock {
            FileLock::Key { .. } => "",
            FileLock::Passphrase { .. } => words::UNDER_A_PASSPHRASE,
        },
        findings,
        is_free: row.state == FileState::Free,
        is_quarantined: row.state == FileState::Quarantined,
        may_quarantine: call.may(Action::QuarantineFile),
        may_release: call.may(Action::ReleaseFile),
        may_purge: call.may(Action::PurgeFile),
        may_scan: call.may(Action::ScanFile),
    })
}
