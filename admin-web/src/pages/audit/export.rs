//! A copy of the audit log to take along: however long it is, it leaves as it is read.

use std::sync::Arc;

use domain::audit::{Action as Act, ChainHash, Target};
use futures_util::stream;
use proto::ids::Timestamp;
use store::{AuditFilter, AuditFilterError, AuditSeq, StoreError};
use tokio::sync::mpsc;

use super::Line;
use crate::app::App;
use crate::forms::cell;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::routes::Call;
use crate::time::When;

/// Events that are read at a time.
const CHUNK: usize = 200;
/// Chunks that wait for a slow reader; then reading waits too.
const WAITING: usize = 4;

/// How a copy is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A line of JSON for each event.
    Json,
    /// A table for spreadsheets.
    Csv,
}

/// Gives a copy of the events that fit, newest first. Who takes it along is an event itself.
pub(crate) async fn export(call: Call) -> Result<Reply, Refusal> {
    let typed = call.query.get("q").to_owned();
    let form = if call.query.get("format") == "csv" { Form::Csv } else { Form::Json };
    let (actor, now, noted) = (call.actor(), call.now, typed.clone());
    let parsed = call.app.store.read(move |reads| match reads.audit_filter(&typed, now) {
        Err(AuditFilterError::Store(error)) => Err(error),
        parsed => Ok(parsed.map_err(|problem| problem.to_string())),
    });
    let filter = parsed.await?.map_err(Refusal::Invalid)?;
    call.app
        .store
        .run(move |tx| tx.staff(&actor, now)?.log(Act::AuditExported, Target::Server, &noted))
        .await?;
    let (send, mut receive) = mpsc::channel(WAITING);
    tokio::spawn(read_all(call.app, (filter, now), form, send));
    let chunks = stream::poll_fn(move |context| receive.poll_recv(context));
    let day = When::new(now, now).machine.chars().take(10).collect::<String>();
    let (name, kind) = match form {
        Form::Json => (format!("audit-{day}.jsonl"), "application/x-ndjson"),
        Form::Csv => (format!("audit-{day}.csv"), "text/csv; charset=utf-8"),
    };
    Ok(Reply::download_of(&name, kind, chunks))
}

/// Reads to the first event. A chunk that cannot be read cuts the download, so that nobody takes it for the whole.
async fn read_all(
    app: Arc<App>,
    (filter, now): (AuditFilter, Timestamp),
    form: Form,
    send: mpsc::Sender<Result<String, StoreError>>,
) {
    let mut text = form.head().to_owned();
    let mut before = None;
    loop {
        let chunk = chunk(&app, filter.clone(), before, now).await;
        let (lines, next) = match chunk {
            Ok(chunk) => chunk,
            Err(error) => {
                // The reader may be gone already.
                let _ = send.send(Err(error)).await;
                return;
            }
        };
        text.extend(lines.iter().map(|(line, hash)| form.line(line, *hash)));
        if send.send(Ok(std::mem::take(&mut text))).await.is_err() || next.is_none() {
            return;
        }
        before = next;
    }
}

async fn chunk(
    app: &App,
    filter: AuditFilter,
    before: Option<AuditSeq>,
    now: Timestamp,
) -> Result<(Vec<(Line, ChainHash)>, Option<AuditSeq>), StoreError> {
    let read = app.store.read(move |reads| {
        let page = reads.audit_page(&filter, before, CHUNK)?;
        let lines = page.items.iter().map(|row| Ok((Line::of(reads, row, now)?, row.hash)));
        Ok((lines.collect::<Result<Vec<_>, StoreError>>()?, page.next))
    });
    read.await
}

impl Form {
    const fn head(self) -> &'static str {
        match self {
            Self::Json => "",
            Self::Csv => "seq,time,actor,action,target,detail,hash\r\n",
        }
    }

    fn line(self, line: &Line, hash: ChainHash) -> String {
        let hash = data_encoding::HEXLOWER.encode(&hash.0);
        match self {
            Self::Json => {
                let json = serde_json::json!({
                    "seq": line.seq, "time": line.when.machine, "actor": line.actor, "action": line.action_name,
                    "target": line.target, "detail": line.detail, "hash": hash,
                });
                format!("{json}\n")
            }
            Self::Csv => {
                let seq = line.seq.to_string();
                let cells = [
                    seq.as_str(),
                    &line.when.machine,
                    &line.actor,
                    line.action_name,
                    &line.target,
                    &line.detail,
                    &hash,
                ];
                format!("{}\r\n", cells.map(cell).join(","))
            }
        }
    }
}
