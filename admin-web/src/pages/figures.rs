//! Metrics: every figure the server remembers, over an hour, a day or a month, as drawings and as a table.

use askama::Template;

use crate::chart::{Chart, Span, draw};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::routes::Call;
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "figures.html")]
struct Page {
    shell: Shell,
    range: &'static str,
    charts: Vec<Chart>,
}

/// Series, title and unit.
const SERIES: [(&str, &str, &str); 10] = [
    ("sessions", "People online", ""),
    ("connections", "Connections", ""),
    ("messages", "Messages", ""),
    ("logins", "Logins", ""),
    ("logins_refused", "Refused logins", ""),
    ("reports_open", "Open reports", ""),
    ("held", "Held messages", ""),
    ("raid_level", "Raid level", ""),
    ("outbox_lag_ms", "Delay of changes", "ms"),
    ("commit_ms", "Commit time", "ms"),
];

/// Shows the page.
pub(crate) async fn show(call: Call) -> Result<Reply, Refusal> {
    let (span, range) = Span::parse(call.query.get("range"));
    let now = call.now;
    let read = call.app.store.read(move |reads| {
        let drawn = SERIES.iter().map(|(series, title, unit)| {
            Ok(draw(title, unit, &reads.samples(series, span.step, span.since(now))?, span, now))
        });
        drawn.collect::<Result<Vec<_>, _>>()
    });
    let charts = read.await?;
    Ok(Reply::page(&Page { shell: call.shell, range, charts }))
}
