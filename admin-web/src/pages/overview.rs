//! The first page: what waits for somebody, how the server is doing, and figures that stay up to date by themselves.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use domain::role::{self, Action};
use futures_util::stream::{self, StreamExt};
use proto::ids::Timestamp;
use service::clock;
use store::{Overview, Reads, StoreError, WebSessionRow};
use tokio::sync::mpsc;
use tokio::time;
use warp::sse::Event;

use crate::app::App;
use crate::chart::{Chart, Span, draw};
use crate::guard::Viewer;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::routes::Call;
use crate::sessions;
use crate::shell::Shell;
use crate::time::{When, bytes, grouped};

#[derive(Template)]
#[template(path = "overview.html")]
struct Page {
    shell: Shell,
    cards: Vec<Card>,
    charts: Vec<Chart>,
    health: Vec<Health>,
    range: &'static str,
}

/// The part that is sent again and again.
#[derive(Template)]
#[template(path = "live.html")]
struct Live {
    cards: Vec<Card>,
    charts: Vec<Chart>,
    health: Vec<Health>,
}

/// A figure with a name and where to find more.
struct Card {
    href: &'static str,
    name: &'static str,
    figure: String,
    words: String,
    tone: &'static str,
}

/// One thing that is in order, or not.
struct Health {
    tone: &'static str,
    name: &'static str,
    words: String,
}

/// Series, title and unit of the drawings.
const CHARTS: [(&str, &str, &str); 4] = [
    ("sessions", "People online", ""),
    ("messages", "Messages", ""),
    ("logins_refused", "Refused logins", ""),
    ("commit_ms", "Commit time", "ms"),
];

/// How often the live part is sent.
const TICK: Duration = Duration::from_secs(5);
/// Pages that may follow at the same time.
const MOST_STREAMS: i64 = 256;
/// Measures whose time is looked at.
const MEASURED: usize = 200;
/// A daemon that has not written its state for this long is not running.
const SILENT_MS: i64 = 30_000;
/// A write-ahead log above this is worth a look.
const WAL_LARGE: u64 = 256 << 20;

/// Shows the page.
pub(crate) async fn show(call: Call) -> Result<Reply, Refusal> {
    let (_, range) = Span::parse(call.query.get("range"));
    let live = Live::read(&call.app, &call.viewer, range, call.now).await?;
    let Live { cards, charts, health } = live;
    Ok(Reply::page(&Page { shell: call.shell, cards, charts, health, range }))
}

/// Sends the live part once, or again and again to whoever takes events.
pub(crate) async fn live(call: Call) -> Result<Reply, Refusal> {
    let range = call.query.get("range").to_owned();
    if call.query.ticked("once") {
        let live = Live::read(&call.app, &call.viewer, &range, call.now).await?;
        return Ok(Reply::page(&live));
    }
    if MOST_STREAMS <= call.app.metrics.streams.get() {
        return Err(Refusal::Busy);
    }
    let (send, mut receive) = mpsc::channel(1);
    tokio::spawn(follow(call.app, call.viewer, range, send));
    let events = stream::poll_fn(move |context| receive.poll_recv(context));
    Ok(Reply::events(events.map(|html: String| Ok(Event::default().data(html)))))
}

/// Sends until the reader leaves, the server stops, or the session ends: being watched keeps no session alive.
async fn follow(app: Arc<App>, viewer: Viewer, range: String, send: mpsc::Sender<String>) {
    app.metrics.streams.inc();
    loop {
        tokio::select! {
            biased;
            () = app.stop.cancelled() => break,
            () = send.closed() => break,
            () = time::sleep(TICK) => {}
        }
        let now = clock::now();
        if !is_still_good(&app, &viewer, now).await {
            break;
        }
        // A moment without an answer from the store leaves the figures as they are.
        let Ok(live) = Live::read(&app, &viewer, &range, now).await else { continue };
        let Ok(html) = live.render() else { break };
        if send.send(html).await.is_err() {
            break;
        }
    }
    app.metrics.streams.dec();
}

async fn is_still_good(app: &App, viewer: &Viewer, now: Timestamp) -> bool {
    let session = viewer.session;
    let row = app.store.read(move |reads| reads.web_session_by_id(session)).await;
    let is_good = |row: &WebSessionRow| {
        row.is_good(now)
            && role::permits(row.role, Action::ViewDashboard)
            && now < row.seen_at.plus_ms(sessions::milliseconds(app.lifetimes.idle))
    };
    row.is_ok_and(|row| row.is_some_and(|row| is_good(&row)))
}

impl Live {
    async fn read(app: &App, viewer: &Viewer, range: &str, now: Timestamp) -> Result<Self, StoreError> {
        let (span, _) = Span::parse(range);
        let may_see_reports = viewer.may(Action::ViewReports);
        let wal = app.store.stats().wal_bytes;
        app.store
            .read(move |reads| {
                let mut charts = Vec::new();
                for (series, title, unit) in CHARTS {
                    let samples = reads.samples(series, span.step, span.since(now))?;
                    charts.push(draw(title, unit, &samples, span, now));
                }
                let cards = cards(reads, &reads.overview(now)?, may_see_reports, now)?;
                Ok(Self { cards, charts, health: health(reads, wal, now)? })
            })
            .await
    }
}

fn cards(
    reads: &Reads<'_>,
    counts: &Overview,
    reports: bool,
    now: Timestamp,
) -> Result<Vec<Card>, StoreError> {
    let online = reads.status_line("chatd.sessions")?.map_or_else(|| "–".to_owned(), |line| line.value);
    let waiting = counts.reports_new.saturating_add(counts.reports_claimed);
    let oldest = When::maybe(counts.oldest_report, now).map(|when| format!("oldest {}", when.relative));
    let mut cards = vec![Card {
        href: "/users",
        name: "Online",
        figure: online,
        words: format!("accounts: {}, new today: {}", grouped(counts.accounts), grouped(counts.new_accounts)),
        tone: "",
    }];
    if reports {
        cards.push(Card {
            href: "/reports",
            name: "Open reports",
            figure: grouped(waiting),
            words: oldest.unwrap_or_else(|| "Quiet: nobody waits".to_owned()),
            tone: if waiting == 0 { "" } else { "warn" },
        });
    }
    let queue = counts.held.saturating_add(counts.appeals).saturating_add(counts.applications);
    cards.push(Card {
        href: "/held",
        name: "Waiting for a decision",
        figure: grouped(queue),
        words: format!(
            "{} held, {} appeals, {} applicants",
            counts.held, counts.appeals, counts.applications
        ),
        tone: if queue == 0 { "" } else { "warn" },
    });
    cards.push(Card {
        href: "/bans",
        name: "Bans in force",
        figure: grouped(counts.bans),
        words: format!("{} of networks, {} mutes", grouped(counts.network_bans), grouped(counts.mutes)),
        tone: "",
    });
    cards.push(evictions(reads, now)?);
    cards.push(enforcement(reads)?);
    Ok(cards)
}

/// Who still has to go from sealed rooms: nobody writes there until then.
fn evictions(reads: &Reads<'_>, now: Timestamp) -> Result<Card, StoreError> {
    let waiting = reads.sealed_counts()?;
    let words = match When::maybe(waiting.oldest, now) {
        Some(when) => format!("oldest {}", when.relative),
        None => format!("nobody has to go; {} sealed rooms", grouped(waiting.rooms)),
    };
    let tone = if waiting.evicting == 0 { "" } else { "warn" };
    Ok(Card { href: "/sealed", name: "Evictions pending", figure: grouped(waiting.evicting), words, tone })
}

/// How long measures took from their commit to the closed connection.
fn enforcement(reads: &Reads<'_>) -> Result<Card, StoreError> {
    let mut took: Vec<u64> = reads.enforcement_latencies(MEASURED)?.iter().map(|row| row.took_ms).collect();
    took.sort_unstable();
    let place = took.len().saturating_mul(99).div_ceil(100).saturating_sub(1);
    let (figure, words, tone) = match took.get(place) {
        Some(slowest) => (
            format!("{slowest} ms"),
            format!("99 of 100 of the last {} measures", took.len()),
            if 100 < *slowest { "bad" } else { "" },
        ),
        None => ("–".to_owned(), "no measure has closed a connection yet".to_owned(), ""),
    };
    Ok(Card { href: "/metrics-charts", name: "Ban to closed connection", figure, words, tone })
}

fn health(reads: &Reads<'_>, wal: u64, now: Timestamp) -> Result<Vec<Health>, StoreError> {
    let daemon = match reads.status_line("chatd.version")? {
        Some(line) if now.0.saturating_sub(line.at.0) < SILENT_MS => {
            Health { tone: "good", name: "Chat server", words: format!("running, version {}", line.value) }
        }
        Some(line) => {
            let words = format!("silent since {}", When::new(line.at, now).relative);
            Health { tone: "bad", name: "Chat server", words }
        }
        None => Health { tone: "warn", name: "Chat server", words: "has not been seen yet".to_owned() },
    };
    let tone = if WAL_LARGE < wal { "warn" } else { "good" };
    let log = Health { tone, name: "Write-ahead log", words: bytes(wal) };
    let level = reads.posture()?.posture.effective(now);
    let raid = Health {
        tone: if level == domain::raid::RaidLevel::NORMAL { "good" } else { "warn" },
        name: "Raid level",
        words: format!("{level}: {}", level.words()),
    };
    Ok(vec![daemon, log, raid])
}
