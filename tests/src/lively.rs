//! An installation in use: people, rooms, talk, reports, bans and all else that pages show.

use anyhow::{Context, Result};
use proto::ids::Seq;
use proto::message::ReportCategory;
use store::ReportOf;

use crate::account::Account;
use crate::cargo;
use crate::dashboard::Dashboard;
use crate::opened;
use crate::photo;
use crate::seat::{self, LOBBY, Seat};
use crate::server::{Chatd, Setup};
use crate::visitor::Visitor;

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
        let mut said = Vec::new();
        for (who, text) in TALK {
            said.push(peers[*who].say(LOBBY, text).await?);
        }
        let picture = photo::bmp(480, 320);
        cargo::show(&mut peers[0], LOBBY, "roof in the morning.bmp", "image/bmp", &picture).await?;
        cargo::show(&mut peers[1], LOBBY, "price list.pdf", "application/pdf", b"watches, cheap").await?;
        let dashboard = Dashboard::start(&chatd)?;
        let mut admin = chatd.add("walter", "admin")?;
        let mut admins = Visitor::log_in(&dashboard, &mut admin, "Mozilla/5.0 (X11; Linux x86_64)")?;
        admins.prove(&mut admin)?;
        reports(&chatd, &seats, said[3])?;
        opened::report(&chatd, ["xena", "yves"], &["nobody wants you here"])?;
        measures(&mut admins)?;
        rest(&mut admins)?;
        Ok(Self { chatd, dashboard, admin, admins, seats })
    }
}

/// Three reports, one of them about messages.
fn reports(chatd: &Chatd, seats: &[Seat], said: Seq) -> Result<()> {
    let mallory = seats[1].account;
    let lines = ReportOf::Messages { room: LOBBY, seqs: vec![said] };
    seat::report(chatd, &seats[3], lines, ReportCategory::Spam, "Third time this week")?;
    let person = ReportOf::Account(mallory);
    seat::report(chatd, &seats[4], person, ReportCategory::Harassment, "Told them to stop, got this")?;
    let person = ReportOf::Account(seats[8].account);
    seat::report(chatd, &seats[5], person, ReportCategory::Impersonation, "")?;
    Ok(())
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
