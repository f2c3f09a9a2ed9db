//! A bot that starts knowing nothing, learns from the room it sits in, and answers when it is called by name.
//!
//! ```text
//! chat --profile bot join 'chat://...' --name chatterbot --password-file pw --totp-secret-out totp --recovery-out codes
//! cargo run --example chatterbot -- --profile bot --room lobby --database bot.sqlite3
//! ```

#[path = "chatterbot/brain.rs"]
mod brain;

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use brain::{Brain, Heard, Listener};
use clap::Parser;
use client_cli::{Client, ClientEvent, Events, Folders, Follow, Options, Post, Profile, Start};
use proto::ids::RoomId;
use proto::message::{Content, Entry};

/// Learns from a room and answers in it.
#[derive(Debug, Parser)]
struct Arguments {
    /// The profile that `chat join` made for the bot
    #[arg(long, default_value = "default")]
    profile: String,
    /// The room to sit in
    #[arg(long, default_value = "lobby")]
    room: String,
    /// Where the bot keeps what it has learned
    #[arg(long, default_value = "chatterbot.sqlite3")]
    database: PathBuf,
    /// Answer everything, not only what calls the bot by name
    #[arg(long)]
    always: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let brain = open_brain(&arguments.database)?;
    let profile = Profile::open(&Folders::from_environment()?, &arguments.profile)?;
    let session = client_cli::resume(profile.identity()?).await.context("connecting")?;
    let options = Options { follow: Follow::Asked, outbox: profile.outbox()?, ..Options::default() };
    let (client, events) = session.start(options);
    let room = client.room_named(&arguments.room).await.context("finding the room")?;
    client.follow(room.room, Start::After(room.last_seq)).await?;
    eprintln!("listening in #{}, knowing {} statements", &*room.name, brain.statements()?);
    let bot = Bot {
        brain,
        listener: Listener::default(),
        client,
        room: room.room,
        always: arguments.always,
        rested: None,
    };
    bot.live(events).await
}

struct Bot {
    brain: Brain,
    listener: Listener,
    client: Client,
    room: RoomId,
    always: bool,
    /// When it spoke last, so that two bots do not drown a room.
    rested: Option<Instant>,
}

impl Bot {
    async fn live(mut self, mut events: Events) -> anyhow::Result<()> {
        loop {
            let event = tokio::select! {
                event = events.next() => event,
                _ = tokio::signal::ctrl_c() => None,
            };
            match event {
                Some(ClientEvent::Entry { entry, live }) => self.hear(&entry, live).await?,
                Some(ClientEvent::Stopped(why)) => anyhow::bail!("stopped: {why}"),
                Some(_) => {}
                None => break,
            }
        }
        self.client.close().await;
        events.closed().await;
        Ok(())
    }

    async fn hear(&mut self, entry: &Entry, live: bool) -> anyhow::Result<()> {
        let Content::Text { body, reply_to } = &entry.content else { return Ok(()) };
        let me = self.client.welcome();
        let heard = Heard {
            place: entry.seq.get(),
            author: entry.author_name.to_string(),
            text: body.to_string(),
            replies_to: reply_to.map(proto::ids::Seq::get),
        };
        let statement = self.listener.hear(heard);
        if entry.author == me.account {
            // What it says itself teaches it nothing.
            return Ok(());
        }
        if let Some(statement) = statement {
            self.brain.learn(&statement, body)?;
        }
        let is_called = domain::mention::mentions(body, &me.name);
        if live && (self.always || is_called) {
            self.answer(entry, body).await?;
        }
        Ok(())
    }

    async fn answer(&mut self, entry: &Entry, body: &str) -> anyhow::Result<()> {
        if self.rested.is_some_and(|spoke| spoke.elapsed() < REST) {
            return Ok(());
        }
        let Some(body) = self.brain.respond(body)? else { return Ok(()) };
        self.rested = Some(Instant::now());
        self.client.post_later(self.room, Post::Text { body, reply_to: Some(entry.seq) }).await?;
        Ok(())
    }
}

/// Opens the database; what people said is nobody else's business, so only the owner can read the file.
fn open_brain(path: &Path) -> anyhow::Result<Brain> {
    let made = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
    made.with_context(|| format!("opening {}", path.display()))?;
    Brain::open(path).with_context(|| format!("reading {}", path.display()))
}

const REST: Duration = Duration::from_secs(1);
