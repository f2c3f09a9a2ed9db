//! An installation in use: people, rooms, talk, reports, bans and all else that pages show.

use anyhow::{Context, Result};
use proto::message::{Answer, Command};
use proto::text::Text;

use crate::account::Account;
use crate::dashboard::Dashboard;
use crate::seat::{self, LOBBY, Seat};
use crate::server::{Chatd, Setup};
use crate::visitor::Visitor;
use crate::wire::Peer;

/// A server, a dashboard, and a day's worth of life in both.
#[derive(Debug)]
pub struct Lively {
    /// The server; its owner has not logged in yet.
    pub chatd: Chatd,
    /// The dashboard.
    pub dashboard: Dashboard,
    /// An admin who has made the bans; logged in by [`Lively::admins`].
    pub admin: Account,
    /// What the admin does.
    pub admins: Visitor,
    /// The people.
    pub seats: Vec<Seat>,
}

const PEOPLE: &[&str] = &[
    "bob", "mallory", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "niaj", "olivia",
    "peggy", "rupert", "sybil", "trent", "victor", "wendy",
];

const TALK: &[(usize, &str)] = &[
    (0, "Good morning, the release is out"),
    (2, "Thanks! Are the notes up yet?"),
    (0, "They are, in the usual place"),
    (1, "cheap watches, cheap watches, cheap watches"),
    (1, "why does nobody buy my watches"),
    (3, "please stop that"),
    (1, "you stop it, nobody asked you"),
    (4, "Lunch at twelve?"),
    (5, "Twelve is fine"),
];

impl Lively {
    /// Makes it all, through the doors that people use.
    ///
    /// # Errors
    /// When a step is refused.
    pub async fn make() -> Result<Self> {
        let chatd = Setup::quick().start()?;
        let seats = seat::seats(&chatd, PEOPLE)?;
        seat::room(&chatd, "kitchen", &seats[..9])?;
        seat::room(&chatd, "release-planning", &seats[..5])?;
        let mut peers = Vec::new();
        for seat in &seats[..6] {
            peers.push(seat.enter(&chatd).await?);
        }
        for (who, text) in TALK {
            peers[*who].say(LOBBY, text).await?;
        }
        let dashboard = Dashboard::start(&chatd)?;
        let mut admin = chatd.add("walter", "admin")?;
        let mut admins = Visitor::log_in(&dashboard, &mut admin, "Mozilla/5.0 (X11; Linux x86_64)")?;
        admins.prove(&mut admin)?;
        reports(&mut peers).await?;
        measures(&mut admins)?;
        rest(&mut admins)?;
        Ok(Self { chatd, dashboard, admin, admins, seats })
    }
}

/// Two reports about Mallory, one about Ivan.
async fn reports(peers: &mut [Peer]) -> Result<()> {
    for (who, category, note) in [
        (3, proto::message::ReportCategory::Spam, "Third time this week"),
        (4, proto::message::ReportCategory::Harassment, "Told them to stop, got this"),
    ] {
        report(&mut peers[who], "mallory", category, note).await?;
    }
    Ok(())
}

/// Reports an account, as the client does.
///
/// # Errors
/// When the server refuses.
pub async fn report(
    peer: &mut Peer,
    about: &str,
    category: proto::message::ReportCategory,
    note: &str,
) -> Result<()> {
    let what = proto::message::ReportWhat::Account { name: Text::new(about)? };
    let told = Command::Report { what, category, note: Text::new(note)? };
    match peer.ask(told).await? {
        Answer::Reported { .. } => Ok(()),
        other => anyhow::bail!("another answer: {other:?}"),
    }
}

fn measures(admins: &mut Visitor) -> Result<()> {
    for (against, target, kind, length, reason) in [
        ("account", "@frank", "mute", "1d", "Flooding"),
        ("account", "@ivan", "ban", "7d", "Harassment"),
        ("account", "@judy", "ban", "for good", "Selling accounts"),
        ("network", "192.0.2.0/24", "ban", "1d", "Flood from one house"),
        ("network", "2001:db8:40::/48", "softban", "7d", "Throw-away accounts"),
        ("address", "198.51.100.7", "ban", "1d", "Scanner"),
    ] {
        admins.get("/bans/new")?;
        let fields = [
            ("against", against),
            ("target", target),
            ("kind", kind),
            ("scope", "server"),
            ("length", length),
            ("preset", ""),
            ("reason", reason),
            ("note", "Seen by two of the team"),
            ("step", "do"),
        ];
        admins.act("/bans/new", &fields).with_context(|| format!("a {kind} of {target}"))?;
    }
    Ok(())
}

fn rest(admins: &mut Visitor) -> Result<()> {
    let filter = |kind: &'static str, pattern: &'static str, action: &'static str, mode: &'static str| {
        [
            ("kind", kind),
            ("pattern", pattern),
            ("scope", "server"),
            ("room", ""),
            ("action", action),
            ("mute_seconds", ""),
            ("mode", mode),
            ("step", "save"),
        ]
    };
    admins.get("/automod/new")?;
    admins.act("/automod/new", &filter("word", "cheap watches", "hold", "shadow"))?;
    admins.act("/automod/new", &filter("link", "example.org", "hold", "on"))?;
    admins.act("/announcements", &[("text", "Maintenance tonight at 22:00"), ("length", "1d")])?;
    admins.post("/invites", &[("role", "member"), ("uses", "5"), ("length", "7d")])?;
    Ok(())
}
